// The client's connection: octets, ends, limits and interrupts, plain and over TLS.
#include "net/dial/connection.hpp"
#include "net/dial/socket_connection.hpp"
#include "net/tls/facts.hpp"
#include "unit/net/loopback_server.hpp"
#include "unit/net/scripted_tls.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <numeric>

namespace net::testing {
namespace {

using ::testing::HasSubstr;

/// One end is the client's connection, the other a bare socket.
struct pair {
    explicit pair(std::shared_ptr<const interrupt> stop = nullptr)
    {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        peer = client_socket(ends[1]);
        end = make_connection(descriptor(ends[0]), "the other end", std::move(stop));
    }
    client_socket peer;
    std::unique_ptr<net::connection> end;
};

std::string read_some_of(net::connection& from, std::chrono::milliseconds limit = patience)
{
    std::string octets(16384, '\0');
    const auto got = from.read_some(octets, limit);
    octets.resize(got.value_or(0));
    return got ? octets : "error: " + std::string(base::name_of(got.error().kind));
}

std::string read_all(net::connection& from)
{
    std::string all;
    for (;;) {
        const auto part = read_some_of(from);
        if (part.starts_with("error: ")) return all + "|" + part;
        all += part;
    }
}

TEST(connection_test, carries_octets_both_ways)
{
    pair of;
    of.peer.send("+OK\r\n");
    EXPECT_EQ(read_some_of(*of.end), "+OK\r\n");
    EXPECT_TRUE(of.end->write("QUIT\r\n", patience));
    EXPECT_EQ(receive_line(of.peer), "QUIT\r\n");
    EXPECT_EQ(of.end->peer(), "the other end");
    EXPECT_FALSE(of.end->tls());
}

TEST(connection_test, waits_for_what_comes_later)
{
    pair of;
    auto read = std::async(std::launch::async, [&] { return read_some_of(*of.end); });
    of.peer.send("late");
    EXPECT_EQ(read.get(), "late");
}

TEST(connection_test, ends_at_the_limit)
{
    pair of;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(read_some_of(*of.end, soon), "error: timed-out");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, soon);
    of.peer.send("x");
    EXPECT_EQ(read_some_of(*of.end, 0ms), "x") << "what is there is taken without time";
    EXPECT_EQ(read_some_of(*of.end, -1ms), "error: timed-out");
}

TEST(connection_test, writes_until_nobody_reads)
{
    pair of;
    const std::string octets(5'000'000, 'x');
    EXPECT_EQ(of.end->write(octets, soon).error().kind, base::failure::timed_out);
    pair reading;
    auto received = std::async(std::launch::async, [&] { return receive(reading.peer, octets.size()); });
    EXPECT_TRUE(reading.end->write(octets, patience));
    EXPECT_EQ(received.get(), octets);
}

TEST(connection_test, tells_the_end)
{
    pair of;
    of.peer.send("last");
    of.peer.close();
    EXPECT_EQ(read_all(*of.end), "last|error: closed");
    EXPECT_EQ(of.end->write("QUIT\r\n", patience).error().kind, base::failure::closed);
    of.end->close();
    EXPECT_EQ(read_some_of(*of.end), "error: closed");
    of.end->close();
}

TEST(connection_test, ends_every_wait_when_interrupted)
{
    const auto stop = std::make_shared<interrupt>();
    pair of(stop);
    auto read = std::async(std::launch::async, [&] { return read_some_of(*of.end); });
    EXPECT_EQ(read.wait_for(soon), std::future_status::timeout);
    EXPECT_FALSE(stop->tripped());
    stop->trip();
    EXPECT_EQ(read.get(), "error: closed");
    of.peer.send("there is something to read");
    EXPECT_EQ(read_some_of(*of.end), "error: closed") << "and all later calls";
    EXPECT_EQ(of.end->write("x", patience).error().kind, base::failure::closed);
    pair later(stop);
    EXPECT_EQ(read_some_of(*later.end), "error: closed");
}

TEST(connection_test, is_interrupted_from_a_signal_handler)
{
    static interrupt* tripped_by_signal = nullptr;
    const auto stop = std::make_shared<interrupt>();
    tripped_by_signal = stop.get();
    std::signal(SIGUSR1, [](int) { tripped_by_signal->trip(); });
    pair of(stop);
    std::raise(SIGUSR1);
    EXPECT_EQ(read_some_of(*of.end), "error: closed");
    std::signal(SIGUSR1, SIG_DFL);
}

class client_tls_test : public ::testing::Test {
protected:
    client_tls_test()
    {
        std::signal(SIGPIPE, SIG_IGN); // as the program does
        client = net::tls_client::load({}, {.authorities = authority.authorities()}).value();
    }

