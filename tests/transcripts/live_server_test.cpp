// Every transcript that a live server can be asked, against one: whole, octet by octet, and cut at random.
#include "transcripts/cases.hpp"
#include "transcripts/live_server.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace transcripts;

namespace {

/// A file that says `live: no` is left to the bare machine, and is no skipped test; its reason stands behind it.
std::vector<std::filesystem::path> live_files()
{
    auto files = find_all(cases_folder);
    std::erase_if(files, [](const auto& file) { return read(file).not_live.has_value(); });
    return files;
}

class live_server : public testing::TestWithParam<std::filesystem::path> {};

} // namespace

TEST_P(live_server, answers_as_the_transcript_says)
{
    const transcript file = read(GetParam());
    EXPECT_EQ(run_on_live_server(file, [](std::string_view left) { return left.size(); }), "") << "whole";
    EXPECT_EQ(run_on_live_server(file, [](std::string_view) { return std::size_t{1}; }), "")
        << "octet by octet";
    constexpr unsigned rounds = 3;
    for (unsigned seed = 1; seed <= rounds; ++seed) {
        std::mt19937 random(seed);
        const auto cut = [&](std::string_view) { return std::size_t{1} + random() % 40; };
        ASSERT_EQ(run_on_live_server(file, cut), "") << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(files, live_server, testing::ValuesIn(live_files()), case_name);

TEST(live_server, a_difference_is_found)
{
    transcript file = read(cases_folder / "session/rfc1939-example.pop3");
    ASSERT_FALSE(file.sections.empty());
    file.sections.back().server.back() = pattern("+OK this it never says");
    EXPECT_NE(run_on_live_server(file, [](std::string_view left) { return left.size(); }), "");
}
