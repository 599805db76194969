// What the collector answers, as values: a status, a listing, a message, a verification. Nothing is printed.
#include "collector/changing.hpp"
#include "collector/fetching.hpp"
#include "collector/reading.hpp"
#include "collector/status.hpp"
#include "collector/verifying.hpp"
#include "unit/collector/archive_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

using namespace collector;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

using answers = collector_test::archive_fixture;

} // namespace

TEST_F(answers, a_status_tells_each_account_and_what_would_be_lost)
{
    const auto found = status(*folder);
    ASSERT_TRUE(found) << found.error().operator_text;
    ASSERT_EQ(found->accounts.size(), 1U);
    const auto& work = found->accounts.front();
    EXPECT_EQ(work.account, "work");
    EXPECT_FALSE(work.last_run);
    EXPECT_EQ(work.copy.view.state, second_copy_state::none);
    EXPECT_FALSE(work.copy.counts());
    EXPECT_THAT(found->troubles, IsEmpty());
}

TEST_F(answers, an_account_that_cannot_be_read_does_not_hide_the_others)
{
    support::write(scratch / "archive/home.toml", "nonsense = 1\n");
    const auto found = status(*folder);
    ASSERT_TRUE(found) << found.error().operator_text;
    EXPECT_EQ(found->accounts.size(), 2U);
    ASSERT_EQ(found->troubles.size(), 1U);
    EXPECT_THAT(found->troubles.front().operator_text, HasSubstr("home.toml"));
}

TEST_F(answers, a_listing_has_its_messages_and_their_threads)
{
    query_wish wish;
    wish.words = {"tea"};
    auto found = list_messages(*folder, *index, wish);
    ASSERT_TRUE(found) << found.error().operator_text;
    ASSERT_EQ(found->messages.size(), 1U);
    EXPECT_EQ(found->messages.front().key, key);
    EXPECT_THAT(found->thread_messages, IsEmpty());
    wish.threads = true;
    found = list_messages(*folder, *index, wish);
    ASSERT_TRUE(found) << found.error().operator_text;
    EXPECT_THAT(found->thread_messages, ElementsAre(1U));
    wish.folder = "nowhere";
    EXPECT_EQ(list_messages(*folder, *index, wish).error().kind, base::failure::vanished);
}

TEST_F(answers, a_message_is_marked_seen_once_it_was_shown_and_not_where_somebody_peeks)
{
    for (const bool peek : {true, false}) {
        auto found = find_message(*folder, *index, key);
        ASSERT_TRUE(found) << found.error().operator_text;
        std::string text;
        const auto shown = show_message(*found, {.peek = peek}, [&](const shown_message& message) {
            EXPECT_EQ(message.octets, "Subject: tea\r\n\r\non Friday\r\n");
            text = message.reading->text;
        });
        ASSERT_TRUE(shown) << shown.error().operator_text;
        EXPECT_EQ(text, "on Friday\n");
        EXPECT_EQ(mail->find(key)->marks.seen, !peek);
    }
}

TEST_F(answers, a_thread_begins_with_its_oldest_message)
{
    const auto thread = thread_of(*folder, *index, key);
    ASSERT_TRUE(thread) << thread.error().operator_text;
    ASSERT_EQ(thread->size(), 1U);
    EXPECT_EQ(thread->front().key, key);
    EXPECT_EQ(thread_of(*folder, *index, "99").error().kind, base::failure::vanished);
}

TEST_F(answers, messages_are_marked_moved_and_tagged_and_one_that_is_not_there_hinders_none)
{
    std::vector<search::indexed_message> changed;
    std::size_t refused = 0;
    const change_report hear = [&](const base::result<search::indexed_message>& each) {
        if (each)
            changed.push_back(*each);
        else
            ++refused;
    };
    const std::vector<std::string> messages{"99", "1"};
    mark_messages(*folder, *index, messages, {.mark = &store::message_marks::flagged}, hear);
    move_messages(*folder, *index, messages, "kept", hear);
    ASSERT_TRUE(index->catch_up("work", *mail, [](auto, auto) {}, nullptr));
    ASSERT_TRUE(tag_messages(*folder, *index, messages, {.added = {"tea"}}, hear));
    EXPECT_EQ(refused, 3U);
    ASSERT_EQ(changed.size(), 3U);
    EXPECT_TRUE(changed[0].marks.flagged);
    EXPECT_EQ(changed[1].folder, "kept");
    EXPECT_EQ(changed[2].tags, "tea");
    EXPECT_TRUE(mail->find(key)->marks.flagged);
    EXPECT_EQ(mail->find(key)->folder, "kept");
}

