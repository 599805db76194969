// Real TLS between a stream and an OpenSSL client: what is settled, what is refused, how it ends.
#include "net/tls/facts.hpp"
#include "unit/net/tls_client.hpp"

#include <sys/ioctl.h>

namespace net::testing {
namespace {

class tls_connection_test : public ::testing::Test {
protected:
    tls_connection_test()
    {
        contents.certificate =
            pem_of("default", authority.issue({.common_names = {"mail.example.org"},
                                               .subject_alt_names = {"DNS:mail.example.org"}}));
        settings.alpn = {"pop3"};
    }

    void add_name(const std::string& name)
    {
        contents.names.push_back(
            {name, pem_of(name, authority.issue({.common_names = {"for " + name},
                                                 .subject_alt_names = {"DNS:" + name}}))});
    }
    std::shared_ptr<const tls_context> load(const tls_context* previous = nullptr)
    {
        const auto loaded = tls_context::load(contents, settings, base::wall_time::clock::now(), previous);
        EXPECT_TRUE(loaded) << loaded.error().operator_text;
        return *loaded;
    }
    issued client_certificate(const request& of) { return authority.issue(of); }

    issuer authority;
    tls_contents contents;
    tls_settings settings;
    boost::asio::io_context io;
};

/// What one handshake came to, on both ends.
struct met {
    connection ends;
    std::unique_ptr<tls_client> client{};
    base::result<tls_facts> facts = base::fail({});
    std::string client_fault{};
};

met meet(boost::asio::io_context& io, const std::shared_ptr<const tls_context>& context, const offer& what)
{
    met both{.ends = connect_over_tcp(io)};
    both.client = std::make_unique<tls_client>(both.ends.client, what);
    auto client = std::async(std::launch::async, [&] { return both.client->handshake(); });
    both.facts = run(io, both.ends.server->handshake(context, patience));
    if (both.facts)
        both.facts = both.ends.server->facts_with_bindings();
    else
        both.ends.server->close();
    both.client_fault = client.get();
    return both;
}

TEST_F(tls_connection_test, settles_tls_1_3)
{
    auto both = meet(io, load(), {.server_name = "Mail.Example.org", .alpn = {"pop3"}});
    ASSERT_TRUE(both.facts) << both.facts.error().operator_text;
    EXPECT_EQ(both.client_fault, "");
    EXPECT_EQ(both.facts->version, "TLSv1.3");
    EXPECT_EQ(both.facts->cipher, both.client->cipher());
    EXPECT_EQ(both.facts->server_name, "Mail.Example.org");
    EXPECT_EQ(both.facts->alpn, "pop3");
    EXPECT_EQ(both.client->alpn(), "pop3");
    EXPECT_FALSE(both.facts->resumed);
    EXPECT_EQ(both.facts->exporter, both.client->exporter());
    EXPECT_EQ(both.facts->exporter.size(), 32U);
    EXPECT_TRUE(both.facts->can_bind);
    EXPECT_EQ(both.facts->server_end_point, both.client->server_certificate_sha256());
    EXPECT_EQ(both.facts->certificate_identity, "");
    EXPECT_TRUE(both.ends.server->tls());
    EXPECT_EQ(both.ends.server->facts().version, "TLSv1.3");
}

TEST_F(tls_connection_test, settles_tls_1_2_without_exporter)
{
    auto both = meet(io, load(), {.newest = TLS1_2_VERSION});
    ASSERT_TRUE(both.facts) << both.facts.error().operator_text;
    EXPECT_EQ(both.facts->version, "TLSv1.2");
    EXPECT_NE(both.facts->cipher.find("TLS_ECDHE_"), std::string::npos);
    EXPECT_EQ(both.facts->exporter, "");
    EXPECT_EQ(both.facts->server_end_point, both.client->server_certificate_sha256());
    EXPECT_FALSE(both.facts->can_bind) << "neither tls-unique nor tls-exporter: decision 0110";
}

TEST_F(tls_connection_test, refuses_tls_1_1)
{
    const auto both = meet(io, load(), {.oldest = TLS1_VERSION, .newest = TLS1_1_VERSION});
    ASSERT_FALSE(both.facts);
    EXPECT_EQ(both.facts.error().kind, base::failure::refused);
    EXPECT_NE(both.facts.error().operator_text.find("TLS handshake failed: unsupported protocol"),
              std::string::npos)
        << both.facts.error().operator_text;
    EXPECT_NE(both.client_fault.find("alert protocol version"), std::string::npos) << both.client_fault;
}

TEST_F(tls_connection_test, refuses_ciphers_without_aead_or_forward_secrecy)
{
    for (const auto* ciphers : {"ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA"}) {
        const auto both = meet(io, load(), {.newest = TLS1_2_VERSION, .ciphers = ciphers});
        ASSERT_FALSE(both.facts) << ciphers;
        EXPECT_NE(both.facts.error().operator_text.find("no shared cipher"), std::string::npos);
    }
}

TEST_F(tls_connection_test, refuses_what_is_no_tls)
{
    auto ends = connect_over_tcp(io);
    ends.client.send("USER mrose\r\nPASS secret\r\n");
    const auto facts = run(io, ends.server->handshake(load(), patience));
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().kind, base::failure::refused);
}

TEST_F(tls_connection_test, refuses_a_client_of_another_protocol)
{
    const auto both = meet(io, load(), {.alpn = {"h2", "http/1.1"}});
    ASSERT_FALSE(both.facts);
    EXPECT_NE(both.client_fault.find("no application protocol"), std::string::npos) << both.client_fault;
}

TEST_F(tls_connection_test, lets_in_a_client_without_alpn_or_with_ours_among_others)
{
    EXPECT_EQ(meet(io, load(), {}).facts.value().alpn, "");
    EXPECT_EQ(meet(io, load(), {.alpn = {"imap", "pop3"}}).facts.value().alpn, "pop3");
    settings.alpn.clear();
    EXPECT_EQ(meet(io, load(), {.alpn = {"h2"}}).facts.value().alpn, "");
}

TEST_F(tls_connection_test, chooses_the_certificate_by_name)
{
    add_name("mail.example.net");
    add_name("*.example.com");
    const auto context = load();
    const auto served = [&](const std::string& name) {
        return meet(io, context, {.server_name = name}).client->server_common_name();
    };
    EXPECT_EQ(served("mail.example.net"), "for mail.example.net");
    EXPECT_EQ(served("MAIL.example.NET"), "for mail.example.net");
    EXPECT_EQ(served("pop.example.com"), "for *.example.com");
    EXPECT_EQ(served("a.pop.example.com"), "mail.example.org") << "a wildcard stands for one label";
    EXPECT_EQ(served("example.com"), "mail.example.org");
    EXPECT_EQ(served("other.example"), "mail.example.org");
    EXPECT_EQ(served(""), "mail.example.org");
}

TEST_F(tls_connection_test, may_refuse_unknown_names)
{
    add_name("mail.example.net");
    settings.refuse_unknown_names = true;
    const auto context = load();
    EXPECT_TRUE(meet(io, context, {.server_name = "mail.example.net"}).facts);
    EXPECT_TRUE(meet(io, context, {.server_name = "mail.example.org"}).facts)
        << "the default certificate's name";
    EXPECT_TRUE(meet(io, context, {}).facts) << "no name is not an unknown one";
    const auto refused = meet(io, context, {.server_name = "other.example"});
    EXPECT_FALSE(refused.facts);
    EXPECT_NE(refused.client_fault.find("unrecognized name"), std::string::npos) << refused.client_fault;
}

/// Connects, lets the ticket come, closes; the session for the next time.
session visit(boost::asio::io_context& io, const std::shared_ptr<const tls_context>& context, offer what)
{
    auto both = meet(io, context, what);
    EXPECT_TRUE(both.facts);
    run(io, write_all(*both.ends.server, "+OK\r\n"));
    EXPECT_EQ(both.client->receive(), "+OK\r\n");
    both.client->close_notify();
    return both.client->session_to_resume();
}

class tls_resumption_test : public tls_connection_test, public ::testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(versions, tls_resumption_test, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& of) { return of.param == TLS1_2_VERSION ? "tls_1_2" : "tls_1_3"; });

