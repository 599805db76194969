// Held mail, expiry, house-keeping, and names that would lead elsewhere.
#include "conformance.hpp"

namespace conformance {

namespace {

using namespace std::string_literals;
using strings = std::vector<std::string>;
using std::chrono::hours;

const store::maildrop_policy holding{.held_for = hours(24 * 7)};

std::optional<base::failure> failure_of(const auto& outcome)
{
    return outcome ? std::nullopt : std::optional(outcome.error().kind);
}

} // namespace

TEST_P(store_conformance, holds_deleted_mail_and_puts_it_back_as_it_was)
{
    for (const char* body : {"one\r\n", "two\r\n", "three\r\n", "four\n\n"}) must_deliver("ann", body);
    const auto before = collect("ann", holding);
    remove(*open("ann", holding), {0, 2, 3});
    EXPECT_EQ(bodies("ann", holding), strings{"two\r\n"});
    reopen();
    EXPECT_EQ(bodies("ann", holding), strings{"two\r\n"});
    EXPECT_EQ(store().undelete({"ann"}, {})->put_back, 3U);
    reopen();
    const auto after = collect("ann", holding);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i != before.size(); ++i) {
        EXPECT_EQ(after[i].unique_id, before[i].unique_id);
        EXPECT_EQ(after[i].octets, before[i].octets);
    }
    EXPECT_EQ(store().undelete({"ann"}, {})->put_back, 0U) << "nothing is held any more";
}

TEST_P(store_conformance, puts_back_what_one_session_deleted)
{
    for (const char* body : {"one\r\n", "two\r\n", "three\r\n"}) must_deliver("ann", body);
    remove(*open("ann", holding), {0}, "session-1");
    remove(*open("ann", holding), {0}, "session-2");
    EXPECT_EQ(store().undelete({"ann"}, {.session = "session-3", .since = {}})->put_back, 0U);
    EXPECT_EQ(store().undelete({"ann"}, {.session = "session-2", .since = {}})->put_back, 1U);
    EXPECT_EQ(bodies("ann", holding), (strings{"two\r\n", "three\r\n"}));
}

TEST_P(store_conformance, puts_back_what_was_deleted_since_a_time)
{
    must_deliver("ann", "one\r\n");
    must_deliver("ann", "two\r\n");
    remove(*open("ann", holding), {0});
    clock().advance(hours(2));
    remove(*open("ann", holding), {0});
    EXPECT_EQ(store().undelete({"ann"}, {.session = {}, .since = clock().now() + hours(1)})->put_back, 0U);
    EXPECT_EQ(store().undelete({"ann"}, {.session = {}, .since = clock().now() - hours(1)})->put_back, 1U);
    EXPECT_EQ(bodies("ann", holding), strings{"two\r\n"});
    EXPECT_EQ(store().undelete({"ann"}, {.session = {}, .since = clock().now() - hours(3)})->put_back, 1U);
    EXPECT_EQ(bodies("ann", holding), (strings{"one\r\n", "two\r\n"}));
}

TEST_P(store_conformance, counts_held_mail_in_no_measure_and_no_quota)
{
    must_deliver("ann", "12345678\r\n");
    remove(*open("ann", holding), {0});
    EXPECT_EQ(store().measure({"ann"})->octets, 0U);
    EXPECT_EQ(store().measure({"ann"})->messages, 0U);
    store::maildrop_policy full = holding;
    full.quota_octets = 10;
    full.quota_messages = 1;
    EXPECT_TRUE(store().check_quota({"ann"}, full, 10));
    EXPECT_TRUE(deliver("ann", "abcdefgh\r\n", "", full));
    EXPECT_EQ(store().undelete({"ann"}, {})->put_back, 1U)
        << "what was there before the quota comes back whatever it says";
    EXPECT_EQ(bodies("ann", holding), (strings{"12345678\r\n", "abcdefgh\r\n"}));
}

TEST_P(store_conformance, shows_undeleted_mail_only_to_the_next_session)
{
    must_deliver("ann", "one\r\n");
    remove(*open("ann", holding), {0});
    const auto session = open("ann", holding);
    EXPECT_EQ(store().undelete({"ann"}, {})->put_back, 1U);
    EXPECT_TRUE(session->listing()->empty());
}

