// Runs against a server in memory: what is stored, what is deleted, what is told.
#include "archive/fetch.hpp"
#include "unit/archive/fetching.hpp"
#include "unit/ledger/record_holding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace archive {

namespace {

using namespace std::chrono_literals;
using fetching = archive_tests::fetching;
using support::fake_server;
using support::letter;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using quitting = fake_server::quitting;

} // namespace

TEST_F(fetching, stores_everything_once_and_to_the_octet)
{
    put(3);
    server_.put("bare", "Subject: bare\r\n\r\na bare\nLF, a NUL \0, no end");
    const auto first = run();
    EXPECT_EQ(first.stored, 4u);
    EXPECT_TRUE(first.well());
    std::vector<std::string> there;
    for (const auto& one : server_.letters) there.push_back(one.octets);
    EXPECT_THAT(support::octets_of(*at_.mail), testing::UnorderedElementsAreArray(there));
    EXPECT_EQ(of("u0").stage, ledger::stage::stored);
    EXPECT_TRUE(of("u0").message_date);
    server_.retrieved.clear();
    const auto second = run();
    EXPECT_EQ(second.stored_before, 4u);
    EXPECT_THAT(server_.retrieved, IsEmpty());
    EXPECT_THAT(server_.deleted, IsEmpty());
}

TEST_F(fetching, fails_where_nothing_could_begin)
{
    server_.break_at = 1;
    EXPECT_FALSE(try_run());
}

TEST_F(fetching, deletes_what_is_stored_under_keep_none)
{
    account_.keep = keep_none{};
    put(20);
    const auto told = run();
    EXPECT_EQ(told.stored, 20u);
    EXPECT_EQ(told.deleted, 20u);
    EXPECT_THAT(server_.letters, IsEmpty());
    EXPECT_EQ(of("u7").stage, ledger::stage::deleted);
    EXPECT_TRUE(of("u7").verified);
    const auto next = run();
    EXPECT_TRUE(next.well());
    EXPECT_THAT(next.warnings, IsEmpty());
}

TEST_F(fetching, deletes_after_days_when_top_shows_the_same_message)
{
    account_.keep = keep_days{.days = 30};
    put(5);
    EXPECT_EQ(run().deleted, 0u);
    clock_.advance(std::chrono::days(30));
    server_.retrieved.clear();
    const auto told = run();
    EXPECT_EQ(told.deleted, 5u);
    EXPECT_THAT(server_.peeked, SizeIs(5));
    EXPECT_THAT(server_.retrieved, IsEmpty());
}

TEST_F(fetching, proves_by_retr_where_the_server_has_no_top)
{
    account_.keep = keep_days{.days = 1};
    server_.top = false;
    put(2);
    run();
    clock_.advance(std::chrono::days(2));
    server_.retrieved.clear();
    EXPECT_EQ(run().deleted, 2u);
    EXPECT_THAT(server_.retrieved, ElementsAre("u0", "u1"));
}

TEST_F(fetching, does_not_delete_a_message_that_took_a_stored_ones_unique_id)
{
    account_.keep = keep_days{.days = 1};
    put(3);
    run();
    clock_.advance(std::chrono::days(2));
    const std::string other = letter("LETTER U1"); // of the same size
    ASSERT_EQ(other.size(), server_.find("u1")->octets.size());
    server_.find("u1")->octets = other;
    const auto told = run();
    EXPECT_EQ(told.deleted, 2u);
    EXPECT_THAT(told.warnings, Contains(HasSubstr("gave 1 unique-id to another message, which is fetched")));
    EXPECT_TRUE(server_.has(other));
    EXPECT_EQ(told.stored, 1u);
    EXPECT_THAT(support::octets_of(*at_.mail), Contains(other));
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(4)); // the archive never shrinks
}

TEST_F(fetching, fetches_a_reused_unique_id_of_another_size_at_once)
{
    put(10);
    run();
    server_.find("u1")->octets = letter("quite another letter");
    EXPECT_EQ(run().stored, 1u);
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(11));
}

TEST_F(fetching, deletes_nothing_that_reads_back_otherwise_and_fetches_it_again)
{
    account_.keep = keep_days{.days = 1};
    put(1);
    run();
    clock_.advance(std::chrono::days(2));
    const std::string path = disk_.files().at(0);
    std::string rotten = disk_.contents(path).value();
    rotten[rotten.size() - 3] ^= 1;
    disk_.plant_file(path, rotten);
    const auto told = run();
    EXPECT_EQ(told.deleted, 0u);
    EXPECT_THAT(told.warnings, Contains(HasSubstr("damaged")));
    EXPECT_THAT(server_.letters, SizeIs(1));
    EXPECT_EQ(run().stored, 1u);
    EXPECT_THAT(support::octets_of(*at_.mail), Contains(letter("letter u0")));
}

