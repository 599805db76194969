// Numbers come back whatever their width.
#include "mail/packed_numbers.hpp"

#include <gtest/gtest.h>

#include <random>

TEST(packed_numbers, come_back_as_they_were)
{
    std::mt19937_64 random(29);
    std::vector<std::uint64_t> numbers{0, 1, UINT32_MAX - 1ULL, UINT32_MAX, UINT32_MAX + 1ULL, UINT64_MAX};
    for (int i = 0; i < 5000; ++i) numbers.push_back(random() >> (random() % 64));
    mail::packed_numbers packed;
    for (const std::uint64_t number : numbers) packed.push_back(number);
    ASSERT_EQ(packed.size(), numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(packed[i], numbers[i]);
}

TEST(packed_numbers, take_four_octets_each)
{
    mail::packed_numbers packed;
    packed.reserve(1000);
    for (std::uint64_t i = 0; i < 1000; ++i) packed.push_back(i * 4'000'000);
    EXPECT_EQ(packed.memory_octets(), 4000U);
}
