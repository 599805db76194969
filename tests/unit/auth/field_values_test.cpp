// Amounts, times, networks, yes and no.
#include "auth/extra_fields.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

TEST(parse_octets, knows_units)
{
    EXPECT_EQ(auth::parse_octets("0"), 0U);
    EXPECT_EQ(auth::parse_octets("1500"), 1500U);
    EXPECT_EQ(auth::parse_octets("1500", 1024), 1500U * 1024);
    EXPECT_EQ(auth::parse_octets("2K"), 2048U);
    EXPECT_EQ(auth::parse_octets("2kB"), 2048U);
    EXPECT_EQ(auth::parse_octets("3MiB"), 3U << 20);
    EXPECT_EQ(auth::parse_octets("1G"), 1U << 30);
    EXPECT_EQ(auth::parse_octets("2T"), 2ULL << 40);
    EXPECT_EQ(auth::parse_octets("7B", 1024), 7U);
    for (const char* const text :
         {"", "G", "-1", "+1", "1.5G", "1X", "1GX", " 1", "1 ", "99999999999999999999", "99999999T"})
        EXPECT_FALSE(auth::parse_octets(text)) << text;
}

TEST(parse_number, takes_digits_only)
{
    EXPECT_EQ(auth::parse_number("18446744073709551615"), 18446744073709551615ULL);
    for (const char* const text : {"", "-1", "1K", "18446744073709551616"})
        EXPECT_FALSE(auth::parse_number(text)) << text;
}

TEST(parse_duration, knows_units)
{
    EXPECT_EQ(auth::parse_duration("0"), 0s);
    EXPECT_EQ(auth::parse_duration("90"), 90s);
    EXPECT_EQ(auth::parse_duration("15m"), 15min);
    EXPECT_EQ(auth::parse_duration("12h"), 12h);
    EXPECT_EQ(auth::parse_duration("7d"), 7 * 24h);
    EXPECT_EQ(auth::parse_duration("2w"), 14 * 24h);
    for (const char* const text : {"", "d", "1y", "1dd", "-1d", "999999999w"})
        EXPECT_FALSE(auth::parse_duration(text)) << text;
}

TEST(parse_yes_or_no, knows_words)
{
    for (const char* const text : {"", "yes", "Y", "true", "1"})
        EXPECT_EQ(auth::parse_yes_or_no(text), true) << text;
    for (const char* const text : {"no", "N", "false", "0"})
        EXPECT_EQ(auth::parse_yes_or_no(text), false) << text;
    EXPECT_FALSE(auth::parse_yes_or_no("maybe"));
}

TEST(is_network, knows_both_families)
{
    for (const char* const text :
         {"192.0.2.0/24", "0.0.0.0/0", "192.0.2.1", "2001:db8::/32", "::1", "::/0", "::1/128"})
        EXPECT_TRUE(auth::is_network(text)) << text;
    for (const char* const text :
         {"", "192.0.2.0/33", "::/129", "192.0.2/24", "local", "192.0.2.0/", "192.0.2.0/-1", "/8"})
        EXPECT_FALSE(auth::is_network(text)) << text;
}

} // namespace