TEST_F(fetching, leaves_on_the_server_what_a_person_removed_from_the_archive)
{
    account_.keep = keep_days{.days = 1};
    put(1);
    run();
    ASSERT_TRUE(at_.mail->remove(of("u0").key));
    clock_.advance(std::chrono::days(2));
    EXPECT_EQ(run().deleted, 0u);
    EXPECT_THAT(server_.letters, SizeIs(1));
}

TEST_F(fetching, lets_the_next_listing_decide_after_a_lost_answer_to_quit)
{
    account_.keep = keep_none{};
    for (const quitting how : {quitting::answer_lost_after_effect, quitting::lost_before_effect,
                               quitting::refuses, quitting::works_by_half}) {
        const std::string prefix = "q" + std::to_string(static_cast<int>(how)) + "-";
        put(4, prefix);
        server_.quit = how;
        const auto told = run();
        EXPECT_EQ(told.deleted, 0u);
        EXPECT_EQ(told.deletion_unknown, 4u);
        EXPECT_FALSE(told.well());
        EXPECT_EQ(of(prefix + "0").stage, ledger::stage::delete_unknown);
        server_.quit = quitting::works;
        const auto next = run();
        EXPECT_TRUE(next.well());
        EXPECT_EQ(next.stored, 0u);
        EXPECT_THAT(server_.letters, IsEmpty());
        EXPECT_EQ(of(prefix + "0").stage, ledger::stage::deleted);
    }
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(16));
}

TEST_F(fetching, goes_on_after_the_line_broke)
{
    put(5);
    account_.keep = keep_none{};
    server_.break_at = 8;
    const auto told = run();
    EXPECT_EQ(told.stored, 5u);
    EXPECT_EQ(told.deleted, 5u);
    EXPECT_EQ(told.sessions, 2u);
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(5));
}

TEST_F(fetching, waits_once_for_a_silent_server)
{
    put(2);
    server_.break_at = 2;
    server_.for_good = server_.silent = true;
    const auto told = run();
    EXPECT_EQ(told.sessions, 1u);
    EXPECT_TRUE(told.temporary);
}

TEST_F(fetching, gives_up_after_some_sessions_without_progress)
{
    put(2);
    server_.break_at = 2;
    server_.for_good = true;
    const auto told = try_run();
    ASSERT_TRUE(told);
    EXPECT_FALSE(told->trouble.empty());
    EXPECT_TRUE(told->temporary);
    EXPECT_FALSE(told->well());
}

TEST_F(fetching, puts_a_poisonous_message_last_and_tells_of_it)
{
    put(2);
    server_.letters.insert(server_.letters.begin(),
                           {.unique_id = "poison", .octets = letter("poison", 5000), .cuts = true});
    const auto told = run();
    EXPECT_EQ(told.stored, 2u);
    ASSERT_THAT(told.failed, SizeIs(1));
    EXPECT_EQ(told.failed[0].unique_id, "poison");
    EXPECT_THAT(told.failed[0].reason, HasSubstr("middle"));
    EXPECT_EQ(told.trouble, "");
    EXPECT_EQ(of("poison").failures, 2u);
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(2));
}

TEST_F(fetching, tells_what_the_server_refuses_and_takes_the_rest)
{
    put(3);
    server_.find("u1")->refuses = true;
    const auto told = run();
    EXPECT_EQ(told.stored, 2u);
    ASSERT_THAT(told.failed, SizeIs(1));
    EXPECT_THAT(told.failed[0].reason, HasSubstr("no such luck"));
    server_.find("u1")->refuses = false;
    EXPECT_EQ(run().stored, 1u);
    EXPECT_EQ(of("u1").failures, 0u);
}

TEST_F(fetching, never_deletes_what_ended_doubtfully)
{
    account_.keep = keep_none{};
    put(2);
    server_.find("u0")->doubtful = true;
    EXPECT_EQ(run().deleted, 1u);
    EXPECT_EQ(run().deleted, 0u);
    EXPECT_TRUE(server_.find("u0"));
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(2));
}