TEST_P(store_conformance, holds_nothing_where_nothing_is_to_be_held)
{
    must_deliver("ann", "one\r\n");
    remove(*open("ann"), {0});
    EXPECT_EQ(store().undelete({"ann"}, {})->put_back, 0U);
    EXPECT_TRUE(bodies("ann").empty());
}

TEST_P(store_conformance, finds_nothing_to_put_back_in_a_maildrop_that_never_was)
{
    EXPECT_EQ(store().undelete({"nobody"}, {})->put_back, 0U);
}

TEST_P(store_conformance, sweeps_held_mail_when_its_time_is_over)
{
    must_deliver("ann", "one\r\n");
    must_deliver("ann", "two\r\n");
    must_deliver("ann", "kept\r\n");
    remove(*open("ann", holding), {0});
    clock().advance(hours(24 * 6));
    remove(*open("ann", holding), {0});
    EXPECT_EQ(store().sweep({"ann"}, holding).value(), 0U);
    clock().advance(hours(25));
    EXPECT_EQ(store().sweep({"ann"}, holding).value(), 1U);
    EXPECT_EQ(store().sweep({"ann"}, holding).value(), 0U);
    reopen();
    EXPECT_EQ(store().undelete({"ann"}, {})->put_back, 1U);
    EXPECT_EQ(bodies("ann", holding), (strings{"two\r\n", "kept\r\n"}));
}

TEST_P(store_conformance, expires_old_mail_when_the_maildrop_is_opened)
{
    const store::maildrop_policy expiring{.expire = hours(24 * 90)};
    must_deliver("ann", "old\r\n");
    clock().advance(hours(24 * 89));
    must_deliver("ann", "young\r\n");
    EXPECT_EQ(bodies("ann", expiring), (strings{"old\r\n", "young\r\n"}));
    clock().advance(hours(24 * 2));
    EXPECT_EQ(bodies("ann"), (strings{"old\r\n", "young\r\n"})) << "without the policy nothing expires";
    EXPECT_EQ(bodies("ann", expiring), strings{"young\r\n"});
    EXPECT_EQ(store().measure({"ann"})->messages, 1U);
    reopen();
    EXPECT_EQ(bodies("ann"), strings{"young\r\n"});
}

TEST_P(store_conformance, expires_old_mail_in_the_sweep)
{
    const store::maildrop_policy expiring{.expire = hours(24)};
    must_deliver("ann", "old\r\n");
    clock().advance(hours(25));
    must_deliver("ann", "young\r\n");
    EXPECT_EQ(store().sweep({"ann"}, {}).value(), 0U);
    EXPECT_EQ(store().sweep({"ann"}, expiring).value(), 1U);
    EXPECT_EQ(bodies("ann"), strings{"young\r\n"});
}

TEST_P(store_conformance, keeps_expired_mail_that_was_put_back)
{
    const store::maildrop_policy expiring{.expire = hours(24), .held_for = hours(24 * 7)};
    const auto id = must_deliver("ann", "old\r\n");
    clock().advance(hours(25));
    EXPECT_TRUE(bodies("ann", expiring).empty());
    EXPECT_EQ(store().undelete({"ann"}, {.session = {}, .since = {}, .safe_for = hours(24 * 7)})->put_back,
              1U);
    for (int day = 0; day < 6; ++day) {
        const auto letters = collect("ann", expiring);
        ASSERT_EQ(letters.size(), 1U) << day;
        EXPECT_EQ(letters[0].unique_id, id);
        EXPECT_EQ(store().sweep({"ann"}, expiring).value(), 0U) << day;
        clock().advance(hours(24));
        reopen();
    }
    clock().advance(hours(25));
    EXPECT_TRUE(bodies("ann", expiring).empty()) << "then it expires as any other";
    EXPECT_EQ(store().undelete({"ann"}, {})->put_back, 1U) << "and is held anew";
}

