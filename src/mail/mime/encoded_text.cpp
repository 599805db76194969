// GMime joins the base64 of adjacent words before it decodes and stops at the first padding; so this is by hand
// (docs/decisions/0141).
#include "mail/mime/encoded_text.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "mail/mime/charset.hpp"
#include "mail/mime/charset_labels.hpp"
#include "mail/mime/decoding.hpp"

#include <algorithm>
#include <optional>

namespace mail::mime {
namespace {

constexpr std::size_t word_label_octets_max = 60; // with the language of RFC 2231, section 5
constexpr std::string_view blanks = " \t\r\n";

struct encoded_word {
    std::string label; ///< lower case
    bool base64 = false;
    std::string_view text;
    std::size_t end = 0; ///< behind it, in the value
};

int hexadecimal(char c)
{
    const char digit = base::lower(c);
    if (base::is_digit(digit)) return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool is_base64(std::string_view text)
{
    return std::ranges::all_of(
        text, [](char c) { return base::is_letter_or_digit(c) || std::string_view("+/=-_ \t").contains(c); });
}

/// Words one after the other; each octet is looked at a fixed number of times.
class word_finder {
public:
    explicit word_finder(std::string_view value) : value_(value) {}

    /// The word that begins at `offset`, where "=?" stands.
    std::optional<encoded_word> word_at(std::size_t offset)
    {
        const std::size_t label_end =
            value_.substr(0, offset + 2 + word_label_octets_max).find('?', offset + 2);
        if (label_end == std::string_view::npos || label_end + 2 >= value_.size() ||
            value_[label_end + 2] != '?')
            return std::nullopt;
        const std::string_view label = value_.substr(offset + 2, label_end - offset - 2);
        const char encoding = base::lower(value_[label_end + 1]);
        if ((encoding != 'b' && encoding != 'q') || label.find_first_of(blanks) != std::string_view::npos)
            return std::nullopt;
        const std::size_t begin = label_end + 3;
        const std::size_t end = end_from(begin);
        if (end == std::string_view::npos) return cut_word(label, encoding == 'b', begin);
        const std::string_view text = value_.substr(begin, end - begin);
        if (encoding == 'b' ? !is_base64(text) : text.find("=?") != std::string_view::npos)
            return std::nullopt;
        return encoded_word{.label = base::lower_case(label.substr(0, label.find('*'))),
                            .base64 = encoding == 'b',
                            .text = text,
                            .end = end + 2};
    }

private:
    /// The last of a field that a program cut to the length that it had room for. Without an escape it can be read as
    /// it stands, and may be meant so.
    std::optional<encoded_word> cut_word(std::string_view label, bool base64, std::size_t begin) const
    {
        std::string_view text = value_.substr(begin);
        if (text.ends_with('?')) text.remove_suffix(1);
        if (text.find_first_of(" \t?<>,;\"") != std::string_view::npos ||
            (base64 ? !is_base64(text) : !text.contains('=')) ||
            charset_of(label.substr(0, label.find('*'))).method == charset_method::unsaid)
            return std::nullopt;
        return encoded_word{.label = base::lower_case(label.substr(0, label.find('*'))),
                            .base64 = base64,
                            .text = text,
                            .end = value_.size()};
    }

    std::size_t end_from(std::size_t begin)
    {
        if (end_ < begin) end_ = value_.find("?=", begin); // npos, too, is above every beginning
        return end_;
    }

    std::string_view value_;
    std::size_t end_ = 0;
};

/// Puts words together.
class word_run {
public:
    void add(const encoded_word& word)
    {
        if (word.label != label_) end_charset();
        label_ = word.label;
        if (word.base64) {
            base64_.add(word.text, octets_);
            return;
        }
        base64_.finish(octets_);
        add_quoted(word.text);
    }

    std::string finish()
    {
        end_charset();
        std::string text;
        text.swap(text_);
        return text;
    }

private:
    void add_quoted(std::string_view text)
    {
        for (std::size_t index = 0; index < text.size(); ++index) {
            const int high = index + 2 < text.size() ? hexadecimal(text[index + 1]) : -1;
            const int low = index + 2 < text.size() ? hexadecimal(text[index + 2]) : -1;
            if (text[index] == '=' && high >= 0 && low >= 0) {
                octets_ += static_cast<char>(static_cast<unsigned char>(high * 16 + low));
                index += 2;
            } else {
                octets_ += text[index] == '_' ? ' ' : text[index];
            }
        }
    }

    void end_charset()
    {
        base64_.finish(octets_);
        text_ += to_utf8(std::move(octets_), label_);
        octets_.clear();
    }

    std::string label_, octets_, text_;
    base64_reader base64_;
};

/// Calls `plain` with what is no word and `words` with the text of each run of words.
template <typename Plain, typename Words>
void read_words(std::string_view value, const Plain& plain, const Words& words)
{
    word_finder finder(value);
    word_run run;
    bool running = false;
    std::size_t begin = 0;
    for (std::size_t offset = value.find("=?"); offset != std::string_view::npos;) {
        const auto word = finder.word_at(offset);
        if (!word) {
            offset = value.find("=?", offset + 1);
            continue;
        }
        const std::string_view between = value.substr(begin, offset - begin);
        if (!running || between.find_first_not_of(blanks) != std::string_view::npos) {
            if (running) words(run.finish());
            plain(between);
        }
        run.add(*word);
        running = true;
        begin = word->end;
        offset = value.find("=?", begin);
    }
    if (running) words(run.finish());
    plain(value.substr(begin));
}

/// Japanese between escapes may look like a word. All other raw octets are read piece by piece: those within a
/// word are in the charset of the word.
std::string without_escapes(std::string value, const std::vector<std::string>& labels)
{
    return has_escapes(value) ? raw_to_utf8(std::move(value), labels) : value;
}

} // namespace

std::string decoded_text(std::string value, const std::vector<std::string>& labels)
{
    const std::string text = without_escapes(std::move(value), labels);
    std::string out;
    read_words(
        text, [&](std::string_view plain) { out += raw_to_utf8(std::string(plain), labels); },
        [&](const std::string& words) { out += words; });
    return out;
}

std::string with_whole_words(std::string value, const std::vector<std::string>& labels)
{
    const std::string text = without_escapes(std::move(value), labels);
    std::string out;
    const auto plain = [&](std::string_view octets) {
        if (octets.starts_with('<') && !out.empty()) out += ' '; // the word ended at the address itself
        out += raw_to_utf8(std::string(octets), labels);
    };
    read_words(text, plain,
               [&](const std::string& words) { out += "=?utf-8?b?" + base::to_base64(words) + "?="; });
    return out;
}

} // namespace mail::mime