TEST_F(fetching, knows_messages_again_by_content_when_all_unique_ids_are_new)
{
    account_.keep = keep_none{};
    account_.guard = {.percent = 100, .messages = 1000};
    account_.keep = keep_all{};
    put(12);
    run();
    for (auto& one : server_.letters) one.unique_id = "renumbered-" + one.unique_id;
    account_.keep = keep_none{};
    const auto told = run();
    EXPECT_EQ(told.stored, 0u);
    EXPECT_EQ(told.stored_before, 12u);
    EXPECT_EQ(told.deleted, 0u);
    EXPECT_THAT(told.warnings, Contains(HasSubstr("new unique-id")));
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(12));
    EXPECT_EQ(run().deleted, 12u); // now it knows these
}

TEST_F(fetching, takes_an_empty_maildrop_for_a_suspicion)
{
    put(3);
    run();
    server_.empty_listing = true;
    const auto told = run();
    EXPECT_THAT(told.warnings, Contains(HasSubstr("empty")));
    EXPECT_EQ(told.vanished, 0u);
    EXPECT_EQ(of("u0").stage, ledger::stage::stored);
    EXPECT_EQ(run({.believe_listing = true}).vanished, 3u);
    EXPECT_EQ(of("u0").stage, ledger::stage::vanished);
    server_.empty_listing = false;
    server_.retrieved.clear();
    EXPECT_EQ(run().stored_before, 3u); // back again, shown by their octets to be the same
    EXPECT_THAT(server_.retrieved, SizeIs(3));
    EXPECT_EQ(of("u0").stage, ledger::stage::stored);
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(3));
}

TEST_F(fetching, keeps_ambiguous_messages_apart_and_on_the_server)
{
    account_.keep = keep_none{};
    server_.put("same", letter("one"));
    server_.put("same", letter("two"));
    server_.put("x", letter("three"));
    const auto told = run();
    EXPECT_EQ(told.stored, 3u);
    EXPECT_EQ(told.deleted, 1u);
    EXPECT_THAT(server_.letters, SizeIs(2));
    EXPECT_EQ(run().stored_before, 2u);
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(3));
}

TEST_F(fetching, works_without_unique_ids)
{
    server_.unique_ids = false;
    put(3);
    EXPECT_EQ(run().stored, 3u);
    EXPECT_EQ(run().stored_before, 3u);
    account_.keep = keep_none{};
    EXPECT_EQ(run().deleted, 3u);
    EXPECT_THAT(server_.letters, IsEmpty());
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(3));
}

TEST_F(fetching, keeps_one_copy_of_one_content)
{
    server_.put("a", letter("same"));
    server_.put("b", letter("same"));
    const auto told = run();
    EXPECT_EQ(told.stored, 1u);
    EXPECT_EQ(told.stored_before, 1u);
    EXPECT_EQ(told.same_as_others, 1u);
    EXPECT_EQ(run().same_as_others, 0u);
    EXPECT_EQ(of("a").key, of("b").key);
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(1));
}

TEST_F(fetching, links_what_another_account_holds)
{
    other_ = open("/archive/other");
    auto addition = other_->begin_addition().value();
    ASSERT_TRUE(addition->write(letter("shared")));
    std::vector<store::collection::publication> group;
    group.push_back({std::move(addition), {}});
    const auto key = other_->publish(std::move(group)).at(0).value();
    ASSERT_TRUE(archive_tests::record_copy(*at_.book, {"other", key, 0, std::nullopt},
                                           ledger::hash_of(letter("shared"))));
    server_.put("u", letter("shared"));
    EXPECT_EQ(run().stored, 1u);
    EXPECT_THAT(support::octets_of(*at_.mail), ElementsAre(letter("shared")));
    EXPECT_THAT(disk_.trace(), HasSubstr("link "));
}

TEST_F(fetching, asks_before_it_deletes_much_and_stops_where_nobody_is_there)
{
    account_.keep = keep_days{.days = 1};
    put(30);
    run();
    clock_.advance(std::chrono::days(2));
    const auto foretold = run({.dry_run = true});
    EXPECT_THAT(foretold.warnings, Contains(HasSubstr("would ask")));
    ASSERT_THAT(foretold.deletions, SizeIs(30));
    EXPECT_THAT(foretold.deletions[0].reason, HasSubstr("1 day"));
    const auto stopped = run();
    EXPECT_EQ(stopped.deleted, 0u);
    EXPECT_THAT(stopped.warnings, Contains(HasSubstr("guard_percent = 20 %")));
    EXPECT_THAT(stopped.warnings, Contains(HasSubstr("restante fetch me --yes agrees")));
    deletion_plan shown;
    confirm_ = [&](const deletion_plan& plan) {
        shown = plan;
        return false;
    };
    EXPECT_EQ(run().deleted, 0u);
    EXPECT_EQ(shown.to_delete, 30u);
    EXPECT_EQ(shown.on_server, 30u);
    EXPECT_THAT(shown.policy, HasSubstr("days=1, counted from when it was stored"));
    confirm_ = [](const deletion_plan&) { return true; };
    EXPECT_EQ(run().deleted, 30u);
}

