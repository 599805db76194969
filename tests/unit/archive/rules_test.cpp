// Rules: every test, and the order of what follows.
#include "archive/rules.hpp"

#include <gtest/gtest.h>

namespace archive {

namespace {

using match = enum rule_test::match;
using subject = enum rule_test::subject;

constexpr std::string_view header = "From: Ann <ann@example.org>\r\n"
                                    "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from\r\n  afar\r\n"
                                    "To: ben@example.org\r\nCC : Carl <carl@example.org>\r\n"
                                    "X-Empty:\r\n\r\nSubject: in the body\r\n";

bool test(rule_test one)
{
    return holds(rule{.name = "r", .tests = {std::move(one)}}, {header, 100});
}

bool header_test(const std::string& field, match how, const std::string& text, bool negated = false)
{
    return test({.header = field, .match = how, .text = text, .negated = negated});
}

} // namespace

TEST(rules, compare_fields_without_regard_to_case)
{
    EXPECT_TRUE(header_test("FROM", match::contains, "ANN@example"));
    EXPECT_FALSE(header_test("from", match::contains, "ben@"));
    EXPECT_TRUE(header_test("to", match::is, "Ben@Example.org"));
    EXPECT_FALSE(header_test("to", match::is, "ben@example"));
    EXPECT_TRUE(header_test("from", match::begins, "ann <"));
    EXPECT_TRUE(header_test("from", match::ends, "example.org>"));
    EXPECT_FALSE(header_test("from", match::ends, "ann"));
}

TEST(rules, decode_and_unfold_and_stop_at_the_body)
{
    EXPECT_TRUE(header_test("subject", match::begins, "Grüße from"));
    EXPECT_TRUE(header_test("subject", match::ends, "afar"));
    EXPECT_FALSE(header_test("subject", match::contains, "body"));
}

TEST(rules, know_that_a_field_exists)
{
    EXPECT_TRUE(header_test("x-empty", match::exists, ""));
    EXPECT_FALSE(header_test("x-none", match::exists, ""));
    EXPECT_TRUE(header_test("x-none", match::exists, "", true));
}

TEST(rules, find_any_recipient)
{
    EXPECT_TRUE(header_test("any-recipient", match::contains, "carl@"));
    EXPECT_TRUE(header_test("any-recipient", match::contains, "ben@"));
    EXPECT_FALSE(header_test("any-recipient", match::contains, "ann@"));
}

TEST(rules, compare_sizes_and_know_nothing_of_unknown_ones)
{
    EXPECT_TRUE(test({.subject = subject::octets_above, .octets = 99}));
    EXPECT_FALSE(test({.subject = subject::octets_above, .octets = 100}));
    EXPECT_TRUE(test({.subject = subject::octets_below, .octets = 101}));
    EXPECT_FALSE(test({.subject = subject::octets_below, .octets = 100}));
    EXPECT_TRUE(test({.subject = subject::octets_below, .octets = 100, .negated = true}));
    const rule negated{.tests = {{.subject = subject::octets_below, .octets = 100, .negated = true}}};
    EXPECT_FALSE(holds(negated, {header, std::nullopt}));
}

TEST(rules, need_all_tests)
{
    const rule both{.tests = {{.header = "from", .text = "ann"}, {.header = "to", .text = "ann"}}};
    EXPECT_FALSE(holds(both, {header, 100}));
}

TEST(rules, admit_by_the_first_that_decides)
{
    const rule_test any{.header = "from", .match = match::exists};
    const std::vector<rule> rules{{.name = "folder", .tests = {any}, .folder = "F", .stop = false},
                                  {.name = "skip", .tests = {any}, .skip = true},
                                  {.name = "delete", .tests = {any}, .delete_unseen = true}};
    EXPECT_EQ(admit(rules, {header, 1}).decision, admission::skip);
    EXPECT_EQ(admit(rules, {header, 1}).rule, "skip");
    auto stopping = rules;
    stopping[0].stop = true;
    EXPECT_EQ(admit(stopping, {header, 1}).decision, admission::fetch);
    EXPECT_EQ(admit(std::span(rules).subspan(2), {header, 1}).decision, admission::delete_unseen);
}

TEST(rules, file_by_the_last_until_stop)
{
    const std::vector<rule> rules{{.name = "1", .tests = {}, .folder = "One", .seen = true, .stop = false},
                                  {.name = "2", .tests = {}, .folder = "Two", .flagged = true},
                                  {.name = "3", .tests = {}, .folder = "Three"}};
    const filing where = file_by(rules, {header, 1});
    EXPECT_EQ(where.folder, "Two");
    EXPECT_TRUE(where.seen && where.flagged);
    const std::vector<rule> discards{{.name = "d", .tests = {}, .discard = true}};
    EXPECT_EQ(file_by(discards, {header, 1}).folder, discarded_folder);
}

TEST(rules, report_what_they_need_before_the_download)
{
    const rule by_header{.tests = {{.header = "from", .text = "x"}}, .skip = true};
    const rule by_size{.tests = {{.subject = subject::octets_above, .octets = 1}}, .skip = true};
    const rule after{.tests = {{.header = "from", .text = "x"}}, .folder = "F"};
    const auto need = [](std::vector<rule> rules) { return need_header_before_download(rules); };
    EXPECT_TRUE(need({by_header}));
    EXPECT_FALSE(need({by_size}));
    EXPECT_FALSE(need({by_size, after}));
    EXPECT_TRUE(need({after, by_size})); // it may stop
    EXPECT_FALSE(decide_before_download(std::vector<rule>{after}));
}

TEST(rules, have_a_fingerprint_that_changes_with_them)
{
    account_settings account{.name = "a"};
    const std::string without = fingerprint_of_skipping(account);
    account.octets_max = 5;
    EXPECT_NE(fingerprint_of_skipping(account), without);
    const std::string before = fingerprint_of_skipping(account);
    account.rules = {{.name = "r", .tests = {{.header = "from", .text = "x"}}, .skip = true}};
    EXPECT_NE(fingerprint_of_skipping(account), before);
}

} // namespace archive
