// Replies: clean, short enough, and the right code for each failure.
#include "lmtp/reply.hpp"

#include <gtest/gtest.h>

namespace {

TEST(reply, cannot_be_split_by_its_text)
{
    EXPECT_EQ(lmtp::format_reply({550, "5.7.1", "no\r\n250 yes\x1B\xFF\xC2\x85"}),
              "550 5.7.1 no??250 yes???\r\n");
}

TEST(reply, has_512_octets_at_most_and_no_half_character)
{
    std::string text;
    for (int i = 0; i < 400; ++i) text += "\xC3\xA9";
    for (const std::string shift : {"", "x"}) {
        const std::string line = lmtp::format_reply({550, "5.7.1", shift + text});
        EXPECT_LE(line.size(), 512U);
        EXPECT_GE(line.size(), 510U);
        EXPECT_TRUE(line.ends_with("\xC3\xA9\r\n"));
    }
}

TEST(reply, class_of_code_and_enhanced_code_agree)
{
    for (int kind = 0; kind <= static_cast<int>(base::failure::internal); ++kind) {
        for (const bool temporary : {false, true}) {
            const auto what = lmtp::reply_for({static_cast<base::failure>(kind), temporary, "", ""});
            EXPECT_EQ(std::to_string(what.code).front(), what.enhanced.front());
            EXPECT_TRUE(what.code / 100 == 4 || what.code / 100 == 5);
            EXPECT_FALSE(what.text.empty());
        }
    }
}

TEST(reply, our_own_faults_are_temporary_whatever_the_error_says)
{
    using enum base::failure;
    for (const auto kind :
         {storage, internal, network, overloaded, no_space, vanished, exists, timed_out, in_use})
        EXPECT_TRUE(lmtp::reply_for({kind, false, "", ""}).temporary()) << base::name_of(kind);
}

TEST(reply, texts_are_decided_here_by_the_kind)
{
    for (int kind = 0; kind <= static_cast<int>(base::failure::internal); ++kind) {
        const auto which = static_cast<base::failure>(kind);
        if (which == base::failure::refused) continue; // which policy it was
        for (const bool temporary : {false, true})
            EXPECT_EQ(lmtp::reply_for({which, temporary, "prose of another room", ""}).text,
                      lmtp::reply_for({which, temporary, "", ""}).text);
    }
    EXPECT_EQ(lmtp::reply_for({base::failure::over_quota, false, "", ""}).text,
              "Larger than the whole maildrop may be");
}

TEST(reply, shows_the_policy_that_refuses_and_never_that_for_the_operator)
{
    const auto what = lmtp::reply_for({base::failure::refused, false, "not today", "secret path"});
    EXPECT_EQ(lmtp::format_reply(what), "550 5.7.1 not today\r\n");
}

} // namespace