TEST_P(tls_resumption_test, works_with_tickets)
{
    const auto context = load();
    const offer what{.newest = GetParam(), .server_name = "mail.example.org"};
    auto again = what;
    again.resume = visit(io, context, what);
    const auto both = meet(io, context, again);
    ASSERT_TRUE(both.facts) << both.facts.error().operator_text;
    EXPECT_TRUE(both.facts->resumed);
    EXPECT_TRUE(both.client->resumed());
    EXPECT_EQ(both.facts->server_end_point.size(), 32U);
}

TEST_P(tls_resumption_test, outlives_a_reload)
{
    const auto context = load();
    const offer what{.newest = GetParam(), .server_name = "mail.example.org"};
    auto again = what;
    again.resume = visit(io, context, what);
    EXPECT_TRUE(meet(io, load(context.get()), again).facts.value().resumed);
    EXPECT_FALSE(meet(io, load(), again).facts.value().resumed)
        << "of another instance, with keys of its own";
}

TEST_P(tls_resumption_test, is_bound_to_the_name_and_the_protocols)
{
    add_name("mail.example.net");
    const auto context = load();
    const offer what{.newest = GetParam(), .server_name = "mail.example.org"};
    auto elsewhere = what;
    elsewhere.resume = visit(io, context, what);
    elsewhere.server_name = "mail.example.net";
    EXPECT_FALSE(meet(io, context, elsewhere).facts.value().resumed);
    elsewhere.server_name = what.server_name;
    settings.alpn = {"lmtp"};
    EXPECT_FALSE(meet(io, load(context.get()), elsewhere).facts.value().resumed);
}

