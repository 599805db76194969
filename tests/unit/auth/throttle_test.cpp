// Delays and penalties, their networks, and that the table stays bounded.
#include "auth/throttle.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using auth::offence;

const base::steady_time start{1h};

auth::address_octets v4(std::uint8_t c, std::uint8_t d)
{
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, c, d};
}
auth::address_octets v6(std::uint8_t network, std::uint8_t host)
{
    return {0x20, 1, 0x0D, 0xB8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host};
}

TEST(throttle, delays_grow_and_stop_growing)
{
    auth::throttle throttle;
    EXPECT_EQ(throttle.delay(v4(2, 1), start), 0s);
    for (const auto expected : {2s, 4s, 8s, 15s, 15s}) {
        throttle.note(v4(2, 1), offence::failed_login, start);
        EXPECT_EQ(throttle.delay(v4(2, 1), start), expected);
    }
    EXPECT_EQ(throttle.delay(v4(2, 2), start), 0s) << "a neighbour is another network";
}

TEST(throttle, a_success_or_ten_minutes_wipe_the_delay)
{
    auth::throttle throttle;
    throttle.note(v4(2, 1), offence::failed_login, start);
    throttle.note_success(v4(2, 1), start);
    EXPECT_EQ(throttle.delay(v4(2, 1), start), 0s);
    throttle.note(v4(2, 1), offence::failed_login, start);
    throttle.note(v4(2, 1), offence::failed_login, start);
    EXPECT_EQ(throttle.delay(v4(2, 1), start + 10min - 1s), 4s);
    EXPECT_EQ(throttle.delay(v4(2, 1), start + 10min), 0s);
    throttle.note(v4(2, 1), offence::failed_login, start + 10min);
    EXPECT_EQ(throttle.delay(v4(2, 1), start + 10min), 2s) << "counting begins anew";
}

TEST(throttle, a_success_does_not_wipe_the_penalty)
{
    auth::throttle throttle;
    throttle.note(v4(2, 1), offence::broke_protocol, start);
    throttle.note_success(v4(2, 1), start);
    EXPECT_TRUE(throttle.refused(v4(2, 1), start));
}

TEST(throttle, refuses_above_fifteen_seconds_until_they_have_faded)
{
    auth::throttle throttle;
    for (int i = 0; i < 3; ++i) throttle.note(v4(2, 1), offence::failed_login, start);
    EXPECT_FALSE(throttle.refused(v4(2, 1), start)) << "three mistakes are human";
    throttle.note(v4(2, 1), offence::failed_login, start);
    EXPECT_TRUE(throttle.refused(v4(2, 1), start));
    EXPECT_FALSE(throttle.refused(v4(2, 1), start + 5s));
}

TEST(throttle, weighs_offences)
{
    const auto after = [](offence what, int times) {
        auth::throttle throttle;
        for (int i = 0; i < times; ++i) throttle.note(v4(2, 1), what, start);
        return throttle.refused(v4(2, 1), start);
    };
    EXPECT_FALSE(after(offence::no_login, 15));
    EXPECT_TRUE(after(offence::no_login, 16));
    EXPECT_FALSE(after(offence::too_slow, 1));
    EXPECT_TRUE(after(offence::too_slow, 2));
    EXPECT_TRUE(after(offence::broke_protocol, 1));
}

TEST(throttle, never_refuses_for_longer_than_ten_minutes)
{
    auth::throttle throttle;
    for (int i = 0; i < 1000; ++i) throttle.note(v4(2, 1), offence::broke_protocol, start);
    EXPECT_TRUE(throttle.refused(v4(2, 1), start + 9min));
    EXPECT_FALSE(throttle.refused(v4(2, 1), start + 10min));
}

TEST(throttle, takes_an_ipv6_64_for_one)
{
    auth::throttle throttle;
    throttle.note(v6(1, 1), offence::broke_protocol, start);
    EXPECT_TRUE(throttle.refused(v6(1, 2), start));
    EXPECT_FALSE(throttle.refused(v6(2, 1), start));
}

TEST(throttle, when_full_forgets_the_mildest_first)
{
    auth::throttle throttle(64);
    throttle.note(v4(0, 0), offence::broke_protocol, start);
    for (int i = 0; i < 5000; ++i)
        throttle.note(v4(static_cast<std::uint8_t>(1 + i / 256), static_cast<std::uint8_t>(i)),
                      offence::failed_login, start);
    EXPECT_TRUE(throttle.refused(v4(0, 0), start)) << "the worst is kept";
    int kept = 0;
    for (int i = 0; i < 5000; ++i)
        kept += throttle.delay(v4(static_cast<std::uint8_t>(1 + i / 256), static_cast<std::uint8_t>(i)),
                               start) > 0s;
    EXPECT_LE(kept, 63);
    EXPECT_GE(kept, 56);
}

TEST(throttle, when_full_forgets_what_has_faded_before_anything_else)
{
    auth::throttle throttle(2);
    throttle.note(v4(2, 1), offence::no_login, start);
    throttle.note(v4(2, 2), offence::broke_protocol, start);
    throttle.note(v4(2, 3), offence::broke_protocol, start + 2s);
    EXPECT_TRUE(throttle.refused(v4(2, 2), start + 2s));
    EXPECT_TRUE(throttle.refused(v4(2, 3), start + 2s));
}

} // namespace
