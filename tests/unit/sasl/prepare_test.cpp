// SASLprep: the examples of RFC 4013, section 3, and what it forbids.
#include "sasl/prepare.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_view_literals;

TEST(prepare, examples_of_rfc_4013)
{
    EXPECT_EQ(sasl::prepare("I\xC2\xADX"), "IX"); // soft hyphen: mapped to nothing
    EXPECT_EQ(sasl::prepare("user"), "user");
    EXPECT_EQ(sasl::prepare("USER"), "USER");
    EXPECT_EQ(sasl::prepare("\xC2\xAA"), "a");              // NFKC
    EXPECT_EQ(sasl::prepare("\xE2\x85\xA8"), "IX");         // NFKC
    EXPECT_EQ(sasl::prepare("\x07"), std::nullopt);         // control
    EXPECT_EQ(sasl::prepare("\xD8\xA7\x31"), std::nullopt); // directions
}

TEST(prepare, refuses_what_is_no_text)
{
    EXPECT_EQ(sasl::prepare(""), std::nullopt);
    EXPECT_EQ(sasl::prepare("a\0b"sv), std::nullopt);
    EXPECT_EQ(sasl::prepare("\xFF"), std::nullopt);
    EXPECT_EQ(sasl::prepare("\xC0\xAF"), std::nullopt); // overlong
    EXPECT_EQ(sasl::prepare("\xC2\xAD"), std::nullopt); // becomes empty
}

TEST(prepare, lets_unassigned_characters_through)
{
    EXPECT_EQ(sasl::prepare("\xF0\x9F\xA7\xB7"),
              "\xF0\x9F\xA7\xB7"); // U+1F9F7, newer than RFC 3454's Unicode 3.2
}

TEST(prepare, keeps_spaces)
{
    EXPECT_EQ(sasl::prepare(" correct  horse "), " correct  horse ");
    EXPECT_EQ(sasl::prepare("a\xC2\xA0z"), "a z"); // no-break space
}

} // namespace