TEST_F(fetching, counts_the_guard_over_all_sessions_of_a_run)
{
    account_.keep = keep_none{};
    account_.messages_per_session = 10;
    account_.guard.messages = 25;
    put(30);
    const auto told = run();
    EXPECT_EQ(told.deleted, 0u);
    EXPECT_EQ(told.stored, 30u);
}

TEST_F(fetching, leaves_and_comes_back_after_messages_per_session)
{
    account_.keep = keep_none{};
    account_.messages_per_session = 4;
    put(10);
    const auto told = run();
    EXPECT_EQ(told.stored, 10u);
    EXPECT_EQ(told.deleted, 10u);
    EXPECT_EQ(told.sessions, 3u);
    EXPECT_EQ(told.on_server, 10u);
}

TEST_F(fetching, comes_back_to_a_server_that_pages_until_nothing_is_new)
{
    account_.keep = keep_none{};
    server_.name = "pop.gmail.com";
    server_.page = 3;
    put(7);
    const auto told = run();
    EXPECT_EQ(told.stored, 7u);
    EXPECT_THAT(server_.letters, IsEmpty());
}

TEST_F(fetching, dry_run_changes_nothing_and_tells_all)
{
    account_.keep = keep_none{};
    put(3);
    const auto told = run({.dry_run = true});
    EXPECT_TRUE(told.dry_run);
    EXPECT_EQ(told.stored, 3u);
    EXPECT_EQ(told.deleted, 3u);
    EXPECT_THAT(told.deletions, SizeIs(3));
    EXPECT_THAT(told.warnings, IsEmpty());
    EXPECT_THAT(server_.letters, SizeIs(3));
    EXPECT_THAT(server_.retrieved, IsEmpty());
    EXPECT_EQ(at_.book->count("me").value(), 0u);
    EXPECT_THAT(support::octets_of(*at_.mail), IsEmpty());
}

TEST_F(fetching, delivers_as_well_and_counts_as_stored_only_what_was_taken)
{
    targets_ = true;
    account_.keep = keep_none{};
    put(2);
    target_.refuse = {
        .kind = base::failure::closed, .temporary = true, .peer_text = "", .operator_text = "target away"};
    const auto told = run();
    EXPECT_THAT(told.failed, SizeIs(2));
    EXPECT_TRUE(told.temporary);
    EXPECT_EQ(told.deleted, 0u);
    target_.refuse->temporary = false;
    EXPECT_FALSE(run().temporary);
    target_.refuse.reset();
    const auto next = run();
    EXPECT_EQ(next.deleted, 2u);
    EXPECT_THAT(target_.taken, UnorderedElementsAre(letter("letter u0"), letter("letter u1")));
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(2));
}

TEST_F(fetching, delivers_instead_and_keeps_nothing)
{
    targets_ = true;
    account_.delivers_instead = true;
    account_.keep = keep_none{};
    put(2);
    const auto told = run();
    EXPECT_EQ(told.stored, 2u);
    EXPECT_EQ(told.deleted, 2u);
    EXPECT_THAT(target_.taken, SizeIs(2));
    EXPECT_THAT(support::octets_of(*at_.mail), IsEmpty());
}

TEST_F(fetching, puts_what_the_scanner_finds_into_quarantine_and_hands_it_to_nobody)
{
    scans_ = targets_ = true;
    server_.put("bad", letter("EICAR"));
    server_.put("good", letter("hello"));
    const auto told = run();
    EXPECT_EQ(told.stored, 2u);
    EXPECT_EQ(told.quarantined, 1u);
    const auto all = support::kept(*at_.mail);
    EXPECT_EQ(all.count("Quarantine"), 1u);
    EXPECT_EQ(all.find("Quarantine")->second, letter("EICAR"));
    EXPECT_THAT(target_.taken, ElementsAre(letter("hello")));
    EXPECT_THAT(of("bad").note, HasSubstr("Test.Eicar"));
}

