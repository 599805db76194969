// Durations, sizes and times.
#include "config/values.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using config::parse_duration;
using config::parse_octets;

TEST(values, durations_have_units)
{
    EXPECT_EQ(parse_duration("90s"), 90s);
    EXPECT_EQ(parse_duration("15m"), 15min);
    EXPECT_EQ(parse_duration("2h"), 2h);
    EXPECT_EQ(parse_duration("7d"), 168h);
    EXPECT_EQ(parse_duration("4w"), 672h);
    EXPECT_EQ(parse_duration("0"), 0s);
    EXPECT_EQ(parse_duration("0d"), 0s);
}

TEST(values, what_is_no_duration)
{
    for (const auto* text : {"", "7", "d", "7 d", "7days", "-1d", "1.5h", "7D", " 7d", "101w5d",
                             "99999999999999999999s", "18446744073709551615w", "5300w"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(values, a_duration_is_written_as_it_is_read)
{
    for (const auto* text : {"0", "1s", "90s", "15m", "2h", "8d", "7d", "5d"})
        EXPECT_EQ(config::format_duration(*parse_duration(text)), text);
    EXPECT_EQ(config::format_duration(3600s), "1h");
    EXPECT_EQ(config::format_duration(7 * 24h), "7d");
    EXPECT_EQ(config::format_duration(*parse_duration("2w")), "14d");
    EXPECT_EQ(config::format_duration(25h), "25h");
}

TEST(values, octets_count_in_powers_of_1024)
{
    EXPECT_EQ(parse_octets("0"), 0U);
    EXPECT_EQ(parse_octets("1000"), 1000U);
    EXPECT_EQ(parse_octets("64K"), 65536U);
    EXPECT_EQ(parse_octets("50M"), 52428800U);
    EXPECT_EQ(parse_octets("10G"), 10737418240U);
    EXPECT_EQ(parse_octets("1T"), 1099511627776U);
    EXPECT_EQ(parse_octets("9223372036854775807"), 9223372036854775807U);
}

TEST(values, what_is_no_number_of_octets)
{
    for (const auto* text : {"", "M", "50 M", "50MB", "-1", "1.5G", "50m", "9223372036854775808", "8388608T",
                             "18446744073709551616"})
        EXPECT_FALSE(parse_octets(text)) << text;
}

TEST(values, octets_are_written_as_they_are_read)
{
    for (const auto* text : {"0", "1", "1000", "64K", "50M", "3G", "1T", "1025"})
        EXPECT_EQ(config::format_octets(*parse_octets(text)), text);
}

TEST(values, a_time_is_a_while_ago_or_a_date)
{
    const base::wall_time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 15h;
    EXPECT_EQ(config::parse_time("2h", now), now - 2h);
    EXPECT_EQ(config::parse_time("2026-11-24", now), now - 15h);
    EXPECT_EQ(config::parse_time("2026-11-24T14:59:30Z", now), now - 30s);
    EXPECT_EQ(config::format_time(now), "2026-11-24T15:00:00Z");
}

TEST(values, what_is_no_time)
{
    for (const auto* text : {"", "yesterday", "2026-13-01", "2026-02-30", "2026-11-24T15:00:00",
                             "2026-11-24 15:00:00Z", "2026-11-24T24:00:00Z", "20261124"})
        EXPECT_FALSE(config::parse_time(text, {})) << text;
}
