// Maildrops: what a session sees, who may have one, and what removal does.
#include "conformance.hpp"

#include <atomic>
#include <set>
#include <thread>

namespace conformance {

namespace {

const store::maildrop_policy shared{.lock = store::lock_policy::snapshot};

std::vector<std::string> unique_ids(const std::vector<letter>& of)
{
    std::vector<std::string> out;
    for (const letter& one : of) out.push_back(one.unique_id);
    return out;
}

std::vector<std::string> unique_ids(const mail::listing& of)
{
    std::vector<std::string> out;
    for (std::size_t i = 0; i != of.size(); ++i) out.emplace_back(of.unique_id(i));
    return out;
}

using strings = std::vector<std::string>;

} // namespace

TEST_P(store_conformance, makes_a_maildrop_that_is_new)
{
    EXPECT_TRUE(open("fresh@example.org")->listing()->empty());
    reopen();
    EXPECT_TRUE(open("fresh@example.org")->listing()->empty());
}

TEST_P(store_conformance, lists_in_order_of_arrival)
{
    strings sent;
    for (int i = 0; i != 30; ++i) {
        sent.push_back("Subject: " + std::to_string(i) + "\r\n\r\n");
        must_deliver("ann", sent.back());
        if (i % 7 == 0) clock().advance(std::chrono::hours(30 * i));
    }
    EXPECT_EQ(bodies("ann"), sent);
    reopen();
    EXPECT_EQ(bodies("ann"), sent);
}

TEST_P(store_conformance, names_each_message_once_and_for_life)
{
    strings told;
    for (int i = 0; i != 50; ++i) told.push_back(must_deliver("ann", "Subject: the same\r\n\r\n"));
    EXPECT_EQ(std::set(told.begin(), told.end()).size(), told.size());
    EXPECT_EQ(unique_ids(collect("ann")), told) << "what the delivery told is what the session lists";
    reopen();
    EXPECT_EQ(unique_ids(collect("ann")), told);
    remove(*open("ann"), {0, 10, 20});
    for (const std::size_t gone : {20U, 10U, 0U})
        told.erase(told.begin() + static_cast<std::ptrdiff_t>(gone));
    EXPECT_EQ(unique_ids(collect("ann")), told) << "removal renames nobody";
}

TEST_P(store_conformance, never_uses_a_unique_id_again)
{
    std::set<std::string> used;
    for (int i = 0; i != 10; ++i) {
        EXPECT_TRUE(used.insert(must_deliver("ann", "Subject: the same\r\n\r\n")).second);
        remove(*open("ann"), {0});
        reopen();
    }
}

TEST_P(store_conformance, shows_new_mail_only_to_the_next_session)
{
    must_deliver("ann", "one\r\n");
    const auto session = open("ann");
    const auto before = session->listing();
    must_deliver("ann", "two\r\n");
    EXPECT_EQ(session->listing()->size(), 1U);
    EXPECT_EQ(before->size(), 1U);
    EXPECT_EQ(canonical_octets(*session->open(0).value()), "one\r\n");
}

TEST_P(store_conformance, keeps_listing_and_indexes_after_a_removal)
{
    for (const char* body : {"one\r\n", "two\r\n", "three\r\n"}) must_deliver("ann", body);
    const auto session = open("ann");
    remove(*session, {0});
    EXPECT_EQ(session->listing()->size(), 3U);
    EXPECT_EQ(canonical_octets(*session->open(2).value()), "three\r\n");
    EXPECT_EQ(session->open(0).error().kind, base::failure::vanished);
}

TEST_P(store_conformance, changes_nothing_without_a_removal)
{
    must_deliver("ann", "one\r\n");
    for (int i = 0; i != 3; ++i) EXPECT_EQ(bodies("ann"), strings{"one\r\n"});
    reopen();
    EXPECT_EQ(bodies("ann"), strings{"one\r\n"});
}

TEST_P(store_conformance, removes_what_was_asked_for_and_nothing_else)
{
    for (const char* body : {"0\r\n", "1\r\n", "2\r\n", "3\r\n", "4\r\n"}) must_deliver("ann", body);
    must_deliver("bob", "another's\r\n");
    remove(*open("ann"), {3, 0});
    EXPECT_EQ(bodies("ann"), (strings{"1\r\n", "2\r\n", "4\r\n"}));
    reopen();
    EXPECT_EQ(bodies("ann"), (strings{"1\r\n", "2\r\n", "4\r\n"}));
    EXPECT_EQ(bodies("bob"), strings{"another's\r\n"});
    EXPECT_EQ(store().measure({"ann"})->messages, 3U);
}

TEST_P(store_conformance, removes_nothing_where_nothing_is_asked)
{
    must_deliver("ann", "one\r\n");
    remove(*open("ann"), {});
    EXPECT_EQ(bodies("ann"), strings{"one\r\n"});
}

TEST_P(store_conformance, counts_what_is_gone_already_as_removed)
{
    must_deliver("ann", "one\r\n");
    must_deliver("ann", "two\r\n");
    const auto first = open("ann", shared);
    const auto second = open("ann", shared);
    remove(*first, {0});
    remove(*first, {0});
    remove(*second, {0, 1});
    EXPECT_TRUE(bodies("ann").empty());
}

TEST_P(store_conformance, tells_what_another_session_removed)
{
    must_deliver("ann", "one\r\n");
    must_deliver("ann", "two\r\n");
    const auto first = open("ann", shared);
    const auto second = open("ann", shared);
    remove(*first, {0});
    EXPECT_EQ(second->open(0).error().kind, base::failure::vanished);
    EXPECT_EQ(canonical_octets(*second->open(1).value()), "two\r\n");
}

TEST_P(store_conformance, goes_on_reading_what_is_removed_meanwhile)
{
    const std::string body = "Subject: long\r\n\r\n" + std::string(100'000, 'x') + "\r\n";
    must_deliver("ann", body);
    const auto session = open("ann");
    const auto message = session->open(0).value();
    std::array<char, 10> start{};
    ASSERT_EQ(message->read(start, 0).value(), start.size());
    remove(*session, {0});
    EXPECT_EQ(canonical_octets(*message), body);
}

TEST_P(store_conformance, lets_one_session_in_where_it_is_exclusive)
{
    must_deliver("ann", "one\r\n");
    auto holder = open("ann");
    clock().advance(std::chrono::minutes(3));
    const auto refused = store().open_maildrop({"ann"}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::failure::in_use);
    EXPECT_TRUE(refused.error().temporary);
    EXPECT_TRUE(refused.error().peer_text.ends_with(" UTC")) << refused.error().peer_text;
    EXPECT_NE(refused.error().operator_text.find("since"), std::string::npos)
        << refused.error().operator_text;
    EXPECT_TRUE(store().open_maildrop({"bob"}, {})) << "another maildrop is free";
    must_deliver("ann", "delivery needs no lock\r\n");

    holder.reset();
    EXPECT_EQ(open("ann")->listing()->size(), 2U);
}

TEST_P(store_conformance, releases_the_lock_after_a_removal_too)
{
    must_deliver("ann", "one\r\n");
    auto session = open("ann");
    remove(*session, {0});
    EXPECT_EQ(store().open_maildrop({"ann"}, {}).error().kind, base::failure::in_use);
    session.reset();
    EXPECT_TRUE(store().open_maildrop({"ann"}, {}));
}

TEST_P(store_conformance, lets_exactly_one_of_many_threads_in)
{
    must_deliver("ann", "one\r\n");
    std::atomic<int> inside{0};
    std::atomic<int> refused{0};
    std::vector<std::unique_ptr<store::blocking_maildrop>> opened(8);
    std::vector<std::thread> threads;
    for (auto& mine : opened)
        threads.emplace_back([&] {
            auto outcome = store().open_maildrop({"ann"}, {});
            if (outcome) mine = std::move(*outcome);
            ++(outcome ? inside : refused);
        });
    for (std::thread& one : threads) one.join();
    EXPECT_EQ(inside, 1);
    EXPECT_EQ(refused, 7);
}

TEST_P(store_conformance, lets_any_number_in_where_each_has_a_snapshot)
{
    must_deliver("ann", "one\r\n");
    const auto first = open("ann", shared);
    must_deliver("ann", "two\r\n");
    const auto second = open("ann", shared);
    const auto third = open("ann", shared);
    EXPECT_EQ(first->listing()->size(), 1U);
    EXPECT_EQ(unique_ids(*second->listing()), unique_ids(*third->listing()));
    EXPECT_EQ(second->listing()->size(), 2U);
}

} // namespace conformance
