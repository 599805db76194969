// Command lines: where the keyword ends, and what is a number.
#include "pop3/command.hpp"

#include <gtest/gtest.h>

using namespace pop3;

TEST(command, splits_at_the_first_space_only)
{
    const auto plain = parse_command("STAT");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->keyword, "STAT");
    EXPECT_FALSE(plain->argument);

    const auto spaces = parse_command("PASS  two words ");
    ASSERT_TRUE(spaces);
    EXPECT_EQ(spaces->keyword, "PASS");
    EXPECT_EQ(spaces->argument, " two words ");

    const auto empty = parse_command("PASS ");
    ASSERT_TRUE(empty);
    ASSERT_TRUE(empty->argument);
    EXPECT_EQ(*empty->argument, "");
    EXPECT_EQ(parse_command("")->keyword, "");
}

TEST(command, spaces_at_the_end_mean_nothing_but_in_pass)
{
    for (const std::string_view line : {"STAT ", "STAT   "}) {
        EXPECT_EQ(parse_command(line)->keyword, "STAT");
        EXPECT_FALSE(parse_command(line)->argument) << line;
    }
    EXPECT_EQ(parse_command("RETR 1  ")->argument, "1");
    EXPECT_EQ(parse_command("TOP 1 0 ")->argument, "1 0");
    EXPECT_FALSE(parse_command("RETR ")->argument);
    EXPECT_EQ(parse_command("   ")->keyword, "");
    EXPECT_EQ(parse_command(" STAT")->keyword, "") << "in front they are no command";
    EXPECT_EQ(parse_command("pass secret ")->argument, "secret ");
}

TEST(command, holds_no_nul_and_no_cr)
{
    EXPECT_FALSE(parse_command(std::string_view("USER a\0b", 8)));
    EXPECT_FALSE(parse_command("USER a\rb"));
    EXPECT_TRUE(parse_command("USER a\tb"));
}

TEST(command, keywords_have_no_case_and_no_prefix)
{
    EXPECT_TRUE(is_keyword("rEtR", "RETR"));
    EXPECT_FALSE(is_keyword("RET", "RETR"));
    EXPECT_FALSE(is_keyword("RETRX", "RETR"));
    EXPECT_FALSE(is_keyword("", "RETR"));
}

TEST(message_number, is_digits_from_one)
{
    EXPECT_EQ(message_number::parse("1")->value(), 1U);
    EXPECT_EQ(message_number::parse("007")->value(), 7U);
    EXPECT_EQ(message_number::parse("18446744073709551615")->value(), UINT64_MAX);
    for (const std::string_view wrong :
         {"", "0", "00", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0", "18446744073709551616"})
        EXPECT_FALSE(message_number::parse(wrong)) << wrong;
    EXPECT_EQ(parse_count("0"), 0U);
    EXPECT_FALSE(parse_count("-0"));
}

TEST(split_last, wants_two_halves)
{
    EXPECT_EQ(split_last("a b c"), (std::pair<std::string_view, std::string_view>("a b", "c")));
    for (const std::string_view wrong : {"", "a", " a", "a ", " "}) EXPECT_FALSE(split_last(wrong)) << wrong;
}
