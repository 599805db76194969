// From what a person types to a message, and to a query; in an archive on the real disk.
#include "collector/message_lookup.hpp"
#include "config/values.hpp"
#include "unit/collector/archive_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

using namespace collector;
using testing::HasSubstr;

namespace {

using lookup = collector_test::archive_fixture;

base::wall_time at(std::string_view text)
{
    return *config::parse_time(text, {});
}

} // namespace

TEST_F(lookup, a_message_is_found_by_its_number_its_unique_id_and_its_key)
{
    const auto listed = index->search({.words = "tea"});
    ASSERT_TRUE(listed && listed->size() == 1);
    for (const auto& typed : {std::to_string(listed->front().number), std::string("uid-1"), key}) {
        const auto found = find_message(*folder, *index, typed);
        ASSERT_TRUE(found) << typed << ": " << found.error().operator_text;
        EXPECT_EQ(found->entry.key, key);
        EXPECT_EQ(*read_message(*found), "Subject: tea\r\n\r\non Friday\r\n");
    }
}

TEST_F(lookup, what_is_not_there_says_how_to_find_it)
{
    for (const auto* typed : {"99", "uid-2", "", "-1", "1x"}) {
        const auto found = find_message(*folder, *index, typed);
        ASSERT_FALSE(found) << typed;
        EXPECT_EQ(found.error().kind, base::failure::vanished) << typed;
        EXPECT_THAT(found.error().operator_text, HasSubstr("restante list"));
    }
}

TEST_F(lookup, an_account_is_kept_once_and_its_mail_outlives_it)
{
    config::account_configuration again;
    again.archive.name = "work";
    EXPECT_EQ(folder->save_account(again, false).error().kind, base::failure::exists);
    EXPECT_EQ(folder->check_is_new("work").error().kind, base::failure::exists);
    EXPECT_TRUE(folder->check_is_new("home"));
    ASSERT_TRUE(folder->remove_account("work"));
    EXPECT_EQ(folder->account("work").error().kind, base::failure::unknown_user);
    EXPECT_TRUE((*folder->mail("work"))->open(key));
}

TEST_F(lookup, two_runs_of_an_account_do_not_meet)
{
    const auto held = folder->lock("work");
    ASSERT_TRUE(held);
    const auto second = folder->lock("work");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, base::failure::in_use);
    EXPECT_TRUE(second.error().temporary);
    EXPECT_TRUE(folder->lock("home"));
}

TEST(archive_folder, a_folder_without_its_marker_is_refused_and_nothing_is_made)
{
    const support::temporary_directory scratch;
    const auto opened = archive_folder::open(scratch.path(), {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::refused);
    EXPECT_THAT(opened.error().operator_text, HasSubstr("disk is mounted"));
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(archive_folder, faults_of_a_file_are_told_with_its_path_and_all_their_lines)
{
    const support::temporary_directory scratch;
    auto folder = archive_folder::make(scratch / "archive", {}, "", {});
    ASSERT_TRUE(folder);
    support::write(scratch / "archive/work.toml", "[server]\nport = 0\n[sign_in]\nuser = \"a\"\nx = 1\n");
    const auto read = (*folder)->account("work");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, base::failure::malformed);
    for (const auto* place :
         {"archive/work.toml:1: server.host", "work.toml:2: server.port", "work.toml:5: sign_in.x"})
        EXPECT_THAT(read.error().operator_text, HasSubstr(place));
}

TEST(archive_folder, an_archives_second_copy_is_each_accounts_own_folder_there)
{
    const support::temporary_directory scratch;
    config::archive_configuration how;
    how.second_copy = "/media/backup";
    auto folder = archive_folder::make(scratch / "archive", how, "", {});
    ASSERT_TRUE(folder);
    support::write(scratch / "archive/work.toml", "[server]\nhost = \"h\"\n[sign_in]\nuser = \"a\"\n");
    const auto read = (*folder)->account("work");
    ASSERT_TRUE(read) << read.error().operator_text;
    EXPECT_EQ(read->archive.second_copy, "/media/backup/work");
}

TEST(archive_folder, an_archive_that_is_not_encrypted_cannot_be_made_so_by_a_line)
{
    const support::temporary_directory scratch;
    ASSERT_TRUE(archive_folder::make(scratch / "archive", {}, "", {}));
    support::write(scratch / "archive/restante.toml", "encrypted = true\n");
    const auto opened = archive_folder::open(scratch / "archive", {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::malformed);
}

TEST(query_words, say_what_is_looked_for)
{
    const auto now = at("2026-11-24T15:00:00Z");
    query_wish wish;
    wish.words = {"tea", "\"on friday\""};
    wish.account = "work";
    wish.unseen = true;
    wish.after = "2d";
    wish.before = "2026-11-23";
    wish.limit = 7;
    const auto read = to_query(wish, now);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->words, "tea \"on friday\"");
    EXPECT_EQ(read->account, "work");
    EXPECT_EQ(read->seen, false);
    EXPECT_FALSE(read->flagged);
    EXPECT_EQ(read->after, at("2026-11-22T15:00:00Z"));
    EXPECT_EQ(read->before, at("2026-11-23T00:00:00Z"));
    EXPECT_EQ(read->limit, 7U);
}

TEST(query_words, a_time_that_is_none_is_refused)
{
    query_wish wish;
    wish.after = "some day";
    const auto read = to_query(wish, at("2026-11-24"));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().operator_text, HasSubstr("\"some day\" is not a time"));
}

TEST(query_words, a_year_a_month_and_a_day_are_times)
{
    query_wish wish;
    for (const auto& [typed, meant] :
         {std::pair{"2010", "2010-01-01"}, {"2010-05", "2010-05-01"}, {"yesterday", "2026-11-23"}}) {
        wish.after = wish.before = typed;
        const auto read = to_query(wish, at("2026-11-24"));
        ASSERT_TRUE(read) << typed;
        EXPECT_EQ(read->after, at(meant)) << typed;
        EXPECT_EQ(read->before, at(meant)) << typed;
    }
}