    /// Runs `what` as the server; hands back the client's end and what start_tls() said.
    void start(const script& what)
    {
        scripted = what;
        scripted.certificate = &shown;
        server = std::async(std::launch::async, [this] {
            serve_script(of.peer, scripted);
            of.peer.close();
        });
        started = of.end->start_tls(client, "mail.example.org", patience);
        if (!started) of.end->close();
    }
    std::string fault() const { return started ? "none" : started.error().operator_text; }

    issuer authority;
    issued shown = authority.issue({.subject_alt_names = {"DNS:mail.example.org"}});
    std::shared_ptr<const net::tls_client> client;
    pair of;
    script scripted;
    base::result<server_facts> started = base::fail({});
    std::future<void> server;
};

TEST_F(client_tls_test, reads_what_was_sent_whatever_the_buffer)
{
    std::string octets(200'000, '\0');
    std::iota(octets.begin(), octets.end(), '\0');
    start({.then = [&](SSL& with) {
        SSL_write(&with, octets.data(), static_cast<int>(octets.size()));
        SSL_shutdown(&with);
    }});
    ASSERT_TRUE(started) << fault();
    std::string all;
    std::string part(1000, '\0');
    for (base::result<std::size_t> got; (got = of.end->read_some(part, patience));) all.append(part, 0, *got);
    EXPECT_EQ(all, octets);
}

TEST_F(client_tls_test, writes_much_to_a_slow_reader)
{
    std::string received;
    start({.then = [&](SSL& with) {
        std::string part(1000, '\0');
        for (int got = 0; (got = SSL_read(&with, part.data(), static_cast<int>(part.size()))) > 0;)
            received.append(part, 0, static_cast<std::size_t>(got));
    }});
    ASSERT_TRUE(started) << fault();
    const std::string octets(3'000'000, 'x');
    EXPECT_TRUE(of.end->write(octets, patience));
    of.end->close();
    server.get();
    EXPECT_EQ(received, octets);
}

TEST_F(client_tls_test, takes_a_cut_for_the_end)
{
    start({.then = [](SSL& with) { SSL_write(&with, "+OK\r\n", 5); }});
    ASSERT_TRUE(started) << fault();
    EXPECT_EQ(read_all(*of.end), "+OK\r\n|error: closed");
}

TEST_F(client_tls_test, refuses_plain_text_that_waits)
{
    of.peer.send("+OK injected\r\n");
    const auto outcome = of.end->start_tls(client, "mail.example.org", patience);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, base::failure::refused);
    EXPECT_FALSE(outcome.error().temporary);
    EXPECT_THAT(outcome.error().operator_text, HasSubstr("plain text"));
    EXPECT_FALSE(of.end->tls());
}

TEST_F(client_tls_test, refuses_plain_text_that_comes_instead_of_tls)
{
    auto server_says = std::async(std::launch::async, [&] {
        receive(of.peer, 10); // the hello has begun
        of.peer.send("-ERR what is this?\r\n");
    });
    const auto outcome = of.end->start_tls(client, "mail.example.org", patience);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, base::failure::refused);
    EXPECT_THAT(outcome.error().operator_text, HasSubstr("`tls = implicit`"));
}

TEST_F(client_tls_test, leaves_a_server_that_picks_a_protocol_not_offered)
{
    start({.alpn = "imap"});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().kind, base::failure::refused);
    EXPECT_FALSE(of.end->tls());
}

TEST_F(client_tls_test, takes_the_protocol_offered)
{
    start({.alpn = "pop3"});
    ASSERT_TRUE(started) << fault();
    EXPECT_EQ(started->tls.alpn, "pop3");
}

