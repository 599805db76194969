// Delays, waits and penalties: by pair, network and account; who is known; and that the tables stay bounded.
#include "server/throttle.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using server::attempt;
using server::offence;
using server::standing;

constexpr base::steady_time start{};

base::address_octets v4(std::uint8_t third, std::uint8_t last)
{
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, third, last};
}

/// 2001:db8:0:(network)::(last)
base::address_octets v6(std::uint16_t network, std::uint8_t last)
{
    return {0x20,
            0x01,
            0x0d,
            0xb8,
            0,
            0,
            static_cast<std::uint8_t>(network >> 8U),
            static_cast<std::uint8_t>(network),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            last};
}

class throttle : public testing::Test {
protected:
    void fail(const attempt& failed, int times, base::steady_time now = start)
    {
        for (int i = 0; i < times; ++i) throttle_.note_failure(failed, now);
    }

    server::local_throttle throttle_{"a key"};
};

TEST_F(throttle, delays_grow_and_stop_growing)
{
    EXPECT_EQ(throttle_.delay({v4(2, 1), "ann"}, start), 0s);
    for (const auto expected : {2s, 4s, 8s, 15s, 15s}) {
        fail({v4(2, 1), "ann"}, 1);
        EXPECT_EQ(throttle_.delay({v4(2, 1), "ann"}, start), expected);
    }
    EXPECT_EQ(throttle_.delay({v4(2, 1), "bob"}, start), 15s) << "names may not be tried one after the other";
    EXPECT_EQ(throttle_.delay({v4(3, 1), "bob"}, start), 0s) << "a neighbour is another network";
}

TEST_F(throttle, delays_do_not_tell_who_is_known_there)
{
    throttle_.note_success({v4(2, 1), "bob"}, start);
    fail({v4(2, 2), "nobody"}, 16);
    for (const auto* name : {"bob", "ann", "ghost"}) {
        fail({v4(2, 3), name}, 1);
        EXPECT_EQ(throttle_.delay({v4(2, 3), name}, start), throttle_.delay({v4(2, 3), "another"}, start))
            << name;
    }
}

TEST_F(throttle, ten_minutes_wipe_the_delay)
{
    fail({v4(2, 1), "ann"}, 2);
    EXPECT_EQ(throttle_.delay({v4(2, 1), "ann"}, start + 10min - 1s), 4s);
    EXPECT_EQ(throttle_.delay({v4(2, 1), "ann"}, start + 10min), 0s);
    fail({v4(2, 1), "ann"}, 1, start + 10min);
    EXPECT_EQ(throttle_.delay({v4(2, 1), "ann"}, start + 10min), 2s) << "counting begins anew";
}

TEST_F(throttle, a_success_takes_back_what_its_own_failures_weighed)
{
    fail({v4(2, 1), "ann"}, 2);
    fail({v4(2, 1), "bob"}, 1);
    throttle_.note_success({v4(2, 1), "ann"}, start);
    EXPECT_EQ(throttle_.delay({v4(2, 1), "ann"}, start), 2s) << "bob's failure, as for everybody there";
    EXPECT_EQ(throttle_.delay({v4(2, 1), "bob"}, start), 2s) << "nobody buys guesses at others";
}

TEST_F(throttle, twenty_failures_make_nobody_else_of_the_address_wait)
{
    fail({v4(2, 1), "ann"}, 20);
    EXPECT_EQ(throttle_.wait({v4(2, 1), "bob"}, start), 0s);
    EXPECT_FALSE(throttle_.refused(v4(2, 1), start));
    EXPECT_EQ(throttle_.wait({v4(2, 1), "ann"}, start), 15s);
}

TEST_F(throttle, whoever_is_known_passes_while_strangers_wait)
{
    throttle_.note_success({v4(2, 1), "ann"}, start);
    fail({v4(2, 1), "bob"}, 100);
    fail({v4(2, 1), "ann"}, 100);
    EXPECT_EQ(throttle_.wait({v4(2, 9), "ANN"}, start), 0s) << "from anywhere in her /24";
    EXPECT_GT(throttle_.wait({v4(2, 1), "cid"}, start), 0s);
    EXPECT_EQ(throttle_.standing_of({v4(2, 1), "ann"}, start), standing::known);
    EXPECT_EQ(throttle_.standing_of({v4(2, 1), "cid"}, start), standing::suspect);
    EXPECT_EQ(throttle_.standing_of({v4(7, 1), "cid"}, start), standing::stranger);
}

