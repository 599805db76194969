// Site and account put together.
#include "server/policies.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace server {
namespace {

using std::chrono::days;
using std::chrono::hours;

TEST(policies, let_the_account_win_over_the_site_and_zero_lift_a_limit)
{
    store::maildrop_policy site;
    site.quota_octets = 1000;
    site.quota_messages = 10;
    site.expire = days(90);
    site.held_for = days(7);
    auth::account account;
    account.quota_octets = 2000;
    account.quota_messages = 0;
    account.lock = "snapshot";
    const auto merged = maildrop_policy(site, account);
    EXPECT_EQ(merged.quota_octets, 2000U);
    EXPECT_FALSE(merged.quota_messages.has_value());
    EXPECT_EQ(merged.expire, days(90));
    EXPECT_EQ(merged.held_for, days(7));
    EXPECT_EQ(merged.lock, store::lock_policy::snapshot);
}

TEST(policies, tell_expire_in_whole_days_but_never_zero)
{
    EXPECT_FALSE(expire_days(std::nullopt).has_value());
    EXPECT_EQ(expire_days(days(90)), 90U);
    EXPECT_EQ(expire_days(hours(47)), 1U);
    EXPECT_EQ(expire_days(hours(5)), 1U);
}

TEST(policies, keep_an_account_to_its_networks)
{
    auth::account account;
    net::peer_address peer;
    peer.octets = net::parse_address("192.0.2.1").value();
    EXPECT_TRUE(may_come_from(account, peer));
    account.allow_networks = {"198.51.100.0/24", "192.0.2.0/24"};
    EXPECT_TRUE(may_come_from(account, peer));
    peer.octets = net::parse_address("203.0.113.1").value();
    EXPECT_FALSE(may_come_from(account, peer));
    peer.local = true;
    EXPECT_FALSE(may_come_from(account, peer));
}

bool has(const std::vector<std::string>& mechanisms, std::string_view one)
{
    return std::ranges::find(mechanisms, one) != mechanisms.end();
}

TEST(policies, offer_each_mechanism_only_where_it_can_work)
{
    settings site;
    site.pop3.mechanisms.emplace_back("SCRAM-SHA-256-PLUS");
    listener_settings listener;
    listener.tls = tls_mode::start_tls;
    const auto plain = pop3_session_policy(site, listener, nullptr, {});
    EXPECT_FALSE(has(plain.mechanisms, "PLAIN"));
    EXPECT_FALSE(has(plain.mechanisms, "SCRAM-SHA-256-PLUS"));
    EXPECT_TRUE(has(plain.mechanisms, "SCRAM-SHA-256"));
    net::tls_facts facts;
    const auto bare = pop3_session_policy(site, listener, &facts, {});
    EXPECT_TRUE(has(bare.tls_mechanisms, "PLAIN"));
    EXPECT_FALSE(has(bare.tls_mechanisms, "SCRAM-SHA-256-PLUS"));
    EXPECT_FALSE(has(bare.tls_mechanisms, "EXTERNAL"));
    facts.can_bind = true;
    facts.certificate_identity = "ann";
    const auto full = pop3_session_policy(site, listener, &facts, {});
    EXPECT_TRUE(has(full.tls_mechanisms, "SCRAM-SHA-256-PLUS"));
    EXPECT_TRUE(has(full.tls_mechanisms, "EXTERNAL"));
}

} // namespace
} // namespace server