TEST_P(tls_resumption_test, is_off_where_client_certificates_are_asked_for)
{
    contents.client_authorities = authority.authorities();
    const auto context = load();
    const offer what{.newest = GetParam(), .server_name = "mail.example.org"};
    auto again = what;
    again.resume = visit(io, context, what);
    EXPECT_FALSE(meet(io, context, again).facts.value().resumed);
}

TEST_F(tls_connection_test, knows_the_client_by_its_certificate)
{
    contents.client_authorities = authority.authorities();
    const auto context = load();
    const auto identity = [&](const request& of) {
        const auto certificate = client_certificate(of);
        const auto both = meet(io, context, {.certificate = &certificate});
        return both.facts ? "is " + both.facts->certificate_identity : both.facts.error().operator_text;
    };
    const std::string use = "clientAuth";
    EXPECT_EQ(identity({.common_names = {"Marshall Rose"},
                        .subject_alt_names = {"DNS:x.example", "email:mrose@example.org"},
                        .extended_key_usage = use}),
              "is mrose@example.org");
    EXPECT_EQ(identity({.common_names = {"mrose"}, .extended_key_usage = use}), "is mrose");
    EXPECT_EQ(identity({.common_names = {"mrose"}}), "is ") << "without the usage it is nobody";
    EXPECT_EQ(identity({.common_names = {"mrose", "root"}, .extended_key_usage = use}), "is ");
    EXPECT_EQ(identity({.extended_key_usage = use}), "is ");
    EXPECT_EQ(identity({.common_names = {"mrose"}, .extended_key_usage = "serverAuth"}),
              "TLS handshake failed: certificate verify failed");
    const auto now = base::wall_time::clock::now();
    EXPECT_EQ(identity({.common_names = {"mrose"}, .extended_key_usage = use, .until = now - 1min}),
              "TLS handshake failed: certificate verify failed");
    EXPECT_EQ(identity({.common_names = {"mrose"}, .extended_key_usage = use, .from = now + 1h}),
              "TLS handshake failed: certificate verify failed");
}

TEST_F(tls_connection_test, believes_no_certificate_of_strangers)
{
    contents.client_authorities = authority.authorities();
    const auto stranger = issuer().issue({.common_names = {"mrose"}, .extended_key_usage = "clientAuth"});
    EXPECT_FALSE(meet(io, load(), {.certificate = &stranger}).facts);
}

