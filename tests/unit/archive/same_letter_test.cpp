// Is what the server has under a known unique-id still the letter that is kept?
#include "archive/proof.hpp"
#include "support/keep_policies.hpp"
#include "unit/archive/fetching.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace archive {

namespace {

using fetching = archive_tests::fetching;
using std::chrono::days;
using support::fake_server;
using support::letter;
using support::machine_letter;
using support::octets_of;
using support::with_field;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const std::vector<keep_policy> every_policy = support::every_policy(1);

} // namespace

TEST(same_letter, a_header_section_names_one_letter_by_its_message_id_and_a_time)
{
    EXPECT_TRUE(names_one_letter("Message-ID: <a@b>\r\nDate: today\r\n\r\n"));
    EXPECT_TRUE(names_one_letter("message-id :\r\n <a@b>\r\nReceived: from a\r\n"));
    for (const char* const too_little :
         {"", "\r\n", "Subject: s\r\n", "Date: today\r\nReceived: from a\r\n", "Message-ID: <a@b>\r\n",
          "Message-ID: \r\nDate: today\r\n", "Message-ID:\r\n \t\r\nDate: today\r\n",
          "Message-ID\r\nDate: today\r\n", "X-Message-ID: <a@b>\r\nDate: today\r\n",
          "Subject: x\r\n Message-ID: <a@b>\r\nDate: today\r\n", "Message-ID: <a@b>\r\nDate:\r\n\r\n"})
        EXPECT_FALSE(names_one_letter(too_little)) << too_little;
}

TEST_F(fetching, keeps_every_letter_of_a_server_that_numbers_anew_each_day)
{
    account_.keep = keep_none{};
    std::size_t days_gone = 0;
    for (; days_gone != 20; ++days_gone) {
        for (const char* const id : {"1", "2", "3"})
            server_.put(id, machine_letter("day " + std::to_string(days_gone) + " letter " + id));
        const auto told = run();
        EXPECT_EQ(told.stored, 3u);
        EXPECT_EQ(told.deleted, 3u);
        EXPECT_TRUE(told.well());
        clock_.advance(days(1));
    }
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(60));
}

TEST_F(fetching, fetches_the_second_letter_of_a_unique_id_under_every_policy)
{
    for (const bool top : {true, false})
        for (const keep_policy& policy : every_policy)
            for (const bool strong : {true, false}) {
                server_.top = top;
                const std::string id = std::to_string(clock_.steady_now().time_since_epoch().count());
                const auto written = [&](const std::string& text) {
                    return strong ? letter("of " + id) + text + "\r\n" : machine_letter(id + text);
                };
                server_.put(id, written("first"));
                account_.keep = keep_none{};
                ASSERT_EQ(run().deleted, 1u);
                server_.put(id, written("other")); // of the same size, with the same header section
                account_.keep = policy;
                EXPECT_EQ(run().stored, 1u);
                EXPECT_THAT(octets_of(*at_.mail), Contains(written("first")));
                EXPECT_THAT(octets_of(*at_.mail), Contains(written("other")));
                server_.letters.clear();
                run({.believe_listing = true});
            }
}

TEST_F(fetching, knows_a_letter_that_came_back_by_its_octets_and_lets_it_go)
{
    account_.keep = keep_none{};
    server_.put("a", machine_letter("one"));
    run();
    server_.put("a", machine_letter("one"));
    const auto told = run();
    EXPECT_EQ(told.stored, 0u);
    EXPECT_EQ(told.stored_before, 1u);
    EXPECT_EQ(told.deleted, 1u);
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(1));
}

TEST_F(fetching, lets_a_letter_that_came_back_stay_and_fetches_it_no_more)
{
    server_.put("a", machine_letter("one"));
    server_.put("b", letter("b"));
    run();
    auto gone = server_.letters.front();
    server_.letters.erase(server_.letters.begin());
    EXPECT_EQ(run().vanished, 1u);
    server_.letters.insert(server_.letters.begin(), gone);
    EXPECT_EQ(run().stored_before, 2u);
    server_.retrieved.clear();
    EXPECT_EQ(run().stored_before, 2u);
    EXPECT_THAT(server_.retrieved, IsEmpty());
}

