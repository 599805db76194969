// RFC 1939, section 7: 1 to 70 octets of 0x21 to 0x7E.
#include "mail/unique_id.hpp"

#include <gtest/gtest.h>

TEST(unique_id, is_one_to_seventy_printable_octets)
{
    EXPECT_TRUE(mail::unique_id::parse("!~whqtswO00WBw418f9t5JxYwZ"));
    EXPECT_TRUE(mail::unique_id::parse(std::string(70, 'x')));
    EXPECT_FALSE(mail::unique_id::parse(""));
    EXPECT_FALSE(mail::unique_id::parse(std::string(71, 'x')));
    EXPECT_FALSE(mail::unique_id::parse("a b"));
    EXPECT_FALSE(mail::unique_id::parse("a\x7f"));
    EXPECT_FALSE(mail::unique_id::parse("caf\xc3\xa9"));
}

TEST(unique_id, is_judged_by_every_octet)
{
    for (std::size_t octets = 1; octets <= 70; ++octets)
        for (std::size_t at = 0; at < octets; ++at)
            for (int value = 0; value < 256; ++value)
                for (const char around : {'!', '~'}) {
                    std::string text(octets, around);
                    text[at] = static_cast<char>(value);
                    ASSERT_EQ(mail::is_unique_id(text), value >= 0x21 && value <= 0x7E)
                        << octets << ' ' << at;
                }
}
