// Languages: which one a range finds, and texts with numbers.
#include "base/utf8.hpp"
#include "pop3/language.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace pop3;

namespace {

std::string_view found(std::string_view range, const std::vector<std::string>& offered)
{
    const language* const l = find_language(range, offered);
    return l ? l->tag : "";
}

} // namespace

TEST(language, range_finds_the_tag_or_a_shorter_one)
{
    const std::vector<std::string> both{"de", "en"};
    EXPECT_EQ(found("de", both), "de");
    EXPECT_EQ(found("DE-at", both), "de");
    EXPECT_EQ(found("en-Latn-GB", both), "en");
    EXPECT_EQ(found("*", both), "de");
    for (const std::string_view none : {"", "d", "deu", "fr", "-", "**"})
        EXPECT_EQ(found(none, both), "") << none;
    EXPECT_EQ(found("de", {"en"}), "");
    EXPECT_EQ(found("tlh", {"tlh", "en"}), "") << "no texts exist";
}

TEST(language, english_is_ascii_and_every_text_is_there)
{
    for (const language& in : languages())
        for (int i = 0; i <= int(phrase::trouble_permanent); ++i) {
            const std::string text = text_of(phrase(i), in);
            EXPECT_FALSE(text.empty());
            EXPECT_TRUE(base::is_utf8(text));
            EXPECT_FALSE(text.starts_with('['));
            EXPECT_TRUE(std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; }))
                << text;
            EXPECT_LT(text.size(), 400U) << "numbers and a response code go into 512 octets with it";
            EXPECT_TRUE(in.tag != "en" || base::is_ascii(text)) << text;
        }
}

TEST(language, numbers_are_put_in)
{
    EXPECT_EQ(text_of(phrase::maildrop_summary, languages()[0], {2, 320}), "2 messages (320 octets)");
    EXPECT_EQ(text_of(phrase::maildrop_summary, languages()[1], {2, 320}), "2 Nachrichten (320 Oktette)");
}

TEST(language, an_errors_kind_is_a_sentence_and_its_text_a_fact_in_it)
{
    const auto said = [](base::failure kind, std::string fact) {
        const base::error why{
            .kind = kind, .temporary = true, .peer_text = std::move(fact), .operator_text = {}};
        return std::pair(text_of(why, languages()[0]), text_of(why, languages()[1]));
    };
    using base::failure;
    using texts = std::pair<std::string, std::string>;
    EXPECT_EQ(said(failure::in_use, "2026-11-29 15:02:11 UTC"),
              texts("the maildrop is in use since 2026-11-29 15:02:11 UTC",
                    "das Postfach ist seit 2026-11-29 15:02:11 UTC in Gebrauch"));
    EXPECT_EQ(said(failure::in_use, ""), texts("the maildrop is in use", "das Postfach ist in Gebrauch"));
    EXPECT_EQ(said(failure::login_delay, "9").first, "minimum time between log-ins not yet over, wait 9 s");
    EXPECT_EQ(said(failure::login_delay, "9").second, "zu früh nach der letzten Anmeldung, noch 9 s warten");
    EXPECT_EQ(said(failure::storage, "prose of another module").first, "mail storage error, try again later");
}
