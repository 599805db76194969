// The archive's file: every key, every fault with its line, and that what is written is read again as the same.
#include "config/archive_configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

using namespace config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr std::string_view every_archive_key = R"(encrypted = true
passphrase_command = "cat '/run/pass'"
scanner = "clamd:localhost:3310"
second_copy = "/media/backup"
accounts_at_once = 3
every = "2h"
[notify]
desktop = false
command = ["/usr/bin/tell", "me"]
mail = ["ann@example.org"]
smtp = "localhost:25"
[text_of]
".odt" = ["odt2txt", "-"]
"Application/PDF" = ["pdftotext"]
[searches]
bills = "from:bank"
"my \"own\"" = 'subject:"a b"'
)";

void expect_everything(const config::archive_configuration& read)
{
    EXPECT_TRUE(read.encrypted);
    EXPECT_EQ(read.passphrase_command, "cat '/run/pass'");
    EXPECT_EQ(read.scanner, "clamd:localhost:3310");
    EXPECT_EQ(read.second_copy, "/media/backup");
    EXPECT_EQ(read.accounts_at_once, 3U);
    EXPECT_EQ(read.every, std::chrono::hours(2));
    EXPECT_FALSE(read.notify_desktop);
    EXPECT_THAT(read.notify_command, ElementsAre("/usr/bin/tell", "me"));
    EXPECT_THAT(read.notify_mail, ElementsAre("ann@example.org"));
    EXPECT_EQ(read.notify_smtp, "localhost:25");
    EXPECT_EQ(read.text_of.size(), 2U);
    EXPECT_THAT(read.text_of.at(".odt"), ElementsAre("odt2txt", "-"));
    EXPECT_THAT(read.text_of.at("application/pdf"), ElementsAre("pdftotext"));
    EXPECT_THAT(read.searches,
                ElementsAre(std::pair("bills", "from:bank"), std::pair("my \"own\"", "subject:\"a b\"")));
}

void expect_one_fault(const std::string& text, std::size_t line, const std::string& key,
                      const std::string& reason)
{
    const auto read = config::read_archive(text);
    ASSERT_EQ(read.faults.size(), 1U) << text;
    EXPECT_EQ(read.faults[0].line, line) << text;
    EXPECT_EQ(read.faults[0].key, key);
    EXPECT_THAT(read.faults[0].reason, HasSubstr(reason));
    EXPECT_NE(read.faults[0].remedy, "");
}

} // namespace

TEST(archive_file, nothing_at_all_has_safe_defaults)
{
    const auto read = config::read_archive("");
    ASSERT_THAT(read.faults, IsEmpty());
    EXPECT_FALSE(read.values.encrypted);
    EXPECT_EQ(read.values.accounts_at_once, 8U);
    EXPECT_EQ(read.values.every, std::chrono::minutes(15));
    EXPECT_TRUE(read.values.notify_desktop);
}

TEST(archive_file, every_key_is_read_and_written_and_read_again)
{
    const auto read = config::read_archive(every_archive_key);
    ASSERT_THAT(read.faults, IsEmpty());
    expect_everything(read.values);
    const auto written = config::format_archive(read.values);
    const auto again = config::read_archive(written);
    ASSERT_THAT(again.faults, IsEmpty()) << written;
    expect_everything(again.values);
    EXPECT_EQ(config::format_archive(again.values), written);
}

TEST(archive_file, a_new_one_is_the_defaults)
{
    const auto read = config::read_archive(config::format_archive({}));
    ASSERT_THAT(read.faults, IsEmpty());
    EXPECT_EQ(config::format_archive(read.values), config::format_archive({}));
}

TEST(archive_file, a_wrong_value_is_told_with_its_line_and_what_to_write)
{
    expect_one_fault("\nencrypted = \"yes\"\n", 2, "encrypted", "true or false");
    expect_one_fault("scanner = \"sophos\"\n", 1, "scanner", "\"sophos\" is not a scanner");
    expect_one_fault("accounts_at_once = 0\n", 1, "accounts_at_once", "1 to 64");
    expect_one_fault("accounts_at_once = 65\n", 1, "accounts_at_once", "1 to 64");
    expect_one_fault("every = \"often\"\n", 1, "every", "duration");
    expect_one_fault("every = \"0\"\n", 1, "every", "longer than nothing");
    expect_one_fault("[notify]\nmail = [\"a@b\"]\n", 2, "notify.mail", "needs a server");
    expect_one_fault("[text_of]\n\".pdf\" = []\n", 2, "text_of..pdf", "does not name a program");
    expect_one_fault("[text_of]\npdf = [\"x\"]\n", 2, "text_of.pdf", "is not an attachment type");
    expect_one_fault("[text_of]\n\".pdf\" = \"pdftotext\"\n", 2, "text_of..pdf", "list of texts");
    expect_one_fault("[searches]\nbills = 3\n", 2, "searches.bills", "must be a text");
    expect_one_fault("notify = true\n", 1, "notify", "is a table");
    expect_one_fault("secnd_copy = \"/x\"\n", 1, "secnd_copy", "unknown key");
    expect_one_fault("a = \n", 1, "", "not TOML");
}

TEST(archive_file, faults_come_all_at_once)
{
    EXPECT_EQ(
        config::read_archive("encrypted = 1\nscanner = 2\n[notify]\ndesktop = 3\nx = 4\n").faults.size(), 4U);
}
