// Every way of finding octets that this machine can go finds the same.
#include "mail/octet_rewriting.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

using namespace mail;

namespace {

std::vector<octet_masks> octet_by_octet(std::string_view text)
{
    std::vector<octet_masks> out(text.size() / mask_octets);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::uint64_t bit = std::uint64_t{1} << (i % mask_octets);
        octet_masks& masks = out[i / mask_octets];
        if (text[i] == '\n') masks.lf |= bit;
        if (text[i] == '\r') masks.cr |= bit;
        if (text[i] == '.') masks.dot |= bit;
    }
    return out;
}

void expect_all_ways_find(const std::string& text)
{
    const auto expected = octet_by_octet(text);
    for (const octet_masking& way : octet_maskings()) {
        std::vector<octet_masks> found(expected.size());
        way.run(text.data(), found);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_EQ(found[i].lf, expected[i].lf) << way.name;
            ASSERT_EQ(found[i].cr, expected[i].cr) << way.name;
            ASSERT_EQ(found[i].dot, expected[i].dot) << way.name;
        }
    }
}

} // namespace

TEST(octet_masks, every_octet_at_every_place)
{
    for (int octet = 0; octet < 256; ++octet)
        for (std::size_t at = 0; at < mask_octets; ++at)
            for (const char around : {'a', '\n', '\r', '.', '\0', '\xFF'}) {
                std::string text(mask_octets, around);
                text[at] = static_cast<char>(octet);
                expect_all_ways_find(text);
            }
}

TEST(octet_masks, random_octets)
{
    std::mt19937 random(5);
    // Those that are found, and those that differ from them in one bit.
    constexpr std::string_view letters = "\n\r.\x0B\x0C\x0F\x2C\x2F\x8A\x8D\xAE";
    for (int round = 0; round < 3000; ++round) {
        std::string text(mask_octets * (random() % 9), '\0');
        for (char& c : text)
            c = random() % 2 ? letters[random() % letters.size()] : static_cast<char>(random() & 0xFF);
        expect_all_ways_find(text);
    }
}

TEST(octet_masks, the_portable_way_is_always_there)
{
    ASSERT_FALSE(octet_maskings().empty());
    EXPECT_EQ(octet_maskings().front().name, "portable");
}
