// The dialogues with proxies.
#include "net/dial/proxy_client.hpp"

#include "base/encoding.hpp"
#include "net/address.hpp"
#include "net/dial/dial.hpp"
#include "net/host_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace net {

namespace {

// RFC 1928.
constexpr char socks_version = 5;
constexpr char without_authentication = 0;
constexpr char user_and_secret = 2;
constexpr char connect_command = 1;
constexpr char ipv4_type = 1;
constexpr char name_type = 3;
constexpr char ipv6_type = 4;
// RFC 1929.
constexpr char authentication_version = 1;
constexpr std::size_t field_octets_max = 255;
/// A proxy's reply to CONNECT; real ones are some hundred octets.
constexpr std::size_t header_octets_max = 8192;
/// Of a proxy's own words, so many are told.
constexpr std::size_t words_shown_octets_max = 100;

base::error denied(std::string text)
{
    return base::permanent_error(base::failure::refused, std::move(text));
}

/// One dialogue; its errors name the proxy and the host.
class dialogue {
public:
    dialogue(connection& over, const proxy& settings, std::string host, std::uint16_t port,
             steady_deadline until)
        : over_(over), by_(settings), host_(std::move(host)), port_(port), until_(until)
    {
    }
    base::result<> socks5();
    base::result<> http();

private:
    base::result<> send(std::string_view octets);
    base::result<std::string> receive(std::size_t octets);
    base::result<> log_in();
    base::result<> read_socks5_reply();
    base::result<std::string> read_http_header();
    base::result<> evaluate_http_status(std::string_view header) const;
    base::error with_names(base::error error) const;
    std::string proxy_name() const { return "the proxy " + host_and_port(by_.host, by_.port); }
    std::string target() const { return host_and_port(host_, port_); }

    connection& over_;
    const proxy& by_;
    std::string host_;
    std::uint16_t port_;
    steady_deadline until_;
};

base::error dialogue::with_names(base::error error) const
{
    error.operator_text = proxy_name() + " on the way to " + target() + ": " + error.operator_text;
    return error;
}

base::result<> dialogue::send(std::string_view octets)
{
    const auto sent = over_.write(octets, time_left(until_));
    if (!sent) return base::fail(with_names(sent.error()));
    return {};
}

base::result<std::string> dialogue::receive(std::size_t octets)
{
    std::string out(octets, '\0');
    for (std::size_t have = 0; have < octets;) {
        const auto got = over_.read_some(std::span(out).subspan(have), time_left(until_));
        if (!got) return base::fail(with_names(got.error()));
        have += *got;
    }
    return out;
}

std::string in_network_order(std::uint16_t port)
{
    return {static_cast<char>(port >> 8U), static_cast<char>(port & 0xffU)};
}

std::string socks5_address(const std::string& host)
{
    const auto address = parse_address(host);
    if (!address) return std::string{name_type, static_cast<char>(host.size())} + host;
    const bool ipv4 = host.find(':') == std::string::npos;
    const std::string octets(address->begin() + (ipv4 ? ipv4_starts_at : 0), address->end());
    return (ipv4 ? ipv4_type : ipv6_type) + octets;
}

/// RFC 1928, section 6.
std::string_view socks5_reason(unsigned char code)
{
    constexpr std::array<std::string_view, 9> reasons{"",
                                                      "general failure",
                                                      "its rules do not allow this connection",
                                                      "network unreachable",
                                                      "host unreachable",
                                                      "connection refused",
                                                      "no answer (TTL expired)",
                                                      "it does not support CONNECT",
                                                      "it does not support this type of address"};
    return code < reasons.size() ? reasons[code] : "a reply that RFC 1928 does not know";
}

base::result<> dialogue::socks5()
{
    const bool has_user = !by_.user.empty();
    const std::string methods = has_user ? std::string{2, without_authentication, user_and_secret}
                                         : std::string{1, without_authentication};
    if (const auto sent = send(socks_version + methods); !sent) return sent;
    const auto chosen = receive(2);
    if (!chosen) return base::fail(chosen.error());
    if ((*chosen)[0] != socks_version)
        return base::fail(denied(proxy_name() + " does not speak SOCKS5; is it an http:// proxy?"));
    if ((*chosen)[1] == user_and_secret && has_user) {
        if (const auto done = log_in(); !done) return done;
    } else if ((*chosen)[1] != without_authentication) {
        return base::fail(denied(proxy_name() + " requires another authentication" +
                                 (has_user ? "" : "; write socks5://USER:SECRET@HOST:PORT")));
    }
    if (const auto sent = send(std::string{socks_version, connect_command, 0} + socks5_address(host_) +
                               in_network_order(port_));
        !sent)
        return sent;
    return read_socks5_reply();
}

base::result<> dialogue::log_in()
{
    if (by_.user.size() > field_octets_max || by_.secret.size() > field_octets_max)
        return base::fail(
            denied("user and secret for " + proxy_name() + " have at most 255 octets (RFC 1929)"));
    const auto field = [](const std::string& text) { return static_cast<char>(text.size()) + text; };
    const auto sent = send(authentication_version + field(by_.user) + field(by_.secret));
    if (!sent) return sent;
    const auto reply = receive(2);
    if (!reply) return base::fail(reply.error());
    if ((*reply)[1] != 0) return base::fail(denied(proxy_name() + " refuses its user and secret"));
    return {};
}

base::result<> dialogue::read_socks5_reply()
{
    const auto head = receive(4);
    if (!head) return base::fail(head.error());
    const auto code = static_cast<unsigned char>((*head)[1]);
    if (code == 2)
        return base::fail(
            denied(proxy_name() + " refuses " + target() + ": " + std::string(socks5_reason(code))));
    if (code != 0)
        return base::fail(
            base::temporary_error(base::failure::network, proxy_name() + " cannot reach " + target() + ": " +
                                                              std::string(socks5_reason(code))));
    std::size_t octets = (*head)[3] == ipv6_type ? 16 : 4;
    if ((*head)[3] == name_type) {
        const auto size = receive(1);
        if (!size) return base::fail(size.error());
        octets = static_cast<unsigned char>((*size)[0]);
    }
    const auto bound = receive(octets + 2); // the address and port on the far side: of no use to us
    if (!bound) return base::fail(bound.error());
    return {};
}

base::result<> dialogue::http()
{
    const std::string authority =
        (host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]") + ":" + std::to_string(port_);
    std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!by_.user.empty()) // RFC 7617
        request += "Proxy-Authorization: Basic " + base::to_base64(by_.user + ":" + by_.secret) + "\r\n";
    if (const auto sent = send(request + "\r\n"); !sent) return sent;
    // RFC 9110, section 15.2: interim replies may come first. A few are plenty.
    for (int replies = 0; replies < 4; ++replies) {
        const auto header = read_http_header();
        if (!header) return base::fail(header.error());
        const bool interim = header->size() > 9 && (*header)[9] == '1';
        if (!interim) return evaluate_http_status(*header);
    }
    return base::fail(denied(proxy_name() + " sends nothing but interim replies"));
}

