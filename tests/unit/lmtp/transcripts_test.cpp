// Runs every dialogue of tests/transcripts/lmtp: in segments, octet by octet, in random cuts, and pipelined
// whole.
#include "unit/lmtp/transcript.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace lmtp_test {
namespace {

std::vector<std::filesystem::path> all_transcripts()
{
    std::vector<std::filesystem::path> out;
    for (const auto& entry :
         std::filesystem::directory_iterator(RESTANTE_SOURCE_DIR "/tests/transcripts/lmtp"))
        if (entry.path().extension() == ".lmtp") out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

/// Where to cut a segment that is `left` octets long.
using cutter = std::move_only_function<std::size_t(std::size_t left)>;

void run(const transcript& script, cutter cut, bool all_at_once)
{
    driver post(script.policy);
    post.refused_recipients = script.refused_recipients;
    post.failed_deliveries = script.failed_deliveries;
    post.begin_error = script.begin_error;
    post.write_error = script.write_error;
    post.feed("");
    post.output.clear();
    std::string expected;
    for (const exchange& each : script.exchanges) {
        for (std::string_view left = each.sent; !left.empty();) {
            const std::size_t taken = std::clamp<std::size_t>(cut(left.size()), 1, left.size());
            post.feed(left.substr(0, taken));
            left.remove_prefix(taken);
        }
        expected += each.expected;
        if (!all_at_once) {
            ASSERT_EQ(post.output, expected);
        }
    }
    EXPECT_EQ(post.output, expected);
    EXPECT_EQ(post.abandoned, script.abandoned);
    if (script.forgotten) {
        EXPECT_EQ(post.forgotten, *script.forgotten);
    }
    EXPECT_EQ(post.closed, script.closed);
    ASSERT_EQ(post.messages.size(), script.messages.size());
    for (std::size_t i = 0; i < script.messages.size(); ++i) {
        EXPECT_EQ(post.messages[i].content, script.messages[i].content);
        EXPECT_EQ(post.messages[i], script.messages[i]);
    }
}

class lmtp_transcript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(lmtp_transcript, in_segments)
{
    run(read_transcript(GetParam()), [](std::size_t left) { return left; }, false);
}

TEST_P(lmtp_transcript, octet_by_octet)
{
    run(read_transcript(GetParam()), [](std::size_t) { return 1; }, false);
}

TEST_P(lmtp_transcript, in_random_cuts)
{
    const transcript script = read_transcript(GetParam());
    for (unsigned seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        run(script, [&](std::size_t) { return random() % 40; }, false);
    }
}

class lmtp_pipelined_transcript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(lmtp_pipelined_transcript, whole)
{
    transcript script = read_transcript(GetParam());
    if (script.policy.tls_available)
        return; // STARTTLS drops what is pipelined behind it: tested in starttls.lmtp
    exchange whole;
    for (const exchange& each : script.exchanges) {
        whole.sent += each.sent;
        whole.expected += each.expected;
    }
    script.exchanges = {whole};
    run(script, [](std::size_t left) { return left; }, true);
}

std::string test_name(const testing::TestParamInfo<std::filesystem::path>& file)
{
    std::string name = file.param.stem().string();
    std::ranges::replace_if(
        name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
}

/// STARTTLS drops what is pipelined behind it.
std::vector<std::filesystem::path> transcripts_without_tls()
{
    std::vector<std::filesystem::path> out = all_transcripts();
    std::erase_if(out, [](const auto& file) { return read_transcript(file).policy.tls_available; });
    return out;
}

INSTANTIATE_TEST_SUITE_P(files, lmtp_transcript, testing::ValuesIn(all_transcripts()), test_name);
INSTANTIATE_TEST_SUITE_P(files, lmtp_pipelined_transcript, testing::ValuesIn(transcripts_without_tls()),
                         test_name);

} // namespace
} // namespace lmtp_test