TEST_F(fetching, reads_whole_before_a_deletion_what_its_header_section_does_not_name)
{
    account_.keep = keep_days{.days = 30};
    std::string report = machine_letter("reading 1");
    for (int line = 0; line != 150; ++line) report += "and so on\r\n";
    server_.put("m", report);
    server_.put("short", machine_letter("reading 2"));
    server_.put("p", letter("from a person", 20'000));
    run();
    clock_.advance(days(20));
    server_.retrieved.clear();
    run();
    EXPECT_THAT(server_.retrieved, IsEmpty()); // what stays is not read again
    clock_.advance(days(11));
    EXPECT_EQ(run().deleted, 3u);
    EXPECT_THAT(server_.retrieved, ElementsAre("m"))
        << "TOP shows the short one whole, and enough of the long one";
}

TEST_F(fetching, fetches_and_deletes_not_what_has_the_header_section_and_size_of_a_stored_letter)
{
    account_.guard.percent = 100;
    for (const keep_policy& policy : every_policy) {
        if (std::holds_alternative<keep_all>(policy)) continue;
        for (const bool top : {true, false})
            for (const bool known_size : {true, false}) {
                account_.keep = keep_all{};
                server_.top = top;
                const std::string name = std::to_string(clock_.steady_now().time_since_epoch().count());
                for (int i = 0; i != 12; ++i) {
                    server_.put(name + std::to_string(i), letter(name + std::to_string(i)) + "first\r\n");
                    if (!known_size) server_.letters.back().told_octets = 7;
                }
                run();
                for (auto& each : server_.letters) each.octets = letter(each.unique_id) + "other\r\n";
                account_.keep = policy;
                clock_.advance(days(31));
                const auto before = octets_of(*at_.mail).size();
                const auto told = run();
                EXPECT_EQ(told.deleted, 0u);
                const std::size_t seen = std::holds_alternative<keep_newest>(policy) ? 11 : 12;
                EXPECT_EQ(told.stored, seen) << "in the same run";
                EXPECT_TRUE(told.well());
                EXPECT_THAT(octets_of(*at_.mail), SizeIs(before + seen));
                server_.letters.clear();
                run({.believe_listing = true});
                clock_.advance(days(1));
            }
    }
}

TEST_F(fetching, reads_whole_what_is_not_kept_here_and_what_has_no_known_size)
{
    account_.keep = keep_all{};
    server_.put("a", letter("a"));
    server_.put("b", letter("b"));
    run();
    auto known = of("a");
    known.listed_octets = 5;
    known.size_changes = size_changes_max; // LIST tells nothing of it
    ASSERT_TRUE(at_.book->record({&known, 1}));
    server_.find("a")->told_octets = 6;
    account_.keep = keep_none{};
    server_.retrieved.clear();
    EXPECT_EQ(run().deleted, 2u);
    EXPECT_THAT(server_.retrieved, ElementsAre("a"));
}

TEST_F(fetching, a_header_section_that_ended_doubtfully_proves_nothing)
{
    server_.put("a", letter("a"));
    run();
    account_.keep = keep_none{};
    server_.find("a")->doubtful = true;
    EXPECT_EQ(run().deleted, 0u);
}

TEST_F(fetching, keeps_the_letters_of_a_server_that_was_replaced_by_one_with_the_same_unique_ids)
{
    account_.keep = keep_days{.days = 1};
    for (int i = 0; i != 5; ++i) server_.put(std::to_string(i), machine_letter("old " + std::to_string(i)));
    run();
    clock_.advance(days(2));
    for (auto& each : server_.letters) each.octets = machine_letter("new " + each.unique_id);
    const auto told = run();
    EXPECT_EQ(told.deleted, 0u);
    EXPECT_EQ(told.stored, 5u);
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(10));
    EXPECT_THAT(of("3").note, HasSubstr("is kept"));
}

TEST_F(fetching, fetches_again_where_list_tells_another_size)
{
    for (const keep_policy& policy : every_policy) {
        account_.keep = policy;
        account_.guard.percent = 100;
        if (std::holds_alternative<keep_none>(policy)) continue; // nothing stays there
        const std::string id = "s" + std::to_string(policy.index());
        // A server that counts otherwise than we do, and always the same.
        server_.letters.push_back({.unique_id = id, .octets = machine_letter(id), .told_octets = 7});
        server_.put(id + "-newer", letter(id + "x"));
        run();
        if (server_.find(id) == nullptr) continue;
        server_.retrieved.clear();
        server_.find(id)->octets = machine_letter(id + ", longer");
        server_.find(id)->told_octets = 15;
        EXPECT_EQ(run().stored, 1u) << id;
        EXPECT_THAT(server_.retrieved, ElementsAre(id));
        EXPECT_THAT(octets_of(*at_.mail), Contains(machine_letter(id)));
        EXPECT_THAT(octets_of(*at_.mail), Contains(machine_letter(id + ", longer")));
    }
}

TEST_F(fetching, believes_no_sizes_that_change_without_a_reason)
{
    server_.letters.push_back({.unique_id = "a", .octets = machine_letter("a"), .told_octets = 1});
    run();
    for (unsigned told = 2; told != 8; ++told) {
        server_.letters[0].told_octets = told;
        EXPECT_EQ(run().stored_before, 1u);
    }
    EXPECT_THAT(server_.retrieved, SizeIs(3)); // the first, and what two changes cost
}

TEST_F(fetching, takes_a_letter_with_the_servers_own_fields_for_the_same)
{
    for (const keep_policy& policy : every_policy) {
        const std::string id = "k" + std::to_string(policy.index());
        account_.keep = keep_all{};
        account_.guard.percent = 100;
        for (const char* const which : {"1", "2"}) server_.put(id + which, letter(id + which));
        server_.put(id + "3", machine_letter(id));
        run();
        for (auto& each : server_.letters)
            each.octets = with_field(with_field(each.octets, "Status: RO"), "X-UIDL: " + each.unique_id);
        const auto kept = octets_of(*at_.mail).size();
        account_.keep = policy;
        clock_.advance(days(31));
        EXPECT_EQ(run().stored, 0u);
        server_.retrieved.clear();
        run();
        EXPECT_THAT(server_.retrieved, IsEmpty());
        EXPECT_THAT(octets_of(*at_.mail), SizeIs(kept));
        const std::size_t left = std::holds_alternative<keep_all>(policy)      ? 3
                                 : std::holds_alternative<keep_newest>(policy) ? 1
                                                                               : 0;
        EXPECT_THAT(server_.letters, SizeIs(left)) << policy.index();
        server_.letters.clear();
        run({.believe_listing = true});
    }
}

TEST_F(fetching, takes_a_letter_with_the_servers_own_fields_for_the_same_where_sizes_tell_nothing)
{
    account_.keep = keep_days{.days = 1};
    server_.letters.push_back({.unique_id = "a", .octets = letter("a"), .told_octets = 9});
    run();
    server_.find("a")->octets = with_field(letter("a"), "X-Mozilla-Status: 0001");
    clock_.advance(days(2));
    EXPECT_EQ(run().deleted, 1u);
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(1));
}

