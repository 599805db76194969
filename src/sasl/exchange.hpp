// What all mechanisms share: an answer that nobody asked for ends the exchange.
#pragma once

#include "sasl/server.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace sasl {

/// RFC 4616 limits a name to 255 octets; every mechanism here does.
constexpr std::size_t name_octets_max = 255;
/// Longer passwords are refused before anyone hashes them: a hash's cost must not be the peer's choice.
constexpr std::size_t password_octets_max = 1024;

inline step malformed(std::string reason)
{
    return disproved{"", true, std::move(reason)};
}

class exchange : public server_exchange {
public:
    step respond(std::string_view) override { return out_of_order(); }
    step verified(bool) override { return out_of_order(); }
    step keys(const scram_keys&) override { return out_of_order(); }
    step shared_secret(std::optional<std::string_view>) override { return out_of_order(); }

protected:
    static step out_of_order() { return malformed("an answer that this mechanism did not ask for"); }
};

/// 1 to 255 octets of UTF-8 without NUL.
bool is_name(std::string_view text);

/// `authorization` is empty or names the same user, ASCII letters in either case. Nobody in this house may
/// act for another, and no driver can forget to look: an exchange that asks for it is disproved, after the
/// secret was right.
bool acts_as_himself(std::string_view user, std::string_view authorization);

} // namespace sasl