TEST_P(store_conformance, puts_expired_mail_back_more_than_once)
{
    const store::maildrop_policy expiring{.expire = hours(24), .held_for = hours(24 * 7)};
    must_deliver("ann", "one\r\n");
    must_deliver("ann", "two\r\n");
    clock().advance(hours(25));
    EXPECT_TRUE(bodies("ann", expiring).empty());
    const store::undelete_request all{.session = {}, .since = {}, .safe_for = hours(24 * 7)};
    EXPECT_EQ(store().undelete({"ann"}, all)->put_back, 2U);
    remove(*open("ann", expiring), {0});
    clock().advance(hours(1));
    EXPECT_EQ(store().undelete({"ann"}, all)->put_back, 1U);
    EXPECT_EQ(bodies("ann", expiring), (strings{"one\r\n", "two\r\n"}));
}

TEST_P(store_conformance, gives_the_space_of_held_mail_back_on_demand)
{
    for (const char* body : {"one\r\n", "two\r\n", "kept\r\n"}) must_deliver("ann", body);
    remove(*open("ann", holding), {0});
    clock().advance(hours(2));
    remove(*open("ann", holding), {0});
    const auto early = store().end_holding({"ann"}, clock().now() - hours(1));
    ASSERT_TRUE(early);
    EXPECT_EQ(early->messages, 1U);
    EXPECT_GT(early->octets, 0U);
    EXPECT_EQ(store().end_holding({"ann"}, clock().now())->messages, 1U);
    EXPECT_EQ(store().end_holding({"ann"}, clock().now())->messages, 0U);
    EXPECT_EQ(store().end_holding({"nobody"}, clock().now())->messages, 0U);
    EXPECT_EQ(store().undelete({"ann"}, {})->put_back, 0U);
    EXPECT_EQ(bodies("ann", holding), strings{"kept\r\n"});
}

TEST_P(store_conformance, reads_what_another_session_removed_while_it_is_held)
{
    const store::maildrop_policy both{.lock = store::lock_policy::snapshot, .held_for = hours(24)};
    must_deliver("ann", "one\r\n");
    const auto reader = open("ann", both);
    remove(*open("ann", both), {0});
    const auto message = reader->open(0);
    ASSERT_TRUE(message);
    EXPECT_EQ(canonical_octets(**message), "one\r\n");
    EXPECT_EQ(store().end_holding({"ann"}, clock().now())->messages, 1U);
    EXPECT_EQ(failure_of(reader->open(0)), base::failure::vanished);
}

TEST_P(store_conformance, refuses_names_that_lead_elsewhere)
{
    const std::array bad{""s,      "."s,    ".."s,   "../x"s,   "a/b"s,      "/etc/passwd"s, "a/../b"s,
                         "a@b/c"s, "a@.."s, "a@."s,  "..@b"s,   "../a@b"s,   "a@"s,          "@b"s,
                         "a\0b"s,  "\0"s,   "a\nb"s, "a\r\nb"s, "a\x1b[0m"s, "a\x7f"s,       "a@b\0"s};
    for (const std::string& name : bad) {
        EXPECT_EQ(failure_of(store().open_maildrop({name}, {})), base::failure::malformed) << name;
        EXPECT_EQ(failure_of(store().measure({name})), base::failure::malformed) << name;
        EXPECT_EQ(failure_of(store().check_quota({name}, {}, 1)), base::failure::malformed) << name;
        EXPECT_EQ(failure_of(store().undelete({name}, {})), base::failure::malformed) << name;
        EXPECT_EQ(failure_of(store().sweep({name}, {})), base::failure::malformed) << name;
        EXPECT_EQ(failure_of(store().end_holding({name}, {})), base::failure::malformed) << name;
        EXPECT_EQ(failure_of(deliver(name, "x")), base::failure::malformed) << name;
    }
}

TEST_P(store_conformance, keeps_apart_names_that_look_alike)
{
    const std::array names{"ann"s,
                           "ann@example.org"s,
                           "ann@example.com"s,
                           "Ann"s,
                           "ann "s,
                           "ann+tag"s,
                           "an%6e"s,
                           "a\\b"s,
                           "%u"s,
                           "'--"s,
                           "*)("s,
                           "\xff"s,
                           "\xc3\xa9@b"s,
                           "example.org"s,
                           "ann."s,
                           "-rf"s,
                           "~"s,
                           "CON"s};
    for (const std::string& name : names) must_deliver(name, "to " + name + "\r\n");
    for (const std::string& name : names) EXPECT_EQ(bodies(name), strings{"to " + name + "\r\n"}) << name;
}

} // namespace conformance