TEST_F(tls_connection_test, needs_no_client_certificate)
{
    contents.client_authorities = authority.authorities();
    EXPECT_EQ(meet(io, load(), {}).facts.value().certificate_identity, "");
    contents.client_authorities.reset();
    const auto certificate =
        client_certificate({.common_names = {"mrose"}, .extended_key_usage = "clientAuth"});
    EXPECT_EQ(meet(io, load(), {.certificate = &certificate}).facts.value().certificate_identity, "")
        << "not asked for, not looked at";
}

TEST_F(tls_connection_test, carries_octets_both_ways)
{
    auto both = meet(io, load(), {});
    ASSERT_TRUE(both.client->send("USER mrose\r\n"));
    EXPECT_EQ(run(io, read_once(*both.ends.server)), "USER mrose\r\n");
    const std::string octets(1'000'000, 'x');
    auto received = std::async(std::launch::async, [&] {
        std::string all;
        for (std::string part; (part = both.client->receive()) != "closed";) all += part;
        return all;
    });
    EXPECT_EQ(run(io, write_all(*both.ends.server, octets)), "written");
    both.ends.server->close();
    EXPECT_EQ(received.get(), octets);
}

TEST_F(tls_connection_test, reads_what_openssl_has_left_over)
{
    auto both = meet(io, load(), {});
    ASSERT_TRUE(both.client->send(std::string(250, 'x')));
    EXPECT_EQ(run(io, read_once(*both.ends.server)), std::string(100, 'x'));
    EXPECT_EQ(run(io, read_once(*both.ends.server)), std::string(100, 'x'));
    EXPECT_EQ(run(io, read_once(*both.ends.server)), std::string(50, 'x'));
    EXPECT_EQ(run(io, read_once(*both.ends.server, soon)), "error: timed-out");
}

// The socket is empty, and yet there is something to read: OpenSSL has it, in the clear or not yet.
TEST_F(tls_connection_test, does_not_wait_for_what_openssl_has)
{
    auto both = meet(io, load(), {});
    auto talk = [](stream& with) -> awaitable<std::string> {
        std::string all;
        for (int i = 0; i < 4; ++i) {
            all += co_await read_once(with);
            const auto written = co_await with.write("+OK\r\n", patience);
            if (!written) co_return "error";
        }
        co_return all;
    };
    ASSERT_TRUE(both.client->send(std::string(150, 'x')));
    ASSERT_TRUE(both.client->send(std::string(200, 'y')));
    EXPECT_EQ(run(io, talk(*both.ends.server)), std::string(150, 'x') + std::string(200, 'y'));
}

TEST_F(tls_connection_test, takes_a_cut_for_the_end_as_an_orderly_one)
{
    auto orderly = meet(io, load(), {});
    orderly.client->close_notify();
    EXPECT_EQ(run(io, read_once(*orderly.ends.server)), "error: closed");
    auto cut = meet(io, load(), {});
    cut.ends.client.close();
    EXPECT_EQ(run(io, read_once(*cut.ends.server)), "error: closed");
}

TEST_F(tls_connection_test, says_goodbye)
{
    auto both = meet(io, load(), {});
    both.ends.server->close();
    EXPECT_EQ(both.client->receive(), "closed");
}

TEST_F(tls_connection_test, says_goodbye_behind_what_was_written_last)
{
    auto both = meet(io, load(), {});
    auto goodbye = [](stream& to) -> awaitable<bool> {
        const auto written = co_await to.write_last("+OK bye\r\n", patience);
        to.close();
        co_return written.has_value();
    };
    EXPECT_TRUE(run(io, goodbye(*both.ends.server)));
    EXPECT_EQ(both.client->receive(), "+OK bye\r\n");
    EXPECT_EQ(both.client->receive(), "closed");
}

