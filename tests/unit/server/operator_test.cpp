// The admin socket, metrics, shutdown, house-keeping.
#include "server/admin_client.hpp"
#include "unit/server/office_under_test.hpp"
#include "unit/server/wire_client.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace server::testing {
namespace {

boost::json::object ask(office_under_test& one, std::string_view request)
{
    const auto answer = admin_request(one.site.admin_socket_path, request);
    EXPECT_TRUE(answer.has_value()) << answer.error().operator_text;
    return boost::json::parse(answer.value()).as_object();
}

std::string fetch(office_under_test& one, const std::string& path)
{
    const auto address = one.shared_state->metrics_address();
    wire_client client(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return client.rest();
}

TEST(admin, tells_status_and_version)
{
    office_under_test one;
    wire_client client(one.port(door::pop3));
    client.line();
    const auto status = ask(one, "status");
    EXPECT_EQ(status.at("version").as_string(), "test");
    EXPECT_EQ(status.at("sessions").at("authorization").as_int64(), 1);
    EXPECT_EQ(ask(one, "version").at("version").as_string(), "test");
    EXPECT_TRUE(ask(one, "make coffee").contains("error"));
}

TEST(admin, tells_who_is_there_and_kicks)
{
    office_under_test one;
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    const auto who = ask(one, "who");
    ASSERT_EQ(who.at("sessions").as_array().size(), 1U);
    const auto& session = who.at("sessions").as_array()[0].as_object();
    EXPECT_EQ(session.at("user").as_string(), "ann");
    EXPECT_EQ(session.at("state").as_string(), "transaction");
    EXPECT_EQ(session.at("address").as_string(), "127.0.0.1");
    EXPECT_EQ(ask(one, "kick nobody").at("ended").as_int64(), 0);
    EXPECT_EQ(ask(one, "kick " + std::string(session.at("id").as_string())).at("ended").as_int64(), 1);
    EXPECT_EQ(client.rest(), "");
}

TEST(admin, calls_for_a_reload_and_passes_its_error_on)
{
    std::atomic<int> calls{0};
    const auto reload = [&calls]() -> base::result<> {
        if (++calls == 1) return {};
        return base::fail({.kind = base::failure::malformed,
                           .temporary = false,
                           .peer_text = {},
                           .operator_text = "line 3: no such key"});
    };
    office_under_test one({}, {}, {.reload = reload, .refresh_users = {}});
    EXPECT_TRUE(ask(one, "reload").contains("ok"));
    EXPECT_EQ(ask(one, "reload").at("error").as_string(), "line 3: no such key");
}

TEST(admin, is_for_its_owner_alone)
{
    office_under_test one;
    struct stat status{};
    ASSERT_EQ(::stat(one.site.admin_socket_path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(admin_client, says_when_nobody_is_there)
{
    const auto answer = admin_request("/nowhere/admin", "status");
    ASSERT_FALSE(answer.has_value());
    EXPECT_NE(answer.error().operator_text.find("is restanted running?"), std::string::npos);
}

// tests/e2e/metrics.py looks the other way, too: each row is a metric.
TEST(metrics, each_has_a_row_in_the_page_of_the_server)
{
    std::ifstream file(RESTANTE_SOURCE_DIR "/docs/server.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    office_under_test one;
    std::istringstream lines(fetch(one, "/metrics"));
    const std::string heading = "# TYPE ";
    std::size_t metrics = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(heading)) continue;
        const auto name = line.substr(heading.size(), line.find(' ', heading.size()) - heading.size());
        EXPECT_NE(page.find("`" + name + "`"), page.npos) << name;
        ++metrics;
    }
    EXPECT_GT(metrics, 20U);
}

TEST(metrics, count_log_ins_messages_and_octets)
{
    office_under_test one;
    one.post("ann", "Subject: x\r\n\r\n");
    wire_client client(one.port(door::pop3s), true);
    log_in(client, "ann");
    client.command("RETR 1");
    client.multi_line();
    client.command("NOOP");
    const auto page = fetch(one, "/metrics");
    for (const std::string line : {
             "restante_log_ins_total{mechanism=\"USER\",outcome=\"success\"} 1\n",
             "restante_messages_retrieved_total 1\n",
             "restante_octets_retrieved_total 14\n",
             "restante_sessions{state=\"transaction\"} 1\n",
             "restante_tls_handshakes_total{version=\"TLSv1.3\"} 1\n",
             "restante_log_in_seconds_count 1\n",
             "restante_pool_queue{pool=\"hash\"} 0\n",
             "restante_success_cache_misses 1\n",
         })
        EXPECT_NE(page.find(line), std::string::npos) << line << page;
    EXPECT_NE(page.find("restante_certificate_expiry_timestamp_seconds"), std::string::npos);
    EXPECT_NE(fetch(one, "/health").find("200 OK"), std::string::npos);
    EXPECT_NE(fetch(one, "/else").find("404"), std::string::npos);
}

TEST(shutdown, lets_a_message_under_way_finish)
{
    office_under_test one;
    const std::string message = "Subject: x\r\n\r\n" + std::string(8'000'000, 'x') + "\r\n";
    one.post("ann", message);
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    EXPECT_TRUE(client.command("RETR 1").starts_with("+OK")); // more than the sockets hold: it is under way
    one.shared_state->stop();
    EXPECT_TRUE(client.multi_line() == message);
    EXPECT_TRUE(client.closed());
}

TEST(shutdown, insists_when_told_twice)
{
    office_under_test one;
    one.post("ann", "Subject: x\r\n\r\n" + std::string(8'000'000, 'x') + "\r\n");
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    client.command("RETR 1");
    one.shared_state->stop();
    one.stop_and_wait(); // the reader reads nothing, and it ends all the same
    EXPECT_FALSE(client.rest().ends_with("\r\n.\r\n"));
}

TEST(shutdown, insists_when_the_time_is_over)
{
    office_under_test one([](settings& site) { site.deadlines.shutdown = milliseconds(50); });
    one.post("ann", "Subject: x\r\n\r\n" + std::string(8'000'000, 'x') + "\r\n");
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    client.command("RETR 1");
    one.stop_and_wait();
    EXPECT_EQ(one.log.count("stopping-at-once"), 1U);
}

TEST(open, refuses_a_listener_that_is_taken_and_settings_that_contradict_themselves)
{
    office_under_test one;
    auto wanted = one.site;
    wanted.admin_socket_path.clear();
    wanted.metrics.reset();
    wanted.listeners.resize(1);
    wanted.listeners[0].address.port = one.port(door::pop3);
    const environment with{one.pooled_mail, one.disk_pool, one.users,        one.authenticator, one.clock,
                           one.random,      one.log,       one.certificates, one.limits.all()};
    EXPECT_EQ(post_office(wanted, with).open().error().kind, base::failure::in_use);
    wanted.tls.reset();
    EXPECT_EQ(post_office(wanted, with).open().error().kind, base::failure::malformed);
}

TEST(housekeeping, refreshes_users_and_sweeps_every_maildrop)
{
    std::atomic<int> refreshed{0};
    const auto refresh = [&refreshed]() -> base::result<> {
        ++refreshed;
        refreshed.notify_all();
        return {};
    };
    office_under_test one(
        [](settings& site) {
            site.watch_every = milliseconds(5);
            site.sweep_every = milliseconds(10);
            site.maildrop.expire = seconds(0); // everything has expired
        },
        {}, {.reload = {}, .refresh_users = refresh});
    refreshed.wait(0);
    EXPECT_GT(refreshed.load(), 0);
}

} // namespace
} // namespace server::testing
