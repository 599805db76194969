// Reading of a proxy's URL (RFC 3986).
#include "base/encoding.hpp"
#include "net/address.hpp"
#include "net/dial/dial.hpp"
#include "net/host_name.hpp"

namespace net {

namespace {

/// Never with the text itself: it may hold a secret.
base::error bad_url(std::string_view why)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text =
                "the proxy's URL: " + std::string(why) +
                "; write socks5://HOST:PORT or http://HOST:PORT, with USER:SECRET@ before HOST if it wants "
                "them"};
}

/// RFC 3986, section 2.1.
std::optional<std::string> percent_decoded(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto octet = i + 2 < text.size() ? base::from_hex(text.substr(i + 1, 2)) : std::nullopt;
        if (!octet) return std::nullopt;
        decoded += *octet;
        i += 2;
    }
    return decoded;
}

base::result<> read_user_information(std::string_view text, proxy& into)
{
    const auto colon = text.find(':');
    const auto user = percent_decoded(text.substr(0, colon));
    const auto secret = percent_decoded(colon == std::string_view::npos ? "" : text.substr(colon + 1));
    if (!user || !secret)
        return base::fail(bad_url("a % in user or secret is not followed by two hex digits"));
    if (user->empty()) return base::fail(bad_url("the user is empty"));
    into.user = *user;
    into.secret = *secret;
    return {};
}

} // namespace

base::result<proxy> parse_proxy(std::string_view url)
{
    proxy parsed;
    const auto scheme_end = url.find("://");
    const auto scheme = url.substr(0, scheme_end);
    if (scheme_end == std::string_view::npos) return base::fail(bad_url("there is no scheme"));
    if (scheme == "http")
        parsed.kind = proxy::kind::http;
    else if (scheme != "socks5" && scheme != "socks5h") // the proxy resolves names either way
        return base::fail(bad_url("the scheme is neither socks5 nor http"));
    auto rest = url.substr(scheme_end + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        if (const auto read = read_user_information(rest.substr(0, at), parsed); !read)
            return base::fail(read.error());
        rest = rest.substr(at + 1);
    }
    const auto colon = rest.rfind(':');
    const auto port = colon == std::string_view::npos ? std::nullopt : parse_port(rest.substr(colon + 1));
    if (!port || *port == 0) return base::fail(bad_url("the port is missing or no number from 1 to 65535"));
    parsed.port = *port;
    auto host = rest.substr(0, colon);
    const bool in_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (in_brackets) host = host.substr(1, host.size() - 2);
    if (!to_ascii_name(host) || in_brackets != (host.find(':') != std::string_view::npos))
        return base::fail(bad_url("the host is no name and no address (IPv6 goes in brackets)"));
    parsed.host = host;
    return parsed;
}

} // namespace net
