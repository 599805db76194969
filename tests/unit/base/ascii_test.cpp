// Letters of ASCII: all of them, and nothing beside them.
#include "base/ascii.hpp"

#include <gtest/gtest.h>

#include <string_view>

using namespace base;

namespace {

constexpr std::string_view small = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view great = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

char octet(int value)
{
    return static_cast<char>(static_cast<unsigned char>(value));
}

} // namespace

TEST(ascii, changes_the_case_of_letters_and_of_nothing_else)
{
    EXPECT_EQ(lower_case(great), small);
    EXPECT_EQ(upper_case(small), great);
    for (int value = 0; value < 256; ++value) {
        const char c = octet(value);
        EXPECT_TRUE(great.contains(c) || lower(c) == c) << value;
        EXPECT_TRUE(small.contains(c) || upper(c) == c) << value;
    }
}

TEST(ascii, knows_letters_and_digits)
{
    constexpr std::string_view digits = "0123456789";
    for (int value = 0; value < 256; ++value) {
        const char c = octet(value);
        EXPECT_EQ(is_letter(c), small.contains(c) || great.contains(c)) << value;
        EXPECT_EQ(is_digit(c), digits.contains(c)) << value;
        EXPECT_EQ(is_letter_or_digit(c), is_letter(c) || is_digit(c)) << value;
    }
}

TEST(ascii, compares_without_regard_to_the_case_of_letters_alone)
{
    EXPECT_TRUE(equal_ignoring_case("Return-Path", "rETURN-pATH"));
    EXPECT_TRUE(equal_ignoring_case("", ""));
    EXPECT_FALSE(equal_ignoring_case("Subject", "Subjec"));
    EXPECT_FALSE(equal_ignoring_case("@[", "`{")); // they differ in the bit that makes letters small
    EXPECT_FALSE(equal_ignoring_case("É", "é"));
}
