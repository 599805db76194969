// Every transcript against the bare machine: whole, octet by octet, and cut at random.
#include "transcripts/bare_machine.hpp"
#include "transcripts/cases.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

using namespace transcripts;

namespace {

/// RESTANTE_SEED repeats a run that failed; without it the seeds are always the same.
unsigned first_seed()
{
    const char* const given = std::getenv("RESTANTE_SEED");
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 1U;
}

class bare_machine : public testing::TestWithParam<std::filesystem::path> {};

} // namespace

TEST_P(bare_machine, answers_as_the_transcript_says)
{
    const transcript file = read(GetParam());
    EXPECT_EQ(run_on_bare_machine(file, [](std::string_view left) { return left.size(); }), "") << "whole";
    EXPECT_EQ(run_on_bare_machine(file, [](std::string_view) { return std::size_t{1}; }), "")
        << "octet by octet";
    constexpr unsigned rounds = 25;
    for (unsigned seed = first_seed(); seed < first_seed() + rounds; ++seed) {
        std::mt19937 random(seed);
        const auto cut = [&](std::string_view) { return std::size_t{1} + random() % 40; };
        ASSERT_EQ(run_on_bare_machine(file, cut), "") << "RESTANTE_SEED=" << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(files, bare_machine, testing::ValuesIn(find_all(cases_folder)), case_name);

TEST(transcript, a_file_is_refused_with_its_line)
{
    EXPECT_THROW(pattern("\\q"), std::runtime_error);
    EXPECT_THROW(read(cases_folder / "no-such-file.pop3"), std::runtime_error);
    EXPECT_TRUE(pattern("+OK *").matches("+OK anything"));
    EXPECT_TRUE(pattern("+OK *z*").matches("+OK xyz!"));
    EXPECT_FALSE(pattern("+OK *z*").matches("+OK xy"));
    EXPECT_FALSE(pattern("+OK \\*").matches("+OK x"));
    EXPECT_TRUE(pattern("\\{3*ab}").matches("ababab"));
    EXPECT_FALSE(pattern("a*a").matches("a"));
}

TEST(transcript, a_difference_is_found)
{
    transcript file;
    file.sections.emplace_back();
    file.sections[0].client = {"NOOP\r\n"};
    file.sections[0].may_be_cut = {true};
    file.sections[0].server = {pattern("+OK *"), pattern("+OK")};
    const auto whole = [](std::string_view left) { return left.size(); };
    EXPECT_NE(run_on_bare_machine(file, whole), "");
    file.sections[0].server = {pattern("+OK *"), pattern("-ERR *")};
    EXPECT_EQ(run_on_bare_machine(file, whole), "");
    file.closed = true;
    EXPECT_NE(run_on_bare_machine(file, whole), "");
}