TEST_F(client_tls_test, speaks_no_old_tls)
{
    start({.newest = TLS1_1_VERSION});
    EXPECT_EQ(started.error().kind, base::failure::network);
    EXPECT_FALSE(started.error().temporary);
    EXPECT_THAT(started.error().operator_text, HasSubstr("TLS 1.2 and 1.3"));
}

TEST_F(client_tls_test, speaks_no_cipher_without_authentication_of_data)
{
    start({.newest = TLS1_2_VERSION, .cipher = "ECDHE-ECDSA-AES128-SHA256"});
    EXPECT_EQ(started.error().kind, base::failure::refused);
}

TEST_F(client_tls_test, speaks_tls_1_2_with_aead)
{
    start({.newest = TLS1_2_VERSION});
    ASSERT_TRUE(started) << fault();
    EXPECT_EQ(started->tls.version, "TLSv1.2");
    EXPECT_EQ(started->tls.exporter, "") << "RFC 9266 is for TLS 1.3";
    EXPECT_EQ(started->tls.server_end_point, server_end_point_of(shown.certificate.get()));
}

TEST_F(client_tls_test, takes_no_part_in_renegotiation)
{
    int outcome = 1;
    start({.newest = TLS1_2_VERSION, .then = [&](SSL& with) {
               SSL_renegotiate(&with);
               SSL_do_handshake(&with); // sends the request
               char octet = 0;
               outcome = SSL_read(&with, &octet, 1);
           }});
    ASSERT_TRUE(started) << fault();
    EXPECT_THAT(read_some_of(*of.end, 4 * soon), HasSubstr("error: "));
    of.end->close();
    server.get();
    EXPECT_LE(outcome, 0);
}

TEST_F(client_tls_test, bears_no_flood_of_key_updates)
{
    start({.then = [](SSL& with) {
        for (int i = 0; i < 100; ++i) {
            SSL_key_update(&with, SSL_KEY_UPDATE_NOT_REQUESTED);
            SSL_do_handshake(&with);
        }
        char octet = 0;
        SSL_read(&with, &octet, 1);
    }});
    ASSERT_TRUE(started) << fault();
    EXPECT_EQ(read_some_of(*of.end), "error: refused");
    of.end->close();
}

TEST_F(client_tls_test, ends_a_handshake_that_stalls)
{
    EXPECT_EQ(of.end->start_tls(client, "mail.example.org", soon).error().kind, base::failure::timed_out);
    const auto stop = std::make_shared<interrupt>();
    pair stopped(stop);
    auto handshake = std::async(std::launch::async,
                                [&] { return stopped.end->start_tls(client, "mail.example.org", patience); });
    receive(stopped.peer, 10);
    stop->trip();
    EXPECT_EQ(handshake.get().error().kind, base::failure::closed);
}

// The limit stands for a whole read: a record that drips in does not renew it.
TEST_F(client_tls_test, is_not_held_by_a_record_that_drips)
{
    start({.then = [this](SSL& with) {
        of.peer.send(
            std::string_view("\x17\x03\x03\x40\x00", 5)); // the head of a record that never becomes whole
        pollfd gone{.fd = SSL_get_fd(&with), .events = POLLIN, .revents = 0};
        for (int i = 0; i < 40 && ::poll(&gone, 1, 10) == 0; ++i)
            ::send(of.peer.number(), "x", 1, MSG_NOSIGNAL); // may find the peer gone
    }});
    ASSERT_TRUE(started) << fault();
    EXPECT_EQ(read_some_of(*of.end, soon), "error: timed-out");
    of.end->close();
}

TEST_F(client_tls_test, says_goodbye)
{
    int reason = 0;
    start({.then = [&](SSL& with) {
        char octet = 0;
        reason = SSL_get_error(&with, SSL_read(&with, &octet, 1));
    }});
    ASSERT_TRUE(started) << fault();
    of.end->close();
    server.get();
    EXPECT_EQ(reason, SSL_ERROR_ZERO_RETURN);
}

TEST_F(client_tls_test, refuses_what_is_no_host_name)
{
    for (const std::string& name :
         {std::string(), std::string("a b"), std::string("a\0b", 3), std::string(300, 'x')})
        EXPECT_EQ(of.end->start_tls(client, name, patience).error().kind, base::failure::malformed) << name;
}

} // namespace
} // namespace net::testing