TEST_F(throttle, counts_the_ipv6_networks_around_an_address)
{
    for (std::uint16_t n = 0; n < 120; ++n) {
        const auto user = "user" + std::to_string(n);
        throttle_.note_failure({v6(static_cast<std::uint16_t>(n * 256), 1), user}, start);
    }
    EXPECT_GT(throttle_.wait({v6(0xff00, 1), "cid"}, start), 0s) << "the /48";
    EXPECT_EQ(throttle_.delay({v6(0xff00, 1), "cid"}, start), 15s);
    EXPECT_EQ(throttle_.standing_of({v6(0xff00, 1), "cid"}, start), standing::suspect);
}

TEST_F(throttle, guesses_at_one_account_from_many_networks_are_looked_at_one_by_one)
{
    throttle_.note_success({v4(200, 1), "ann"}, start);
    for (std::uint8_t n = 0; n < 100; ++n) throttle_.note_failure({v4(n, 1), "ann"}, start);
    int busy = 0;
    for (std::uint8_t n = 100; n < 150; ++n) busy += throttle_.wait({v4(n, 1), "ann"}, start) ? 0 : 1;
    EXPECT_GT(busy, 30);
    EXPECT_EQ(throttle_.wait({v4(200, 1), "ann"}, start), 0s) << "not her own network";
    EXPECT_EQ(throttle_.wait({v4(151, 1), "bob"}, start), 0s) << "nor other users";
}

TEST_F(throttle, guesses_at_recipients_cost_more_and_more_by_address_and_network)
{
    for (int i = 0; i < 3; ++i) EXPECT_EQ(throttle_.note_unknown_recipient(v4(2, 1), start), 0ms);
    EXPECT_EQ(throttle_.note_unknown_recipient(v4(2, 1), start), 200ms);
    EXPECT_EQ(throttle_.note_unknown_recipient(v4(2, 1), start), 400ms);
    EXPECT_EQ(throttle_.note_unknown_recipient(v4(2, 2), start), 0ms) << "a neighbour";
    for (int i = 0; i < 60; ++i) throttle_.note_unknown_recipient(v4(2, 1), start);
    EXPECT_EQ(throttle_.note_unknown_recipient(v4(2, 1), start), 5s) << "and no more";
    EXPECT_GT(throttle_.note_unknown_recipient(v4(2, 9), start), 0ms) << "the whole /24 guesses";
    EXPECT_EQ(throttle_.note_unknown_recipient(v4(3, 1), start), 0ms);
    EXPECT_EQ(throttle_.note_unknown_recipient(v4(2, 1), start + 11min), 0ms);
    EXPECT_FALSE(throttle_.refused(v4(2, 1), start));
}

TEST_F(throttle, weighs_offences_of_connections)
{
    const auto after = [](offence what, int times) {
        server::local_throttle fresh("a key");
        for (int i = 0; i < times; ++i) fresh.note(v4(2, 1), what, start);
        return fresh.refused(v4(2, 1), start);
    };
    EXPECT_FALSE(after(offence::no_login, 15));
    EXPECT_TRUE(after(offence::no_login, 16));
    EXPECT_FALSE(after(offence::too_slow, 1));
    EXPECT_TRUE(after(offence::too_slow, 2));
    EXPECT_TRUE(after(offence::broke_protocol, 1));
}

TEST_F(throttle, never_closes_an_address_of_known_users_and_none_for_longer_than_ten_minutes)
{
    for (int i = 0; i < 1000; ++i) throttle_.note(v4(2, 1), offence::broke_protocol, start);
    EXPECT_TRUE(throttle_.refused(v4(2, 1), start + 9min));
    EXPECT_FALSE(throttle_.refused(v4(2, 1), start + 10min));
    throttle_.note_success({v4(2, 1), "ann"}, start);
    EXPECT_FALSE(throttle_.refused(v4(2, 1), start));
}

TEST(bounded_throttle, when_full_forgets_the_mildest_first)
{
    server::local_throttle small("a key", 64);
    for (int i = 0; i < 3; ++i) small.note(v4(0, 0), offence::broke_protocol, start);
    for (int i = 0; i < 10000; ++i)
        small.note(v4(static_cast<std::uint8_t>(1 + i / 256), static_cast<std::uint8_t>(i)),
                   offence::no_login, start);
    EXPECT_TRUE(small.refused(v4(0, 0), start)) << "the worst is kept";
}

TEST(bounded_throttle, a_user_with_many_networks_pushes_out_his_own)
{
    server::local_throttle small("a key", 64);
    small.note_success({v4(0, 1), "bob"}, start);
    for (std::uint8_t n = 0; n < 200; ++n) small.note_success({v4(n, 1), "ann"}, start);
    EXPECT_EQ(small.standing_of({v4(0, 1), "bob"}, start), standing::known);
    EXPECT_EQ(small.standing_of({v4(199, 1), "ann"}, start), standing::known);
    EXPECT_EQ(small.standing_of({v4(1, 1), "ann"}, start), standing::stranger);
}

} // namespace
