// One account's file, and the short forms that it shares with the command line.
#include "config/account_configuration.hpp"

#include "config/account_keys.hpp"
#include "config/key_file.hpp"
#include "config/rule_keys.hpp"
#include "config/toml_file.hpp"
#include "config/values.hpp"

#include <algorithm>

namespace config {

namespace {

// Percent-encoded but for what is unreserved (RFC 3986, section 2.3).
std::string url_part(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (unreserved.find(c) != std::string_view::npos)
            out += c;
        else
            out.append({'%', digits[octet >> 4U], digits[octet & 0xFU]});
    }
    return out;
}

} // namespace

account_reading read_account(std::string_view name, std::string_view text)
{
    account_reading out;
    out.values.archive.name = name;
    read_toml(text, out.faults,
              [&](const toml::table& file) { read_keys(account_schema(), file, &out.values, out.faults); });
    suggest_keys(account_schema(), out.faults);
    return out;
}

std::string format_account(const account_configuration& account)
{
    auto copy = account; // the places in the schema are for writing, too
    return "# The account " + account.archive.name + " of restante; restante.toml(5) lists all keys.\n" +
           format_file(account_schema(), &copy);
}

std::string format_proxy(const net::proxy& proxy)
{
    std::string out = proxy.kind == net::proxy::kind::http ? "http://" : "socks5://";
    if (!proxy.user.empty() || !proxy.secret.empty())
        out += url_part(proxy.user) + ":" + url_part(proxy.secret) + "@";
    const bool address6 = proxy.host.find(':') != std::string::npos;
    out += address6 ? "[" + proxy.host + "]" : proxy.host;
    return out + ":" + std::to_string(proxy.port);
}

std::optional<client::tls_mode> parse_tls_mode(std::string_view text)
{
    const auto found = std::ranges::find(tls_words, text);
    if (found == tls_words.end()) return std::nullopt;
    return static_cast<client::tls_mode>(found - tls_words.begin());
}

std::string_view name_of(client::tls_mode mode)
{
    return tls_words.at(static_cast<std::size_t>(mode));
}

std::optional<host_and_port> parse_host_and_port(std::string_view text)
{
    host_and_port out;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        out.host = text.substr(1, end - 1);
        const auto rest = text.substr(end + 1);
        if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
        port = rest.empty() ? rest : rest.substr(1);
    } else if (const auto colon = text.find(':');
               colon != std::string_view::npos && text.rfind(':') == colon) {
        out.host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (port.empty()) return std::nullopt;
    } else {
        out.host = text;
    }
    if (out.host.empty() || out.host.find_first_of(" \t\r\n/") != std::string::npos) return std::nullopt;
    if (port.empty()) return out;
    const auto number = parse_whole_number(port);
    if (!number || *number == 0 || *number > 65535) return std::nullopt;
    out.port = static_cast<std::uint16_t>(*number);
    return out;
}

std::uint16_t default_port(client::tls_mode mode)
{
    return mode == client::tls_mode::implicit ? 995 : 110; // RFC 8314, section 3.3; RFC 1939, section 3
}

} // namespace config
