// HTML cut into tags and text, in one pass, whatever it looks like.
#pragma once

#include <string>
#include <string_view>

namespace mail::mime {

/// A tag, comment or stretch of text. Attributes are kept where a reader of text needs them.
struct html_token {
    enum class kind { end, text, open, close };
    html_token::kind kind = html_token::kind::end;
    std::string name{};        ///< of a tag, lower case, at most 32 octets of it
    std::string_view text{};   ///< of a text: entities are still in it
    std::string href{}, alt{}; ///< entities decoded
    std::string_view start{};  ///< of a list: the number of its first item
    bool hidden = false;       ///< a browser shows neither it nor what is in it
};

/// libxml2's HTML parser takes time by the square of a tag's attributes and of the depth (docs/decisions/0071); this
/// reader has no depth, and looks at each octet a fixed number of times. Comments, declarations and the contents of
/// script, style and their like are passed over.
class html_tokens {
public:
    explicit html_tokens(std::string_view html) : rest_(html) {}
    html_token next();

private:
    html_token tag();
    html_token text();
    void attribute(html_token& token);
    std::string_view attribute_value();
    void pass_over(std::string_view end);
    void pass_over_contents(std::string_view name);

    std::string_view rest_;
};

} // namespace mail::mime
