// Proxies, scripted: what we say to them, what we take from them, what the errors say.
#include "net/dial/dial.hpp"
#include "unit/net/loopback_server.hpp"

#include <gmock/gmock.h>

#include <future>

namespace net::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view greeting = "+OK behind the proxy\r\n";

/// Dials mail.example.org through a proxy that runs `script`; what came through it, or the error.
class proxy_client_test : public ::testing::Test {
protected:
    std::string through(const std::function<void(const client_socket&)>& script)
    {
        const loopback_server server(script);
        by.host = "127.0.0.1";
        by.port = server.port();
        auto opened = dial(
            {.host = host, .port = 995, .proxy = by, .limit = std::chrono::milliseconds(limit)}, nullptr);
        if (!opened) {
            error = opened.error();
            return error.operator_text;
        }
        peer = (*opened)->peer();
        std::string octets(100, '\0');
        const auto got = (*opened)->read_some(octets, patience);
        return octets.substr(0, got.value_or(0));
    }

    proxy by;
    std::string host = "mail.example.org";
    std::chrono::milliseconds limit = patience;
    std::string peer;
    base::error error;
};

class socks5_test : public proxy_client_test {
protected:
    /// Takes a greeting and a request; answers with the code, the address and the host's greeting in one go.
    std::function<void(const client_socket&)>
    grant(char code = 0, const std::string& bound = std::string("\1\0\0\0\0\0\0", 7))
    {
        return [this, code, bound](const client_socket& with) {
            EXPECT_EQ(receive(with, 3), std::string("\5\1\0", 3));
            with.send(std::string_view("\5\0", 2));
            request = receive(with, 4);
            const std::size_t octets = request[3] == 3 ? 17 : request[3] == 4 ? 16 : 4;
            request += receive(with, octets + 2);
            with.send(std::string("\5") + code + '\0' + bound + std::string(greeting));
        };
    }
    std::string request;
};

TEST_F(socks5_test, sends_the_name_and_takes_no_octet_too_much)
{
    EXPECT_EQ(through(grant()), greeting);
    EXPECT_EQ(request, std::string("\5\1\0\3\20mail.example.org\3\343", 23));
    EXPECT_THAT(peer, AllOf(HasSubstr("mail.example.org port 995 through 127.0.0.1 port ")));
}

TEST_F(socks5_test, reads_every_form_of_bound_address)
{
    EXPECT_EQ(through(grant(0, std::string("\3\4abcd\0\0", 8))), greeting);
    EXPECT_EQ(through(grant(0, '\4' + std::string(18, '\0'))), greeting);
}

TEST_F(socks5_test, sends_addresses_as_addresses)
{
    host = "192.0.2.7";
    EXPECT_EQ(through(grant()), greeting);
    EXPECT_EQ(request, std::string("\5\1\0\1\300\0\2\7\3\343", 10));
    host = "2001:db8::7";
    EXPECT_EQ(through(grant()), greeting);
    EXPECT_EQ(request, std::string("\5\1\0\4\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\3\343", 22));
}

TEST_F(socks5_test, logs_in)
{
    by.user = "rose";
    by.secret = "tanstaaf";
    std::string offered, log_in;
    const auto proxy_that_says = [&](char verdict) {
        return [&, verdict](const client_socket& with) {
            offered = receive(with, 4);
            with.send("\5\2");
            log_in = receive(with, 15);
            with.send(std::string{1, verdict});
            if (verdict != 0) return;
            receive(with, 23);
            with.send(std::string("\5\0\0\1\0\0\0\0\0\0", 10) + std::string(greeting));
        };
    };
    EXPECT_EQ(through(proxy_that_says(0)), greeting);
    EXPECT_EQ(offered, std::string("\5\2\0\2", 4));
    EXPECT_EQ(log_in, "\1\4rose\10tanstaaf");
    EXPECT_THAT(through(proxy_that_says(1)),
                AllOf(HasSubstr("refuses its user and secret"), Not(HasSubstr("tanst"))));
    EXPECT_EQ(error.kind, base::failure::refused);
    EXPECT_FALSE(error.temporary);
}

TEST_F(socks5_test, says_what_the_proxy_said)
{
    EXPECT_THAT(through(grant(5)), HasSubstr("cannot reach mail.example.org port 995: connection refused"));
    EXPECT_EQ(error.kind, base::failure::network);
    EXPECT_TRUE(error.temporary);
    EXPECT_THAT(through(grant(2)), HasSubstr("its rules do not allow"));
    EXPECT_EQ(error.kind, base::failure::refused);
    EXPECT_THAT(through(grant(99)), HasSubstr("a reply that RFC 1928 does not know"));
    EXPECT_THAT(through([](const client_socket& with) {
                    receive(with, 3);
                    with.send("\5\377");
                }),
                HasSubstr("write socks5://USER:SECRET@HOST:PORT"));
    EXPECT_THAT(through([](const client_socket& with) {
                    receive(with, 3);
                    with.send("HTTP/1.0 400 Bad Request\r\n");
                }),
                HasSubstr("does not speak SOCKS5"));
}

