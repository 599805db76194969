// Rotation of ticket keys.
#include "net/tls/ticket_keys.hpp"

#include <gtest/gtest.h>

namespace net {
namespace {

using namespace std::chrono_literals;

constexpr ticket_keys::time_point start{1000h};

TEST(ticket_keys, seal_an_hour_with_one_key)
{
    ticket_keys keys;
    const auto first = keys.current(start).value();
    EXPECT_EQ(keys.current(start + 59min)->name, first.name);
    EXPECT_NE(keys.current(start + 60min)->name, first.name);
}

TEST(ticket_keys, are_unpredictable)
{
    ticket_keys one;
    ticket_keys two;
    EXPECT_NE(one.current(start)->cipher_key, two.current(start)->cipher_key);
    EXPECT_NE(one.current(start)->mac_key, two.current(start)->mac_key);
    EXPECT_NE(one.current(start)->cipher_key, one.current(start)->mac_key);
}

TEST(ticket_keys, open_with_two_old_keys_and_no_more)
{
    ticket_keys keys;
    const auto first = keys.current(start).value();
    EXPECT_FALSE(keys.find(first.name, start)->old);
    keys.current(start + 1h);
    EXPECT_TRUE(keys.find(first.name, start + 1h)->old);
    keys.current(start + 2h);
    EXPECT_TRUE(keys.find(first.name, start + 179min)->old);
    EXPECT_EQ(keys.find(first.name, start + 179min)->key.cipher_key, first.cipher_key);
    EXPECT_FALSE(keys.find(first.name, start + 3h));
}

TEST(ticket_keys, end_by_age_even_if_nobody_connects)
{
    ticket_keys keys;
    const auto first = keys.current(start).value();
    EXPECT_FALSE(keys.find(first.name, start + 100h));
}

TEST(ticket_keys, know_their_own_names_only)
{
    ticket_keys keys;
    auto name = keys.current(start)->name;
    name[15] ^= 1;
    EXPECT_FALSE(keys.find(name, start));
    EXPECT_FALSE(keys.find({}, start));
}

} // namespace
} // namespace net
