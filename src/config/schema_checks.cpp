// What is wrong with the text of a setting: each check answers with a reason, or with nothing.
#include "config/schema_checks.hpp"

#include "auth/account.hpp"
#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "config/spelling.hpp"
#include "net/address.hpp"
#include "pop3/language.hpp"
#include "sasl/server.hpp"

#include <algorithm>

namespace config {

namespace {

constexpr std::size_t path_octets_max = 4095;          // PATH_MAX without its NUL
constexpr std::size_t socket_path_octets_max = 107;    // sun_path without its NUL, unix(7)
constexpr std::size_t account_name_octets_max = 32;    // useradd(8)
constexpr std::size_t implementation_octets_max = 400; // a CAPA line has 512 octets, RFC 2449, section 3

bool is_label(std::string_view text)
{
    return !text.empty() && text.size() <= base::domain_label_octets_max && text.front() != '-' &&
           text.back() != '-' && std::ranges::all_of(text, [](char c) {
               return base::is_letter_or_digit(c) || c == '-' || c == '_';
           });
}

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool holds_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

} // namespace

std::string is_host_name_or_empty(std::string_view text)
{
    if (text.size() > base::domain_name_octets_max) return "is longer than 253 octets";
    for (std::string_view rest = text; !rest.empty();) {
        const auto dot = rest.find('.');
        if (!is_label(rest.substr(0, dot)) || dot + 1 == rest.size()) return "is no host name";
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    return {};
}

std::string is_address_or_empty(std::string_view text)
{
    return text.empty() || auth::canonical_name(text) ? std::string() : "can be no user's address";
}

std::string is_absolute_path(std::string_view text)
{
    if (!text.starts_with('/')) return "is no absolute path";
    return is_path(text);
}

std::string is_path(std::string_view text)
{
    return text.empty() ? "is empty" : is_path_or_empty(text);
}

std::string is_path_or_empty(std::string_view text)
{
    if (text.size() > path_octets_max) return "is longer than 4095 octets";
    if (holds_control(text)) return "holds control characters";
    return {};
}

std::string is_account_name_or_empty(std::string_view text)
{
    if (text.size() > account_name_octets_max) return "is longer than 32 octets";
    if (text.starts_with('-') || !std::ranges::all_of(text, [](char c) {
            return base::is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
        }))
        return "is no name of an account of this system";
    return {};
}

std::string is_listen_address(std::string_view text)
{
    const auto address = net::parse_listen_address(text);
    if (!address) return "is no address to listen on: " + address.error().operator_text;
    if (!address->path.empty()) return "is a path, and this protocol is not spoken on Unix sockets";
    return {};
}

std::string is_listen_address_or_empty(std::string_view text)
{
    return text.empty() ? std::string() : is_listen_address(text);
}

std::string is_listen_address_or_path(std::string_view text)
{
    if (text.find(':') != std::string_view::npos && !text.starts_with('/')) return is_listen_address(text);
    if (text.size() > socket_path_octets_max) return "is longer than the 107 octets of a Unix socket's path";
    return is_path(text);
}

std::string is_network(std::string_view text)
{
    return net::network::parse(text) ? std::string() : "is no network";
}

std::string is_socket_mode(std::string_view text)
{
    const bool octal = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
    if (!octal || text.size() < 3 || text.size() > 4 || (text.size() == 4 && text.front() != '0'))
        return "is no octal mode between 0000 and 0777";
    return {};
}

std::string is_mechanism(std::string_view text)
{
    const auto known = sasl::mechanisms();
    if (std::ranges::find(known, text) != known.end()) return {};
    std::string reason = "is no mechanism of this server";
    if (const auto word = nearest(text, known); !word.empty())
        reason.append("; did you mean \"").append(word).append("\"?");
    return reason;
}

std::string is_language(std::string_view text)
{
    const auto known = pop3::languages();
    return std::ranges::find(known, text, &pop3::language::tag) != known.end()
               ? std::string()
               : "is no language of this server";
}

std::string is_implementation_or_empty(std::string_view text)
{
    if (text.size() > implementation_octets_max) return "is longer than 400 octets";
    return is_printable(text) ? std::string() : "holds more than printable ASCII";
}

} // namespace config
