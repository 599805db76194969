// Talking with a clamd that is a function.
#include "deliver/clamd.hpp"
#include "unit/deliver/answering_connection.hpp"

#include <gtest/gtest.h>

namespace client_tests {
namespace {

/// Understands INSTREAM: takes the chunks apart and answers when the empty one came.
struct fake_clamd {
    std::string answer = std::string("stream: OK\0", 11);
    std::size_t octets_max = 1'000'000;
    std::string told{};
    std::string content{};
    bool complete = false;

    client::dialler dialler()
    {
        return [this]() -> base::result<std::unique_ptr<net::connection>> {
            told.clear();
            content.clear();
            complete = false;
            return std::make_unique<answering_connection>(
                "", [this](std::string_view octets) { return take(octets); });
        };
    }

    std::optional<std::string> take(std::string_view octets)
    {
        told += octets;
        if (told.size() > octets_max) return std::nullopt;
        std::string_view left = told;
        if (!left.starts_with(std::string_view("zINSTREAM\0", 10))) return "";
        left.remove_prefix(10);
        content.clear();
        while (left.size() >= 4) {
            std::size_t length = 0;
            for (int i = 0; i < 4; ++i)
                length = length * 256 + static_cast<unsigned char>(left[static_cast<std::size_t>(i)]);
            left.remove_prefix(4);
            complete = length == 0;
            if (complete) return answer;
            content += left.substr(0, length);
            left.remove_prefix(std::min(length, left.size()));
        }
        return "";
    }
};

deliver::message_source in_one_piece(std::string text)
{
    return [text](const std::function<base::result<>(std::string_view)>& into) { return into(text); };
}

TEST(clamd, sends_the_whole_message_and_reads_the_verdict)
{
    fake_clamd daemon;
    deliver::clamd scanner(daemon.dialler());
    const std::string text = std::string(150'000, 'x') + std::string("\0end", 4);
    auto verdict = scanner.scan(in_one_piece(text));
    ASSERT_TRUE(verdict);
    EXPECT_FALSE(*verdict);
    EXPECT_TRUE(daemon.complete);
    EXPECT_EQ(daemon.content, text);
    daemon.answer = std::string("stream: Eicar.Test.UNOFFICIAL FOUND\0", 36);
    verdict = scanner.scan(in_one_piece(""));
    ASSERT_TRUE(verdict);
    EXPECT_EQ(**verdict, "Eicar.Test.UNOFFICIAL");
}

TEST(clamd, is_away_for_now_whatever_goes_wrong)
{
    deliver::clamd nowhere([]() -> base::result<std::unique_ptr<net::connection>> {
        return base::fail({base::failure::network, false, {}, "no such socket"});
    });
    EXPECT_TRUE(nowhere.scan(in_one_piece("x")).error().temporary);
    fake_clamd daemon;
    daemon.octets_max = 100;
    daemon.answer.clear();
    deliver::clamd scanner(daemon.dialler());
    EXPECT_TRUE(scanner.scan(in_one_piece(std::string(1000, 'x'))).error().temporary)
        << "hangs up while we send";
    EXPECT_TRUE(scanner.scan(in_one_piece("x")).error().temporary) << "hangs up without an answer";
}

TEST(clamd, a_failing_disk_is_no_verdict)
{
    fake_clamd daemon;
    deliver::clamd scanner(daemon.dialler());
    const auto verdict = scanner.scan(
        [](const auto&) -> base::result<> { return base::fail({base::failure::storage, true, {}, "EIO"}); });
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().kind, base::failure::storage);
}

TEST(clamd, parses_answers_strictly)
{
    EXPECT_FALSE(deliver::parse_scan_reply("stream: OK")->has_value());
    EXPECT_EQ(deliver::parse_scan_reply("stream: A FOUND FOUND").value(), "A FOUND");
    EXPECT_EQ(deliver::parse_scan_reply("stream: a\x1b[31m FOUND").value(), "a?[31m");
    EXPECT_EQ(deliver::parse_scan_reply("INSTREAM size limit exceeded. ERROR").error().kind,
              base::failure::too_large);
    for (const char* bad : {"", "OK", "stream: OK OK", "stream:  FOUND", "stream: FOUND", "stream: x ERROR",
                            "UNKNOWN COMMAND"}) {
        const auto got = deliver::parse_scan_reply(bad);
        ASSERT_FALSE(got) << bad;
        EXPECT_TRUE(got.error().temporary);
    }
}

} // namespace
} // namespace client_tests
