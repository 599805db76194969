// The name a message keeps for life (RFC 1939, section 7, UIDL).
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace mail {

constexpr std::size_t unique_id_octets_max = 70; // RFC 1939, section 7

/// 1 to 70 octets of 0x21 to 0x7E.
bool is_unique_id(std::string_view text);

/// 1 to 70 octets of 0x21 to 0x7E, unique in its maildrop and never used again.
class unique_id {
public:
    /// Nothing where `text` is no unique-id.
    static std::optional<unique_id> parse(std::string_view text);

    const std::string& text() const { return text_; }
    friend auto operator<=>(const unique_id&, const unique_id&) = default;

private:
    explicit unique_id(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

} // namespace mail