TEST_F(fetching, leaves_everything_on_the_server_while_the_scanner_is_away)
{
    scans_ = true;
    scanner_.away = true;
    account_.keep = keep_none{};
    put(2);
    const auto told = run();
    EXPECT_EQ(told.stored, 0u);
    EXPECT_THAT(told.failed, SizeIs(2));
    EXPECT_TRUE(told.temporary);
    EXPECT_THAT(server_.letters, SizeIs(2));
    scanner_.away = false;
    EXPECT_EQ(run().stored, 2u);
}

TEST_F(fetching, deletes_only_what_lies_in_the_second_copy)
{
    account_.keep = keep_none{};
    account_.second_copy = "/second";
    put(2);
    EXPECT_EQ(run().deleted, 0u); // it is not there
    second_ = open("/second/me");
    EXPECT_EQ(run().deleted, 2u);
    EXPECT_THAT(support::octets_of(*second_), SizeIs(2));
    EXPECT_TRUE(of("u0").second_copy);
}

TEST_F(fetching, applies_rules_before_and_after_the_download)
{
    const auto about = [](const std::string& word) {
        return std::vector<rule_test>{{.header = "subject", .text = word}};
    };
    account_.rules = {{.name = "no ads", .tests = about("ADVERT"), .skip = true},
                      {.name = "spam", .tests = about("spam"), .delete_unseen = true},
                      {.name = "lists", .tests = about("list"), .folder = "Lists", .seen = true},
                      {.name = "junk", .tests = about("junk"), .discard = true}};
    for (const std::string one : {"advert", "spam", "list", "junk", "plain"})
        server_.put(one, letter("a " + one));
    const auto told = run();
    EXPECT_EQ(told.stored, 3u);
    EXPECT_THAT(told.skipped, SizeIs(2));
    EXPECT_EQ(told.deleted, 1u);
    EXPECT_FALSE(server_.find("spam"));
    EXPECT_TRUE(server_.find("advert"));
    const auto all = support::kept(*at_.mail);
    EXPECT_EQ(all.find("Lists")->second, letter("a list"));
    EXPECT_EQ(all.find("Discarded")->second, letter("a junk"));
    EXPECT_EQ(of("spam").stage, ledger::stage::deleted);
    server_.peeked.clear();
    EXPECT_THAT(run().skipped, SizeIs(1));
    EXPECT_THAT(server_.peeked, IsEmpty()); // the ledger knows
    account_.rules.clear();
    EXPECT_EQ(run().stored, 1u); // the rules have changed
}

TEST_F(fetching, stops_properly_when_asked)
{
    account_.keep = keep_none{};
    put(300);
    server_.watch = [&](const std::string& call) {
        if (call == "retr") stop_ = true;
    };
    const auto told = run();
    EXPECT_EQ(told.stored, 1u); // that which was under way
    EXPECT_EQ(told.not_reached, 299u);
    EXPECT_TRUE(told.stopped);
    EXPECT_FALSE(told.well());
    EXPECT_THAT(told.failed, IsEmpty());
    EXPECT_EQ(told.deleted, 1u);
    server_.watch = nullptr;
    stop_ = false;
    EXPECT_EQ(run().stored, 299u);
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(300));
}

TEST_F(fetching, finds_by_its_hash_what_a_crash_left_out_of_the_ledger)
{
    put(2);
    ASSERT_TRUE(at_.book->record(
        {{ledger::message_record{.account = "me", .unique_id = "u0", .stage = ledger::stage::intended}}}));
    auto addition = at_.mail->begin_addition().value();
    ASSERT_TRUE(addition->write(letter("letter u0")));
    std::vector<store::collection::publication> group;
    group.push_back({std::move(addition), {}});
    ASSERT_TRUE(at_.mail->publish(std::move(group)).at(0));
    const auto told = run();
    EXPECT_EQ(told.stored, 1u);
    EXPECT_EQ(told.stored_before, 1u);
    EXPECT_THAT(support::octets_of(*at_.mail), SizeIs(2));
}

TEST_F(fetching, ends_with_the_disks_error_and_deletes_nothing)
{
    account_.keep = keep_none{};
    put(3);
    server_.watch = [&](const std::string& call) {
        if (call == "retr") disk_.fail(1, ENOSPC, support::simulated_disk::repeat::from_then_on);
    };
    const auto told = run();
    EXPECT_FALSE(told.trouble.empty());
    EXPECT_TRUE(told.temporary);
    EXPECT_THAT(server_.letters, SizeIs(3));
    EXPECT_EQ(told.not_reached, 3u);
    EXPECT_FALSE(told.stopped);
}

} // namespace archive