TEST_F(fetching, stores_a_letter_whose_other_fields_changed)
{
    server_.put("a", letter("a"));
    run();
    server_.find("a")->octets = with_field(letter("a"), "X-Spam: yes");
    EXPECT_EQ(run().stored, 1u);
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(2));
}

TEST_F(fetching, compares_what_was_asked_to_go_and_is_listed_still)
{
    account_.keep = keep_none{};
    server_.put("p", letter("from a person"));
    server_.put("m", machine_letter("first"));
    server_.quit = fake_server::quitting::answer_lost_after_effect;
    EXPECT_EQ(run().deletion_unknown, 2u);
    server_.quit = fake_server::quitting::works;
    server_.put("p", letter("from a person"));
    server_.put("m", machine_letter("other"));
    server_.retrieved.clear();
    const auto told = run();
    EXPECT_EQ(told.stored, 1u);
    EXPECT_EQ(told.deleted, 2u);
    EXPECT_THAT(server_.retrieved, ElementsAre("p", "m"));
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(3));
}

TEST_F(fetching, deletes_nothing_that_should_have_been_compared_and_was_not)
{
    server_.put("a", letter("a"));
    run();
    account_.keep = keep_none{};
    server_.letters[0].octets += "more\r\n";
    server_.letters[0].refuses = true;
    const auto told = run();
    EXPECT_EQ(told.deleted, 0u);
    EXPECT_THAT(told.failed, SizeIs(1));
    EXPECT_EQ(of("a").stage, ledger::stage::stored);
    server_.letters[0].refuses = false;
    EXPECT_EQ(run().stored, 1u);
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(2));
}

