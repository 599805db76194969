// PROXY headers: good and bad, at every split, and not an octet too much.
#include "net/listen/proxy_protocol.hpp"
#include "unit/net/loopback.hpp"

namespace net::testing {
namespace {

using namespace std::string_literals;

const std::string signature_2 = "\r\n\r\n\0\r\nQUIT\n"s;

std::string header_2(char version_and_command, char family, const std::string& variable)
{
    std::string header = signature_2 + version_and_command + family;
    header += static_cast<char>(variable.size() >> 8U);
    header += static_cast<char>(variable.size() & 0xffU);
    return header + variable;
}

const std::string ipv4_addresses = "\xc0\x00\x02\x01\xc0\x00\x02\x02\x1f\x90\x00\x6e"s;
const std::string ipv6_addresses = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01" +
                                   "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x02" + "\x1f\x90\x03\xe3"s;

/// What a header comes to: "192.0.2.1:8080", "no source", "malformed: …", "needs N".
std::string outcome_of(std::string_view octets)
{
    const auto outcome = parse_proxy_header(octets);
    if (const auto* needs = std::get_if<proxy_needs>(&outcome))
        return "needs " + std::to_string(needs->octets);
    if (const auto* bad = std::get_if<proxy_malformed>(&outcome))
        return "malformed: " + std::string(bad->reason);
    const auto& header = std::get<proxy_header>(outcome);
    if (!header.source) return "no source";
    return header.source->text() + ":" + std::to_string(header.source->port);
}

struct good_header {
    std::string octets;
    std::string outcome;
};

std::vector<good_header> good_headers()
{
    return {
        {"PROXY TCP4 192.0.2.1 192.0.2.2 8080 110\r\n", "192.0.2.1:8080"},
        {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535"},
        {"PROXY TCP6 2001:db8::1 2001:db8::2 8080 995\r\n", "2001:db8::1:8080"},
        {"PROXY TCP4 192.0.2.1 192.0.2.2 0 0\r\n", "192.0.2.1:0"},
        {"PROXY UNKNOWN\r\n", "no source"},
        {"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "no source"},
        {header_2('\x21', '\x11', ipv4_addresses), "192.0.2.1:8080"},
        {header_2('\x21', '\x21', ipv6_addresses), "2001:db8::1:8080"},
        {header_2('\x21', '\x11', ipv4_addresses + "\x20\x00\x05\x01\x00\x00\x00\x00"s), "192.0.2.1:8080"},
        {header_2('\x20', '\x00', ""), "no source"},
        {header_2('\x20', '\x11', ipv4_addresses), "no source"},
        {header_2('\x21', '\x00', ""), "no source"},
        {header_2('\x21', '\x31', std::string(216, 'x')), "no source"},
        {header_2('\x21', '\x11', ipv4_addresses + std::string(2036, 'x')), "192.0.2.1:8080"}};
}

TEST(proxy_header, is_read)
{
    for (const auto& [octets, outcome] : good_headers()) {
        EXPECT_EQ(outcome_of(octets), outcome);
        EXPECT_EQ(outcome_of(octets + "USER mrose\r\n"), outcome);
        EXPECT_EQ(std::get<proxy_header>(parse_proxy_header(octets + "USER mrose\r\n")).octets,
                  octets.size());
    }
}

// At every split: more is needed, and never more than the header has.
TEST(proxy_header, needs_no_more_than_itself)
{
    for (const auto& [octets, outcome] : good_headers()) {
        for (std::size_t cut = 0; cut < octets.size(); ++cut) {
            const auto so_far = parse_proxy_header(std::string_view(octets).substr(0, cut));
            const auto* const needs = std::get_if<proxy_needs>(&so_far);
            ASSERT_NE(needs, nullptr) << outcome << " cut at " << cut;
            EXPECT_GT(needs->octets, 0U);
            EXPECT_LE(cut + needs->octets, octets.size()) << outcome << " cut at " << cut;
        }
    }
}

TEST(proxy_header, is_refused_when_malformed)
{
    const std::vector<std::string> bad{"USER mrose\r\n",
                                       "GET / HTTP/1.1\r\n",
                                       "PROXX",
                                       "\x16\x03\x01\x02\x00\x01"s,
                                       "PROXY\r\n         ",
                                       "PROXY TCP4\r\n    ",
                                       "PROXY TCP4 192.0.2.1 192.0.2.2 8080\r\n",
                                       "PROXY TCP4 192.0.2.1 192.0.2.2 8080 110 1\r\n",
                                       "PROXY TCP4  192.0.2.1 192.0.2.2 8080 110\r\n",
                                       "PROXY TCP4 192.0.2.1 192.0.2.2 8080 110 \r\n",
                                       "PROXY TCP4 192.0.2.1 192.0.2.2 65536 110\r\n",
                                       "PROXY TCP4 192.0.2.1 192.0.2.2 -1 110\r\n",
                                       "PROXY TCP4 192.0.2.1 192.0.2.2 080 110\r\n",
                                       "PROXY TCP4 192.0.2.1 192.0.2.2 8080 x\r\n",
                                       "PROXY TCP4 192.0.2.256 192.0.2.2 8080 110\r\n",
                                       "PROXY TCP4 2001:db8::1 2001:db8::2 8080 110\r\n",
                                       "PROXY TCP6 192.0.2.1 192.0.2.2 8080 110\r\n",
                                       "PROXY UDP4 192.0.2.1 192.0.2.2 8080 110\r\n",
                                       "PROXY tcp4 192.0.2.1 192.0.2.2 8080 110\r\n",
                                       "PROXY UNKNOWNX\r\n",
                                       "PROXY " + std::string(101, 'x'),
                                       "PROXY TCP4 192.0.2.1 192.0.2.2 8080 110\n" + std::string(70, ' '),
                                       header_2('\x11', '\x11', ipv4_addresses),
                                       header_2('\x22', '\x11', ipv4_addresses),
                                       header_2('\x21', '\x11', ipv4_addresses.substr(1)),
                                       header_2('\x21', '\x21', ipv4_addresses),
                                       header_2('\x21', '\x11', std::string(2049, 'x')),
                                       header_2('\x21', '\x11', std::string(65535, 'x'))};
    for (const auto& octets : bad) EXPECT_TRUE(outcome_of(octets).starts_with("malformed: ")) << octets;
}

TEST(proxy_header, of_version_1_ends_within_107_octets)
{
    const std::string longest = "PROXY UNKNOWN " + std::string(91, 'f') + "\r\n";
    ASSERT_EQ(longest.size(), proxy_line_octets_max);
    EXPECT_EQ(outcome_of(longest), "no source");
    EXPECT_EQ(outcome_of("PROXY UNKNOWN " + std::string(92, 'f') + "\r\n"),
              "malformed: the PROXY line is too long");
}

TEST(proxy_header, is_refused_at_the_first_wrong_octet)
{
    EXPECT_TRUE(outcome_of("\r\n\r\nX").starts_with("malformed"));
    EXPECT_TRUE(outcome_of("X").starts_with("malformed"));
    EXPECT_EQ(outcome_of("\r"), "needs 15");
    EXPECT_EQ(outcome_of(""), "needs 15");
}

awaitable<std::string> read_header_and_rest(stream& from, std::chrono::milliseconds limit)
{
    const auto header = co_await read_proxy_header(from, limit);
    if (!header) co_return base::name_of(header.error().kind);
    std::string rest(100, '\0');
    const auto got = co_await from.read_some(rest, patience);
    co_return from.peer().text() + " " + rest.substr(0, got.value_or(0));
}

TEST(read_proxy_header, takes_the_header_and_leaves_the_rest)
{
    for (const auto& [octets, outcome] : good_headers()) {
        boost::asio::io_context io;
        auto made = connect_unix_pair(io);
        made.client.send(octets + "USER mrose\r\n");
        const auto source = outcome == "no source" ? "local" : outcome.substr(0, outcome.rfind(':'));
        EXPECT_EQ(run(io, read_header_and_rest(*made.server, patience)), source + " USER mrose\r\n");
    }
}

TEST(read_proxy_header, gives_up)
{
    boost::asio::io_context io;
    auto slow = connect_unix_pair(io);
    slow.client.send("PROXY TCP4 192.0.2.1 ");
    EXPECT_EQ(run(io, read_header_and_rest(*slow.server, soon)), "timed-out");
    auto gone = connect_unix_pair(io);
    gone.client.send("PROXY TCP4 192.0.2.1 ");
    gone.client.close();
    EXPECT_EQ(run(io, read_header_and_rest(*gone.server, patience)), "closed");
    auto wrong = connect_unix_pair(io);
    wrong.client.send("USER mrose\r\nPASS x\r\n");
    EXPECT_EQ(run(io, read_header_and_rest(*wrong.server, patience)), "malformed");
    EXPECT_EQ(wrong.server->peer().text(), "local");
}

} // namespace
} // namespace net::testing
