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

TEST(canonical_name, is_one_for_all_that_look_alike)
{
    EXPECT_EQ(auth::canonical_name("ju\u0308rgen"), "j\u00fcrgen");
    EXPECT_EQ(auth::canonical_name("j\u00fcrgen"), "j\u00fcrgen");
    EXPECT_EQ(auth::canonical_name("\uff21nn"), "ann") << "full-width A";
    EXPECT_EQ(auth::canonical_name("an\u00adn"), "ann") << "soft hyphen";
}

TEST(canonical_name, has_its_domain_in_a_labels)
{
    for (const std::string domain : {"m\u00fcnchen.example", "mu\u0308nchen.example", "M\u00dcNCHEN.Example",
                                     "xn--mnchen-3ya.example", "XN--Mnchen-3ya.example"}) {
        EXPECT_EQ(auth::canonical_name("J\u00fcrgen@" + domain), "j\u00fcrgen@xn--mnchen-3ya.example")
            << domain;
        EXPECT_EQ(auth::canonical_domain(domain), "xn--mnchen-3ya.example") << domain;
    }
    EXPECT_EQ(auth::canonical_domain("stra\u00dfe.example"), "xn--strae-oqa.example") << "not IDNA 2003";
    EXPECT_EQ(auth::canonical_domain("a@b"), std::nullopt);
    EXPECT_EQ(auth::canonical_domain(""), std::nullopt);
}

TEST(canonical_name, is_canonical_already)
{
    for (const std::string_view typed :
         {"Ann", "ju\u0308rgen@M\u00fcnchen.example", "a\uff20m\u00fc.example"}) {
        const auto once = auth::canonical_name(typed);
        ASSERT_TRUE(once) << typed;
        EXPECT_EQ(auth::canonical_name(*once), once);
    }
}

TEST(canonical_name, refuses_what_cannot_be_prepared)
{
    for (const std::string_view typed : {"\u00ad", "a\uff0fb", "a\uff0e", "\uff0e\uff0e", "a\ue000",
                                         "\u05d0a", "a@\u00fc..example", "a@\u2665.example"})
        EXPECT_EQ(auth::canonical_name(typed), std::nullopt) << typed;
}

TEST(prepared_name, keeps_the_domain_as_it_was_typed)
{
    EXPECT_EQ(auth::prepared_name("Ju\u0308rgen@M\u00fcnchen.Example"), "j\u00fcrgen@m\u00fcnchen.example");
    EXPECT_EQ(auth::prepared_name("ann@XN--mnchen-3ya.example"), "ann@xn--mnchen-3ya.example");
    EXPECT_EQ(auth::prepared_name("a@\u2665.example"), std::nullopt);
}

} // namespace