TEST_F(fetching, does_not_deliver_again_what_it_only_compares)
{
    targets_ = true;
    server_.put("a", machine_letter("a"));
    run();
    auto gone = server_.letters;
    server_.letters.clear();
    run({.believe_listing = true});
    server_.letters = gone;
    server_.letters[0].refuses = true;
    run();
    server_.letters[0].refuses = false;
    EXPECT_EQ(run().stored_before, 1u);
    EXPECT_THAT(target_.taken, ElementsAre(machine_letter("a")));
}

// What adopt() matched by its header section.

TEST_F(fetching, reads_whole_before_its_deletion_what_was_adopted)
{
    account_.keep = keep_days{.days = 1};
    server_.put("a", letter("a"));
    server_.put("b", letter("b"));
    run();
    auto adopted = of("a");
    adopted.adopted = true;
    ASSERT_TRUE(at_.book->record({&adopted, 1}));
    clock_.advance(days(2));
    server_.retrieved.clear();
    EXPECT_EQ(run().deleted, 2u);
    EXPECT_THAT(server_.retrieved, ElementsAre("a"));
    EXPECT_FALSE(of("a").adopted);
}

TEST_F(fetching, keeps_the_servers_body_where_the_adopted_one_is_damaged)
{
    server_.put("a", letter("a"));
    run();
    std::string damaged = letter("a");
    damaged[damaged.size() - 4] ^= 1;
    auto addition = at_.mail->begin_addition().value();
    ASSERT_TRUE(addition->write(damaged));
    std::vector<store::collection::publication> group;
    group.push_back({std::move(addition), {}});
    auto adopted = of("a");
    adopted.key = at_.mail->publish(std::move(group)).at(0).value();
    adopted.hash = ledger::hash_of(damaged);
    adopted.adopted = true;
    ASSERT_TRUE(at_.mail->remove(of("a").key));
    ASSERT_TRUE(at_.book->record({&adopted, 1}));
    account_.keep = keep_none{};
    const auto told = run();
    EXPECT_EQ(told.deleted, 0u);
    EXPECT_THAT(told.warnings, Contains(HasSubstr("gave 1 unique-id to another message, which is fetched")));
    EXPECT_EQ(told.stored, 1u);
    EXPECT_EQ(run().deleted, 1u);
    EXPECT_THAT(octets_of(*at_.mail), UnorderedElementsAre(letter("a"), damaged));
}

TEST_F(fetching, takes_what_another_program_kept_with_fields_of_its_own_for_the_servers)
{
    account_.keep = keep_none{};
    account_.guard.percent = 100;
    const std::string held = "Received: from pop.example.org by mpop\r\n" + letter("a");
    server_.put("a", letter("a"));
    auto addition = at_.mail->begin_addition().value();
    ASSERT_TRUE(addition->write(held));
    std::vector<store::collection::publication> group;
    group.push_back({std::move(addition), {}});
    ledger::message_record adopted{.account = "me", .unique_id = "a", .stage = ledger::stage::stored};
    adopted.key = at_.mail->publish(std::move(group)).at(0).value();
    adopted.hash = ledger::hash_of(held);
    adopted.adopted = true;
    ASSERT_TRUE(at_.book->record({&adopted, 1}));
    EXPECT_EQ(run().deleted, 1u);
    EXPECT_THAT(octets_of(*at_.mail), ElementsAre(held));
}

} // namespace archive