// A ticket may lie until the server has something to say, but not while it waits.
TEST_F(tls_connection_test, sends_the_ticket_before_it_waits)
{
    const auto context = load();
    auto both = meet(io, context, {});
    EXPECT_EQ(run(io, read_once(*both.ends.server, soon)), "error: timed-out");
    int waiting = 0;
    ASSERT_EQ(::ioctl(both.ends.client.number(), FIONREAD, &waiting), 0);
    EXPECT_GT(waiting, 0);
}

TEST_F(tls_connection_test, ends_a_handshake_that_stalls)
{
    auto silent = connect_over_tcp(io);
    EXPECT_EQ(run(io, silent.server->handshake(load(), soon)).error().kind, base::failure::timed_out);
    auto partial = connect_over_tcp(io);
    partial.client.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9));
    EXPECT_EQ(run(io, partial.server->handshake(load(), soon)).error().kind, base::failure::timed_out);
    auto gone = connect_over_tcp(io);
    gone.client.close();
    EXPECT_EQ(run(io, gone.server->handshake(load(), patience)).error().kind, base::failure::closed);
}

TEST_F(tls_connection_test, ends_a_handshake_when_cancelled)
{
    auto silent = connect_over_tcp(io);
    boost::asio::post(io, [&] { boost::asio::post(io, [&] { silent.server->cancel(); }); });
    EXPECT_EQ(run(io, silent.server->handshake(load(), patience)).error().kind, base::failure::closed);
}

TEST_F(tls_connection_test, cuts_off_a_reader_that_does_not_read)
{
    auto both = meet(io, load(), {});
    EXPECT_EQ(run(io, write_all(*both.ends.server, std::string(30'000'000, 'x'), soon)), "error: timed-out");
}

// A limit asks for 125 octets; the peer takes millions each time, for longer than the limit.
TEST_F(tls_connection_test, bears_with_a_reader_that_is_slow_but_reads)
{
    constexpr auto limit = 250ms;
    auto both = meet(io, load(), {});
    const int little = 64 * 1024; // so that the kernel tells of room again and again
    ::setsockopt(both.ends.client.number(), SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
    const std::string octets(30'000'000, 'x'); // more than the kernel takes
    auto received = std::async(std::launch::async, [&] {
        boost::asio::io_context clients_own;
        std::string all;
        for (unsigned calls = 1; all.size() < octets.size(); ++calls) {
            all += both.client->receive();
            if (calls % 400 == 0) boost::asio::steady_timer(clients_own, 10ms).wait();
        }
        return all;
    });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(run(io, write_all(*both.ends.server, octets, limit)), "written");
    EXPECT_GT(std::chrono::steady_clock::now() - begin, limit);
    EXPECT_EQ(received.get(), octets);
}

TEST_F(tls_connection_test, takes_no_part_in_renegotiation)
{
    auto both = meet(io, load(), {.newest = TLS1_2_VERSION});
    auto renegotiated = std::async(std::launch::async, [&] { return both.client->renegotiate(); });
    run(io, read_once(*both.ends.server, 4 * soon));
    both.ends.server->close();
    EXPECT_FALSE(renegotiated.get());
}

TEST_F(tls_connection_test, bears_some_key_updates_and_no_flood)
{
    auto both = meet(io, load(), {});
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 20; ++i) ASSERT_TRUE(both.client->update_key());
        ASSERT_TRUE(both.client->send("NOOP\r\n"));
        ASSERT_EQ(run(io, read_once(*both.ends.server)), "NOOP\r\n");
    }
    for (int i = 0; i < 40; ++i) both.client->update_key();
    EXPECT_EQ(run(io, read_once(*both.ends.server)), "error: refused");
}

TEST_F(tls_connection_test, goes_on_after_a_reload)
{
    auto context = load();
    auto both = meet(io, context, {});
    const std::weak_ptr watched = context;
    context = load(context.get());
    EXPECT_FALSE(watched.expired()) << "the connection keeps its own context";
    ASSERT_TRUE(both.client->send("NOOP\r\n"));
    EXPECT_EQ(run(io, read_once(*both.ends.server)), "NOOP\r\n");
    both.ends.server.reset();
    EXPECT_TRUE(watched.expired());
}

} // namespace
} // namespace net::testing