// Octet by octet: the server's greeting may follow at once, and is not ours to take.
base::result<std::string> dialogue::read_http_header()
{
    std::string header;
    while (!header.ends_with("\r\n\r\n") && !header.ends_with("\n\n")) {
        if (header.size() == header_octets_max || (header.size() == 5 && header != "HTTP/"))
            return base::fail(denied(proxy_name() + " does not speak HTTP; is it a socks5:// proxy?"));
        const auto octet = receive(1);
        if (!octet) return base::fail(octet.error());
        header += *octet;
    }
    return header;
}

base::result<> dialogue::evaluate_http_status(std::string_view header) const
{
    auto line = header.substr(0, std::min(header.find_first_of("\r\n"), words_shown_octets_max));
    line.remove_prefix(std::min(line.find(' '), line.size()));
    if (line.starts_with(" 2")) return {};
    if (line.starts_with(" 407") || line.starts_with(" 401")) // 401: tinyproxy, after a wrong secret
        return base::fail(denied(
            proxy_name() + (by_.user.empty() ? " requires authentication; write http://USER:SECRET@HOST:PORT"
                                             : " refuses its user and secret")));
    std::string words(line);
    std::ranges::replace_if(words, [](char c) { return c < ' ' || c > '~'; }, '?');
    if (line.starts_with(" 5"))
        return base::fail(base::temporary_error(base::failure::network,
                                                proxy_name() + " cannot reach " + target() + ":" + words));
    return base::fail(denied(proxy_name() + " refuses " + target() + ":" + words));
}

} // namespace

base::result<> ask_proxy(connection& over, const proxy& settings, const std::string& host, std::uint16_t port,
                         steady_deadline until)
{
    const auto name = to_ascii_name(host);
    if (!name) return base::fail(name.error());
    dialogue session(over, settings, *name, port, until);
    return settings.kind == proxy::kind::socks5 ? session.socks5() : session.http();
}

namespace {

/// Never with the text itself: it may hold a secret.
base::error bad_url(std::string_view reason)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text =
                "the proxy's URL: " + std::string(reason) +
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

base::result<> read_user_information(std::string_view text, proxy& out)
{
    const auto colon = text.find(':');
    const auto user = percent_decoded(text.substr(0, colon));
    const auto secret = percent_decoded(colon == std::string_view::npos ? "" : text.substr(colon + 1));
    if (!user || !secret)
        return base::fail(bad_url("a % in user or secret is not followed by two hex digits"));
    if (user->empty()) return base::fail(bad_url("the user is empty"));
    out.user = *user;
    out.secret = *secret;
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
    if (const auto offset = rest.rfind('@'); offset != std::string_view::npos) {
        if (const auto read = read_user_information(rest.substr(0, offset), parsed); !read)
            return base::fail(read.error());
        rest = rest.substr(offset + 1);
    }
    const auto colon = rest.rfind(':');
    const auto port = colon == std::string_view::npos ? std::nullopt : parse_port(rest.substr(colon + 1));
    if (!port || *port == 0)
        return base::fail(bad_url("the port is missing or not a number from 1 to 65535"));
    parsed.port = *port;
    auto host = rest.substr(0, colon);
    const bool in_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (in_brackets) host = host.substr(1, host.size() - 2);
    if (!to_ascii_name(host) || in_brackets != (host.find(':') != std::string_view::npos))
        return base::fail(bad_url("the host is neither a name nor an address (IPv6 goes in brackets)"));
    parsed.host = host;
    return parsed;
}

} // namespace net
