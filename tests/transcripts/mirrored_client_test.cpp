// Every transcript that a client of ours can have, mirrored: whole lines, octet by octet, cut at random, pipelined.
#include "transcripts/cases.hpp"
#include "transcripts/mirrored_client.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>

using namespace transcripts;

namespace {

const splitter whole = [](std::string_view left) { return left.size(); };
const splitter octet_by_octet = [](std::string_view) { return std::size_t{1}; };

transcript dialogue(std::vector<std::string> client, std::vector<pattern> server)
{
    transcript out;
    section& only = out.sections.emplace_back();
    only.may_be_cut.assign(client.size(), true);
    only.client = std::move(client);
    only.server = std::move(server);
    return out;
}

} // namespace

TEST(mirrored_client, understands_every_reply)
{
    std::map<std::string, std::size_t> skipped;
    std::size_t run = 0, all = 0;
    for (const auto& path : find_all(cases_folder)) {
        ++all;
        const transcript file = read(path);
        const mirrored_outcome first = run_mirrored(file, whole, false);
        if (!first.skipped.empty()) {
            ++skipped[first.skipped];
            continue;
        }
        ++run;
        EXPECT_EQ(first.trouble, "") << path << ", whole";
        std::mt19937 random(1);
        const splitter cut = [&](std::string_view) { return std::size_t{1} + random() % 7; };
        for (const bool pipelined : {false, true}) {
            EXPECT_EQ(run_mirrored(file, whole, pipelined).trouble, "")
                << path << ", pipelined " << pipelined;
            EXPECT_EQ(run_mirrored(file, octet_by_octet, pipelined).trouble, "") << path << ", by octet";
            EXPECT_EQ(run_mirrored(file, cut, pipelined).trouble, "") << path << ", cut";
        }
    }
    std::cout << run << " of " << all << " dialogues run mirrored\n";
    for (const auto& [why, count] : skipped) std::cout << count << " skipped: " << why << "\n";
    EXPECT_GE(2 * run, all) << "too few dialogues are run to show anything";
}

TEST(mirrored_client, a_difference_is_found)
{
    const auto trouble = [](std::vector<std::string> client, std::vector<pattern> server) {
        const mirrored_outcome out =
            run_mirrored(dialogue(std::move(client), std::move(server)), whole, false);
        EXPECT_EQ(out.skipped, "");
        return out.trouble;
    };
    EXPECT_EQ(trouble({"NOOP\r\n"}, {pattern("+OK *"), pattern("+OK")}), "");
    EXPECT_NE(trouble({"NOOP\r\n"}, {pattern("+OK *")}), "") << "a reply that is missing";
    EXPECT_NE(trouble({"NOOP\r\n"}, {pattern("+OK *"), pattern("+OK"), pattern("+OK")}), "")
        << "one too many";
    EXPECT_NE(trouble({"NOOP\r\n"}, {pattern("+OK *"), pattern("OK")}), "");
    EXPECT_NE(trouble({"LIST\r\n"}, {pattern("+OK *"), pattern("+OK"), pattern("x 1"), pattern(".")}), "");
    EXPECT_NE(trouble({"STAT\r\n"}, {pattern("+OK *"), pattern("+OK many")}), "");
    EXPECT_NE(run_mirrored(dialogue({"HELO\r\n"}, {pattern("+OK *")}), whole, false).skipped, "");
}
