// Which names can be users.
#include "auth/account.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_view_literals;

TEST(canonical_name, lowers_ascii_only)
{
    EXPECT_EQ(auth::canonical_name("Ann@Example.ORG"), "ann@example.org");
    EXPECT_EQ(auth::canonical_name("\xC3\x84nn"), "\xC3\x84nn");
    EXPECT_EQ(auth::canonical_name("ann"), "ann");
    EXPECT_EQ(auth::canonical_name("an n%u'--*)("), "an n%u'--*)(");
    EXPECT_EQ(auth::canonical_name("a@b@c.org"), "a@b@c.org");
}

TEST(canonical_name, refuses_what_could_leave_its_folder_or_a_log)
{
    for (const std::string_view typed : {""sv,
                                         "../x"sv,
                                         "a/b"sv,
                                         "."sv,
                                         ".."sv,
                                         "..@example.org"sv,
                                         "ann@.."sv,
                                         ".ann"sv,
                                         "ann."sv,
                                         "ann@example.org."sv,
                                         "ann@.org"sv,
                                         " ann"sv,
                                         "ann "sv,
                                         "ann @example.org"sv,
                                         "ann@ example.org"sv,
                                         "@example.org"sv,
                                         "ann@"sv,
                                         "@"sv,
                                         "a\0b"sv,
                                         "a\nb"sv,
                                         "a\x7F"sv,
                                         "a\xC2\x85"
                                         "b"sv,
                                         "\xFF"sv,
                                         "\xC0\xAF"sv,
                                         "a\xE2\x80\xAE"
                                         "b"sv})
        EXPECT_EQ(auth::canonical_name(typed), std::nullopt) << typed;
}

TEST(canonical_name, is_bounded)
{
    EXPECT_TRUE(auth::canonical_name(std::string(255, 'a')));
    EXPECT_FALSE(auth::canonical_name(std::string(256, 'a')));
    EXPECT_FALSE(auth::canonical_name(std::string(4096, 'a')));
}

} // namespace