TEST_F(answers, a_message_without_room_for_a_tag_stays_as_it_is)
{
    ledger::tag_change many;
    for (char letter = 'a'; letter <= 'z'; ++letter)
        for (char other = 'a'; other <= 'z'; ++other) many.added.push_back(std::string(62, letter) + other);
    std::size_t refused = 0;
    ASSERT_TRUE(tag_messages(*folder, *index, {"1"}, many, [&](const auto& each) {
        ASSERT_FALSE(each);
        EXPECT_EQ(each.error().kind, base::failure::malformed);
        ++refused;
    }));
    EXPECT_EQ(refused, 1U);
}

TEST_F(answers, attachments_are_saved_into_a_folder_that_is_made)
{
    const std::string octets = "Content-Type: text/plain; name=tea.txt\r\n"
                               "Content-Disposition: attachment; filename=tea.txt\r\n\r\ngreen\r\n";
    const auto saved = save_attachments(*folder, octets, {}, scratch / "out/of/it");
    ASSERT_TRUE(saved) << saved.error().operator_text;
    ASSERT_EQ(saved->size(), 1U);
    EXPECT_EQ(support::contents(scratch / "out/of/it/tea.txt"), "green\r\n");
}

TEST_F(answers, a_verification_counts_what_it_read)
{
    std::uint64_t steps = 0;
    const auto verdict = verify_account(
        *folder, {.account = "work", .progress = [&](auto, auto, std::string_view) { ++steps; }});
    ASSERT_TRUE(verdict) << verdict.error().operator_text;
    EXPECT_EQ(verdict->mail.messages, 1U);
    EXPECT_GT(steps, 0U);
    EXPECT_FALSE(verdict->copy.found || verdict->copy.unusable) << "the account has none";
    const auto held = folder->lock("work");
    EXPECT_EQ(verify_account(*folder, {.account = "work"}).error().kind, base::failure::in_use);
}

TEST_F(answers, a_fetch_hears_of_each_account_how_it_ended)
{
    const auto accounts = prepare_fetch(*folder, {.accounts = {"work", "away"}, .wish = {}});
    ASSERT_TRUE(accounts) << accounts.error().operator_text;
    const auto held = folder->lock("work");
    std::mutex talking;
    std::vector<std::string> began;
    std::map<std::string, base::failure> ended;
    const fetch_calls calls{.began =
                                [&](const std::string& account) {
                                    const std::scoped_lock guard(talking);
                                    began.push_back(account);
                                },
                            .progress = [](const auto&, const auto&) {},
                            .confirm = {},
                            .tell = {},
                            .ended =
                                [&](const std::string& account, const auto& done) {
                                    const std::scoped_lock guard(talking);
                                    ended[account] = done.error().kind;
                                }};
    stopping stops;
    base::null_log log;
    fetch(*folder, *accounts, {}, calls, stops, log);
    EXPECT_THAT(began, testing::UnorderedElementsAre("work", "away"));
    EXPECT_EQ(ended["work"], base::failure::in_use);
    EXPECT_EQ(ended["away"], base::failure::unknown_user);
    stops.stop = true;
    began.clear();
    fetch(*folder, *accounts, {}, calls, stops, log);
    EXPECT_THAT(began, IsEmpty());
}

TEST(person, without_one_nothing_is_typed)
{
    const auto typed = person().ask_secret("Passphrase: ");
    ASSERT_FALSE(typed);
    EXPECT_EQ(typed.error().kind, base::failure::refused);
    const auto chosen = person().choose_secret("ann", "password");
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.error().kind, base::failure::refused);
}