TEST_F(socks5_test, bears_a_proxy_that_goes_or_is_silent)
{
    EXPECT_THAT(through([](const client_socket& with) { receive(with, 3); }),
                HasSubstr("on the way to mail.example.org port 995: the peer closed"));
    EXPECT_EQ(error.kind, base::failure::closed);
    limit = soon;
    EXPECT_THAT(through([](const client_socket& with) { with.receive_all(); }), HasSubstr("too slow"));
    EXPECT_EQ(error.kind, base::failure::timed_out);
}

class http_proxy_test : public proxy_client_test {
protected:
    http_proxy_test() { by.kind = proxy::kind::http; }

    std::function<void(const client_socket&)> answer(const std::string& reply)
    {
        return [this, reply](const client_socket& with) {
            request.clear();
            while (!request.ends_with("\r\n\r\n")) {
                const auto line = receive_line(with);
                if (line.empty()) return;
                request += line;
            }
            with.send(reply + std::string(greeting));
        };
    }
    std::string request;
};

TEST_F(http_proxy_test, asks_for_a_tunnel_and_takes_no_octet_too_much)
{
    EXPECT_EQ(through(answer("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")), greeting);
    EXPECT_EQ(request, "CONNECT mail.example.org:995 HTTP/1.1\r\nHost: mail.example.org:995\r\n\r\n");
    host = "2001:db8::7";
    EXPECT_EQ(through(answer("HTTP/1.0 200 OK\r\n\r\n")), greeting);
    EXPECT_THAT(request, HasSubstr("CONNECT [2001:db8::7]:995 HTTP/1.1\r\n"));
    EXPECT_EQ(through(answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 Fine\r\n\r\n")), greeting);
}

TEST_F(http_proxy_test, logs_in)
{
    by.user = "Aladdin";
    by.secret = "open sesame"; // RFC 7617, section 2
    EXPECT_EQ(through(answer("HTTP/1.1 200 OK\r\n\r\n")), greeting);
    EXPECT_THAT(request, HasSubstr("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    EXPECT_THAT(through(answer("HTTP/1.1 407 No\r\n\r\n")),
                AllOf(HasSubstr("refuses its user and secret"), Not(HasSubstr("sesame"))));
    EXPECT_THAT(through(answer("HTTP/1.1 401 No\r\n\r\n")), HasSubstr("refuses its user and secret"));
    by.user.clear();
    EXPECT_THAT(through(answer("HTTP/1.1 407 No\r\n\r\n")), HasSubstr("write http://USER:SECRET@HOST:PORT"));
}

TEST_F(http_proxy_test, says_what_the_proxy_said)
{
    EXPECT_THAT(through(answer("HTTP/1.1 502 Bad\x1b[31m gateway\r\n\r\n")),
                HasSubstr("cannot reach mail.example.org port 995: 502 Bad?[31m gateway"));
    EXPECT_TRUE(error.temporary);
    EXPECT_THAT(through(answer("HTTP/1.1 403 Forbidden\r\n\r\n")),
                HasSubstr("refuses mail.example.org port 995: 403 Forbidden"));
    EXPECT_FALSE(error.temporary);
    EXPECT_THAT(through(answer("HTTP/1.1\r\n\r\n")), HasSubstr("refuses"));
    EXPECT_THAT(through(answer("220 mail ESMTP\r\n")), HasSubstr("does not speak HTTP"));
    EXPECT_THAT(through(answer("HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x'))),
                HasSubstr("does not speak HTTP"));
}

TEST(proxy_url_test, is_read)
{
    const auto plain = parse_proxy("socks5://proxy.example:1080").value();
    EXPECT_EQ(plain.kind, proxy::kind::socks5);
    EXPECT_EQ(plain.host, "proxy.example");
    EXPECT_EQ(plain.port, 1080);
    EXPECT_EQ(plain.user, "");
    const auto full = parse_proxy("http://us%40er:s%3ae@cret@[::1]:8080/").value();
    EXPECT_EQ(full.kind, proxy::kind::http);
    EXPECT_EQ(full.host, "::1");
    EXPECT_EQ(full.port, 8080);
    EXPECT_EQ(full.user, "us@er");
    EXPECT_EQ(full.secret, "s:e@cret");
    EXPECT_TRUE(parse_proxy("socks5h://127.0.0.1:1"));
}

TEST(proxy_url_test, is_refused_where_it_is_none_and_never_told)
{
    for (const std::string_view url :
         {"", "proxy:1080", "ftp://proxy:1", "socks5://proxy", "socks5://proxy:0", "socks5://proxy:65536",
          "socks5://:1080", "http://::1:80", "http://[proxy]:80", "http://a b:80",
          "http://u%4:hidden@proxy:80", "http://:hidden@proxy:80", "http://u:hidden@proxy:80x",
          "http://proxy:80/path"}) {
        const auto parsed = parse_proxy(url);
        ASSERT_FALSE(parsed) << url;
        EXPECT_EQ(parsed.error().kind, base::failure::malformed);
        EXPECT_THAT(parsed.error().operator_text, Not(HasSubstr("hidden")));
    }
}

} // namespace
} // namespace net::testing
