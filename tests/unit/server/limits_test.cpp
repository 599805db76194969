// Who is turned away, and when.
#include "server/connection_limits.hpp"
#include "server/login_delays.hpp"
#include "unit/server/office_under_test.hpp"
#include "unit/server/wire_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

namespace server::testing {
namespace {

TEST(limits, turn_away_the_third_unauthenticated_connection_of_an_address)
{
    office_under_test one([](settings& site) {
        site.limits.exempt_networks.clear();
        site.limits.unauthenticated_per_address = 2;
    });
    wire_client first(one.port(door::pop3)), second(one.port(door::pop3));
    EXPECT_TRUE(first.line().starts_with("+OK"));
    EXPECT_TRUE(second.line().starts_with("+OK"));
    wire_client third(one.port(door::pop3));
    EXPECT_TRUE(third.line().starts_with("-ERR [SYS/TEMP]"));
    EXPECT_TRUE(third.closed());
    first.command("USER ann");
    EXPECT_TRUE(first.command("PASS ann's secret").starts_with("+OK"));
    wire_client fourth(one.port(door::pop3));
    EXPECT_TRUE(fourth.line().starts_with("+OK"));
}

TEST(limits, close_a_connection_at_once_where_the_post_office_is_full)
{
    office_under_test one([](settings& site) { site.limits.connections_max = 1; });
    wire_client first(one.port(door::pop3));
    EXPECT_TRUE(first.line().starts_with("+OK"));
    wire_client second(one.port(door::pop3));
    EXPECT_EQ(second.rest(), "");
}

TEST(limits, allow_a_user_only_so_many_sessions_from_one_address)
{
    office_under_test one([](settings& site) { site.limits.sessions_per_user_and_address = 1; },
                          [](known_users& users) { users["ann"].account.lock = "snapshot"; });
    wire_client first(one.port(door::pop3)), second(one.port(door::pop3));
    log_in(first, "ann");
    second.line();
    second.command("USER ann");
    EXPECT_TRUE(second.command("PASS ann's secret").starts_with("-ERR [IN-USE]"));
    first.command("QUIT");
    EXPECT_TRUE(first.closed());
}

TEST(limits, close_a_connection_that_does_not_log_in)
{
    office_under_test one([](settings& site) { site.deadlines.log_in = milliseconds(50); });
    wire_client client(one.port(door::pop3));
    EXPECT_TRUE(client.line().starts_with("+OK"));
    EXPECT_EQ(client.rest(), "");
}

TEST(limits, are_counted_for_the_address_behind_a_proxy)
{
    office_under_test one([](settings& site) {
        site.listeners[0].proxy_networks = {net::network::parse("127.0.0.1").value()};
    });
    wire_client client(one.port(door::pop3));
    client.send("PROXY TCP4 192.0.2.7 192.0.2.1 1111 110\r\n");
    EXPECT_TRUE(client.line().starts_with("+OK"));
    ASSERT_EQ(one.shared_state->who().size(), 1U);
    EXPECT_EQ(one.shared_state->who()[0].address, "192.0.2.7");
    wire_client liar(one.port(door::pop3));
    EXPECT_EQ(liar.command("USER ann"), "<closed>");
}

net::address_octets address(std::string_view text)
{
    return net::parse_address(text).value();
}

/// How many of `tried` connections get a place at one time; `next` gives the address of the n-th.
template <typename Next>
unsigned taken(connection_limits& limits, const connection_shares& shares, unsigned tried, Next next)
{
    base::system_random random;
    std::vector<connection_limits::place> inside;
    for (unsigned n = 0; n < tried; ++n) {
        auto place = limits.enter(shares, random);
        if (place && place->settle(address(next(n)), shares) == connection_limits::refusal::none)
            inside.push_back(*std::move(place));
    }
    return static_cast<unsigned>(inside.size());
}

TEST(connection_limits, grow_with_the_network)
{
    const connection_shares shares{1000, 10, 10};
    local_connection_limits limits;
    EXPECT_EQ(taken(limits, shares, 300, [](unsigned n) { return "2001:db8::" + std::to_string(n); }), 10U)
        << "a /64 is one address";
    const auto rotated = [](unsigned n) { return "2001:db8:0:" + std::to_string(n % 10) + "::1"; };
    EXPECT_EQ(taken(limits, shares, 300, rotated), 20U) << "a /56";
    const auto far_rotated = [](unsigned n) { return "2001:db8:0:" + std::to_string(n % 90) + "00::1"; };
    EXPECT_EQ(taken(limits, shares, 300, far_rotated), 40U) << "a /48";
    EXPECT_EQ(taken(limits, shares, 300, [](unsigned) { return std::string("192.0.2.1"); }), 10U);
    EXPECT_EQ(taken(limits, shares, 300, [](unsigned n) { return "192.0.2." + std::to_string(n % 250); }),
              80U)
        << "a /24";
    EXPECT_EQ(limits.total(), 0U);
}

TEST(connection_limits, leave_half_of_the_service_to_other_networks)
{
    local_connection_limits limits;
    const auto next = [](unsigned n) { return "192.0.2." + std::to_string(n % 250); };
    EXPECT_EQ(taken(limits, {100, 25, 25}, 300, next), 50U);
}

TEST(connection_limits, give_each_service_shares_of_its_own)
{
    limit_settings most;
    most.mail_in_connections_max = 7;
    most.mail_in_connections_per_address = 3;
    for (const auto what : {service::lmtp, service::smtp}) {
        EXPECT_EQ(shares_of(what, most).connections_max, 7U);
        EXPECT_EQ(shares_of(what, most).per_address, 3U);
        EXPECT_EQ(shares_of(what, most).unauthenticated_per_address, 3U) << "nobody logs in there";
    }
    EXPECT_EQ(shares_of(service::pop3, most).connections_max, most.connections_max);
}

TEST(connection_limits, do_not_count_whoever_is_held_back_as_unauthenticated)
{
    local_connection_limits limits;
    base::system_random random;
    const connection_shares shares{100, 10, 1};
    using refusal = connection_limits::refusal;
    auto held = limits.enter(shares, random), next = limits.enter(shares, random);
    EXPECT_EQ(held->settle(address("192.0.2.1"), shares), refusal::none);
    held->hold_back(true);
    EXPECT_EQ(next->settle(address("192.0.2.1"), shares), refusal::none);
    held->hold_back(false);
    auto last = limits.enter(shares, random);
    EXPECT_EQ(last->settle(address("192.0.2.1"), shares), refusal::address_unauthenticated);
}

TEST(connection_limits, give_everything_back)
{
    local_connection_limits limits;
    base::system_random random;
    const limit_settings most;
    const auto shares = shares_of(service::pop3, most);
    {
        auto place = limits.enter(shares, random);
        place->settle(address("192.0.2.1"), shares);
        EXPECT_TRUE(place->log_in("ann", most).has_value());
        EXPECT_EQ(limits.unauthenticated(), 0U);
        place->log_out();
        EXPECT_EQ(limits.unauthenticated(), 1U);
    }
    EXPECT_EQ(limits.total(), 0U);
    EXPECT_EQ(limits.unauthenticated(), 0U);
}

TEST(connection_limits, drop_early_more_often_the_fuller_it_is)
{
    local_connection_limits limits;
    base::system_random random;
    limit_settings most;
    most.connections_max = 1000;
    const auto shares = shares_of(service::pop3, most);
    std::vector<connection_limits::place> inside;
    unsigned dropped = 0;
    for (int tries = 0; tries < 3000; ++tries)
        if (auto place = limits.enter(shares, random))
            inside.push_back(*std::move(place));
        else
            ++dropped;
    EXPECT_GE(inside.size(), 250U); // none is dropped below a quarter
    EXPECT_LE(inside.size(), 1000U);
    EXPECT_GT(dropped, 500U);
}

TEST(connection_limits, never_drop_the_first_connection_however_few_are_allowed)
{
    base::system_random random;
    limit_settings most;
    most.connections_max = 1;
    const auto shares = shares_of(service::pop3, most);
    for (int tries = 0; tries < 100; ++tries) {
        local_connection_limits limits;
        ASSERT_TRUE(limits.enter(shares, random).has_value());
    }
}

TEST(login_delays, hold_until_the_delay_is_over_and_not_a_moment_longer)
{
    local_login_delays delays;
    const base::steady_time now{seconds(1000)};
    EXPECT_TRUE(delays.check("ann", seconds(60), now).has_value());
    delays.note("ann", seconds(60), now);
    const auto refused = delays.check("ann", seconds(60), now + seconds(59));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, base::failure::login_delay);
    EXPECT_TRUE(delays.check("ben", seconds(60), now).has_value());
    EXPECT_TRUE(delays.check("ann", seconds(60), now + seconds(60)).has_value());
}

/// Log-ins of all servers, noted by whichever had them.
class delays_of_a_cluster final : public login_delays {
public:
    base::result<> check(const std::string& user, seconds delay, base::steady_time) const override
    {
        const std::lock_guard lock(mutex_);
        if (delay.count() == 0 || !in_.contains(user)) return {};
        return base::fail({.kind = base::failure::login_delay,
                           .temporary = true,
                           .peer_text = "60",
                           .operator_text = "logged in at another server"});
    }
    void note(const std::string& user, seconds, base::steady_time) override
    {
        const std::lock_guard lock(mutex_);
        in_.insert(user);
    }

private:
    mutable std::mutex mutex_;
    std::set<std::string> in_;
};

TEST(shared_limits, let_nobody_log_in_again_at_another_server)
{
    delays_of_a_cluster delays;
    const auto delayed = [](settings& site) { site.pop3.login_delay = seconds(60); };
    office_under_test one(delayed, {}, {}, {.login_delays = &delays});
    office_under_test other(delayed, {}, {}, {.login_delays = &delays});
    wire_client first(one.port(door::pop3));
    log_in(first, "ann");
    EXPECT_TRUE(first.command("QUIT").starts_with("+OK"));
    wire_client second(other.port(door::pop3));
    second.line();
    second.command("USER ann");
    EXPECT_TRUE(second.command("PASS ann's secret").starts_with("-ERR [LOGIN-DELAY]"));
    wire_client third(other.port(door::pop3));
    log_in(third, "ben");
}

/// Counts as this server does, but for places that others of the cluster have taken.
class places_of_a_cluster final : public connection_limits {
public:
    std::atomic<std::size_t> taken_elsewhere{0};

    std::size_t total() const override { return taken_here_ + taken_elsewhere; }
    std::size_t unauthenticated() const override { return total(); }

protected:
    bool add(const connection_shares& shares, base::random&) override
    {
        if (total() >= shares.connections_max) return false;
        ++taken_here_;
        return true;
    }
    refusal settle(const counted&, const connection_shares&) override { return refusal::none; }
    base::result<> log_in(const counted&, const std::string&, const limit_settings&) override { return {}; }
    void log_out(const counted&) override {}
    void set_unauthenticated(const counted&, bool) override {}
    void remove(const counted&) override { --taken_here_; }

private:
    std::atomic<std::size_t> taken_here_{0};
};

TEST(shared_limits, count_the_connections_of_all_servers)
{
    places_of_a_cluster places;
    office_under_test one([](settings& site) { site.limits.connections_max = 10; }, {}, {},
                          {.pop3_connections = &places});
    places.taken_elsewhere = 10;
    EXPECT_EQ(wire_client(one.port(door::pop3)).rest(), "") << "full";
    places.taken_elsewhere = 0;
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    EXPECT_EQ(places.total(), 1U);
}

} // namespace
} // namespace server::testing
