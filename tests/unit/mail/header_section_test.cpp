// Where the header section ends, whole and cut anywhere.
#include "mail/header_section.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace {

struct example {
    std::string_view message;
    std::size_t octets;
    bool found;
};

constexpr example examples[] = {
    {"A: b\r\n\r\nbody\r\n\r\n", 8, true},
    {"\r\nbody", 2, true},
    {"\r\n\r\n", 2, true},
    {"A: b\r\n", 6, false},
    {"A: b", 4, false},
    {"", 0, false},
    {"A: b\r\n\r", 7, false},
    {"A: b\n\nbody\r\n\r\n", 14, true}, // bare LF ends no line
    {"A: b\r\r\n\r\r\n\r\nx", 12, true},
    {"A\r\n \r\n\r\nx", 8, true},
    {"A\r\n\n\r\n\r\nx", 8, true},
    {"\r\r\n\r\nx", 5, true},
};

TEST(header_section_end, is_the_first_empty_line)
{
    for (const example& each : examples) {
        mail::header_section_end end;
        EXPECT_EQ(end.find(each.message), each.octets) << each.message;
        EXPECT_EQ(end.found(), each.found) << each.message;
        EXPECT_EQ(mail::header_section_of(each.message), each.message.substr(0, each.octets));
    }
}

TEST(header_section_end, is_the_same_whatever_the_chunks)
{
    for (const example& each : examples) {
        for (std::size_t step = 1; step < each.message.size(); ++step) {
            mail::header_section_end end;
            std::size_t octets = 0;
            for (std::size_t begin = 0; begin < each.message.size(); begin += step)
                octets += end.find(each.message.substr(begin, step));
            EXPECT_EQ(octets, each.octets) << each.message << " in steps of " << step;
            EXPECT_EQ(end.found(), each.found);
        }
    }
}

} // namespace
