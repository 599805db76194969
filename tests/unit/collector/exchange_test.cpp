// Mail into the archive and out of it, as values.
#include "collector/exporting.hpp"
#include "collector/importing.hpp"
#include "unit/collector/archive_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

using namespace collector;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

using exchange_of_mail = collector_test::archive_fixture;

constexpr std::string_view mbox =
    "From ann@example.org Mon Nov 23 10:00:00 2026\nSubject: tea\n\non Friday\n\n"
    "From ann@example.org Mon Nov 23 11:00:00 2026\nSubject: cake\n\non Sunday\n\n";

} // namespace

TEST_F(exchange_of_mail, an_import_counts_what_it_stored_and_indexes_it)
{
    support::write(scratch / "old.mbox", std::string(mbox));
    auto desk = open_for_import(*folder, "work");
    ASSERT_TRUE(desk) << desk.error().operator_text;
    std::vector<std::string> indexed;
    const auto report = import_mail(
        *folder, *desk,
        {.source = {mail_form::mbox, scratch / "old.mbox"},
         .folder = "old",
         .indexing = [&](const std::string& account, auto, auto) { indexed.push_back(account); }});
    ASSERT_TRUE(report) << report.error().operator_text;
    EXPECT_EQ(report->done.found, 2U);
    EXPECT_EQ(report->done.stored + report->done.duplicates, 2U);
    EXPECT_EQ(report->prefix, scratch / "old.mbox" + ": ");
    EXPECT_FALSE(report->not_indexed);
    EXPECT_THAT(indexed, testing::Contains("work"));
    EXPECT_EQ(open_for_import(*folder, "work").error().kind, base::failure::in_use);
}

TEST_F(exchange_of_mail, a_source_of_another_form_is_refused_and_nothing_is_stored)
{
    std::filesystem::create_directory(scratch / "folder");
    support::write(scratch / "file", "Subject: tea\n\non Friday\n");
    auto desk = open_for_import(*folder, "work");
    ASSERT_TRUE(desk) << desk.error().operator_text;
    const auto kind_of = [&](mail_form form, const std::string& path) {
        return import_mail(*folder, *desk, {.source = {form, path}, .folder = ""}).error().kind;
    };
    EXPECT_EQ(kind_of(mail_form::mbox, scratch / "folder"), base::failure::malformed);
    EXPECT_EQ(kind_of(mail_form::maildir, scratch / "file"), base::failure::malformed);
    EXPECT_EQ(kind_of(mail_form::eml, scratch / "nowhere"), base::failure::vanished);
    EXPECT_EQ(kind_of(mail_form::outlook, scratch / "nowhere.pst"), base::failure::vanished);
    std::size_t messages = 0;
    ASSERT_TRUE(mail->list([&](const auto&) { ++messages; }));
    EXPECT_EQ(messages, 1U);
}

TEST_F(exchange_of_mail, an_export_without_words_takes_all_and_asks_no_index)
{
    std::filesystem::remove(folder->index_path());
    auto selection = select_for_export(*folder, {}, {});
    ASSERT_TRUE(selection) << selection.error().operator_text;
    EXPECT_THAT(selection->messages, SizeIs(1));
    EXPECT_FALSE(folder->has_index());
    const auto done = export_mail(*folder, *std::move(selection), {mail_form::eml, scratch / "out"}, {});
    ASSERT_TRUE(done) << done.error().operator_text;
    EXPECT_EQ(done->messages, 1U);
    EXPECT_THAT(done->damaged, IsEmpty());
}

TEST_F(exchange_of_mail, an_export_of_what_was_found_goes_to_whoever_takes_it)
{
    store("Subject: cake\r\n\r\non Sunday\r\n");
    export_request request;
    request.query.words = {"cake"};
    auto selection = select_for_export(*folder, request, {});
    ASSERT_TRUE(selection) << selection.error().operator_text;
    std::string out;
    const auto done = export_mail(*folder, *std::move(selection),
                                  [&](std::string_view octets) {
                                      out += octets;
                                      return base::result<>();
                                  },
                                  {});
    ASSERT_TRUE(done) << done.error().operator_text;
    EXPECT_EQ(done->messages, 1U);
    EXPECT_THAT(out, HasSubstr("Subject: cake"));
    EXPECT_THAT(out, testing::Not(HasSubstr("Subject: tea")));
}

TEST_F(exchange_of_mail, an_export_of_few_takes_the_newest_and_writes_the_oldest_first)
{
    store("Date: Sun, 22 Nov 2020 10:00:00 +0000\r\nSubject: cake\r\n\r\n");
    const std::string milk = store("Date: Mon, 23 Nov 2020 10:00:00 +0000\r\nSubject: milk\r\n\r\n");
    export_request request{.query = {}, .limit = 2};
    request.query.after = "2020-11-01";
    const auto selection = select_for_export(*folder, request, {});
    ASSERT_TRUE(selection) << selection.error().operator_text;
    std::vector<std::string> keys;
    for (const auto& each : selection->messages) keys.push_back(each.key);
    EXPECT_THAT(keys, ElementsAre(milk, key));
    request.query.folder = "nowhere";
    EXPECT_EQ(select_for_export(*folder, request, {}).error().kind, base::failure::vanished);
}
