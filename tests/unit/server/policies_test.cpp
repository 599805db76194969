// Site and account put together.
#include "server/policies.hpp"
#include "support/memory_certificates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

TEST(policies, let_the_account_win_over_the_site_and_zero_lift_a_limit)
{
    settings site;
    site.maildrop.quota_octets = 1000;
    site.maildrop.quota_messages = 10;
    site.maildrop.expire = days(90);
    site.maildrop.held_for = days(7);
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

TEST(policies, let_the_domain_win_over_the_site_and_the_account_over_both)
{
    settings site;
    site.host_name = "mail.example.net";
    site.maildrop.quota_octets = 1000;
    site.maildrop.expire = days(90);
    site.domains["example.org"] = {.host_name = "mail.example.org",
                                   .quota_octets = 2000,
                                   .quota_messages = 20,
                                   .expire = days(0),
                                   .held_for = days(1),
                                   .login_delay = seconds(30),
                                   .lock = maildrop_lock::snapshot};
    auth::account ann;
    ann.name = "ann@example.org";
    ann.quota_octets = 3000;
    ann.lock = "exclusive";
    const auto merged = maildrop_policy(site, ann);
    EXPECT_EQ(merged.quota_octets, 3000U);
    EXPECT_EQ(merged.quota_messages, 20U);
    EXPECT_FALSE(merged.expire.has_value()) << "0 lifts the site's";
    EXPECT_EQ(merged.held_for, days(1));
    EXPECT_EQ(merged.lock, store::lock_policy::exclusive);
    EXPECT_EQ(login_delay(site, ann), seconds(30));
    EXPECT_EQ(host_name(site, ann), "mail.example.org");
    ann.login_delay = seconds(0);
    EXPECT_EQ(login_delay(site, ann), seconds(0));
    for (const auto* elsewhere : {"ann@example.net", "ann@sub.example.org", "example.org"}) {
        auth::account other;
        other.name = elsewhere;
        EXPECT_EQ(maildrop_policy(site, other).quota_octets, 1000U) << elsewhere;
        EXPECT_EQ(host_name(site, other), "mail.example.net") << elsewhere;
    }
}

TEST(policies, let_mail_lie_for_a_day_at_least)
{
    settings site;
    auth::account account;
    account.expire = hours(1); // EXPIRE 1 is the least that can be announced
    EXPECT_EQ(maildrop_policy(site, account).expire, days(1));
    account.expire = hours(36);
    EXPECT_EQ(maildrop_policy(site, account).expire, hours(36));
}

TEST(policies, announce_the_widest_before_log_in)
{
    settings site;
    auth::own_times users;
    EXPECT_FALSE(times_before_log_in(site, users).expire_differs);
    EXPECT_FALSE(times_before_log_in(site, users).expire.has_value());
    users.expire.add(auth::never_expires);
    EXPECT_FALSE(times_before_log_in(site, users).expire_differs) << "never, like all others";
    site.maildrop.expire = days(30);
    EXPECT_EQ(times_before_log_in(site, users).expire, days(30));
    EXPECT_TRUE(times_before_log_in(site, users).expire_differs);
    users.expire.add(days(90));
    EXPECT_EQ(times_before_log_in(site, users).expire, days(30)) << "the site's is shorter";
    site.domains["example.org"].expire = days(7);
    site.domains["example.org"].login_delay = seconds(60);
    const auto announced = times_before_log_in(site, users);
    EXPECT_EQ(announced.expire, days(7));
    EXPECT_EQ(announced.login_delay, seconds(60));
    EXPECT_TRUE(announced.login_delay_differs);
    site.pop3.login_delay = seconds(60);
    EXPECT_FALSE(times_before_log_in(site, users).login_delay_differs);
    users.login_delay.add(seconds(0));
    EXPECT_TRUE(times_before_log_in(site, users).login_delay_differs);
    EXPECT_EQ(times_before_log_in(site, users).login_delay, seconds(60));
}

TEST(policies, report_expire_in_whole_days_but_never_zero)
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

bool has(const std::vector<pop3::offered_mechanism>& mechanisms, std::string_view one)
{
    return std::ranges::find(mechanisms, one, &pop3::offered_mechanism::name) != mechanisms.end();
}

TEST(policies, offer_no_mechanism_that_has_no_row)
{
    site present;
    // XOAUTH2 has a row, but our server's end does not speak it.
    present.settings.pop3.mechanisms = {"X-NEW", "XOAUTH2", "", "DIGEST-MD5", "PLAIN"};
    listener_settings listener;
    listener.plaintext_allowed = true;
    net::tls_facts facts;
    facts.can_bind = true;
    const auto policy = pop3_session_policy(present, listener, &facts, {});
    for (const auto* offered : {&policy.mechanisms, &policy.tls_mechanisms}) {
        ASSERT_EQ(offered->size(), 1U);
        EXPECT_EQ(offered->front().name, "PLAIN");
    }
}

TEST(policies, offer_each_mechanism_only_where_it_can_work)
{
    site present;
    present.settings.pop3.mechanisms.emplace_back("SCRAM-SHA-256-PLUS");
    listener_settings listener;
    listener.tls = tls_mode::start_tls;
    const auto plain = pop3_session_policy(present, listener, nullptr, {});
    EXPECT_FALSE(has(plain.mechanisms, "PLAIN"));
    EXPECT_FALSE(has(plain.mechanisms, "SCRAM-SHA-256-PLUS"));
    EXPECT_TRUE(has(plain.mechanisms, "SCRAM-SHA-256"));
    net::tls_facts facts;
    const auto bare = pop3_session_policy(present, listener, &facts, {});
    EXPECT_TRUE(has(bare.tls_mechanisms, "PLAIN"));
    EXPECT_FALSE(has(bare.tls_mechanisms, "SCRAM-SHA-256-PLUS"));
    EXPECT_FALSE(has(bare.tls_mechanisms, "EXTERNAL"));
    facts.can_bind = true;
    facts.certificate_identity = "ann";
    const auto full = pop3_session_policy(present, listener, &facts, {});
    EXPECT_TRUE(has(full.tls_mechanisms, "SCRAM-SHA-256-PLUS"));
    EXPECT_TRUE(has(full.tls_mechanisms, "EXTERNAL"));
}

// Every member, or this does not compile.
auto members(pop3_settings& settings)
{
    auto& [implementation, mechanisms, apop, login_delay, fallback, languages, before_login, after_login,
           failures] = settings;
    return std::tie(implementation, mechanisms, apop, login_delay, fallback, languages, before_login,
                    after_login, failures);
}

void change(std::string& text)
{
    text += "x";
}
void change(std::vector<std::string>& list)
{
    list.pop_back();
}
void change(bool& flag)
{
    flag = !flag;
}
void change(utf8_fallback& fallback)
{
    fallback = utf8_fallback::refuse;
}
template <typename Number>
void change(Number& number)
{
    ++number;
}

/// What the session has of the settings, as text. Every member of its policy, or this does not compile.
std::string policy_under(const pop3_settings& pop3)
{
    settings wanted;
    wanted.pop3 = pop3;
    support::memory_certificates none;
    const auto present = site::load(wanted, none, {}, {}).value();
    net::tls_facts facts;
    const auto policy = pop3_session_policy(*present, {}, &facts, {});
    const auto& [host_name, implementation, apop_timestamp, tls_active, tls_available, plaintext_allowed,
                 mechanisms, tls_mechanisms, expire, login_delay, fallback, languages, before_login,
                 after_login, failures] = policy;
    std::ostringstream out;
    out << host_name << ' ' << implementation << ' ' << apop_timestamp << ' ' << tls_active << tls_available
        << plaintext_allowed << ' ' << expire.days.value_or(0) << expire.per_user << ' '
        << login_delay.seconds.count() << login_delay.per_user << ' ' << static_cast<int>(fallback) << ' '
        << before_login << ' ' << after_login << ' ' << failures;
    for (const auto* list : {&mechanisms, &tls_mechanisms})
        for (const auto& mechanism : *list) out << ' ' << mechanism.name;
    for (const auto& language : languages) out << ' ' << language;
    return out.str();
}

template <std::size_t index>
void expect_seen_by_the_session()
{
    const pop3_settings usual;
    pop3_settings changed = usual;
    change(std::get<index>(members(changed)));
    if (changed.apop) return; // the connection makes the time stamp: transcripts/auth/apop*.pop3
    EXPECT_NE(policy_under(changed), policy_under(usual)) << "member " << index << " of pop3_settings";
}

TEST(policies, pass_each_setting_of_pop3_on_to_the_session)
{
    using every = decltype(members(std::declval<pop3_settings&>()));
    []<std::size_t... index>(std::index_sequence<index...>) {
        (expect_seen_by_the_session<index>(), ...);
    }(std::make_index_sequence<std::tuple_size_v<every>>{});
}

} // namespace
} // namespace server
