// mboxrd, there and back.
#include "archive/mbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace archive {

namespace {

using testing::ElementsAre;

class collected final : public mbox_sink {
public:
    base::result<> begin(const mbox_envelope& envelope) override
    {
        envelopes.push_back(envelope);
        messages.emplace_back();
        return {};
    }
    base::result<> octets(std::string_view chunk) override
    {
        messages.back() += chunk;
        return {};
    }
    base::result<> end() override
    {
        ++ended;
        return {};
    }

    std::vector<mbox_envelope> envelopes;
    std::vector<std::string> messages;
    std::size_t ended = 0;
};

const base::wall_time some_day{std::chrono::seconds(1767225600)};

std::string written(const std::vector<std::string>& messages, std::size_t piece = 1000)
{
    std::string mbox;
    mbox_writer writer([&](std::string_view octets) -> base::result<> {
        mbox += octets;
        return {};
    });
    for (const std::string& one : messages) {
        EXPECT_TRUE(writer.begin("ann@example.org", some_day));
        for (std::size_t at = 0; at < one.size(); at += piece)
            EXPECT_TRUE(writer.octets(std::string_view(one).substr(at, piece)));
        EXPECT_TRUE(writer.end());
    }
    return mbox;
}

collected parsed(std::string_view mbox, std::size_t piece = 1000)
{
    collected all;
    mbox_reader reader(all);
    for (std::size_t at = 0; at < mbox.size(); at += piece)
        EXPECT_TRUE(reader.octets(mbox.substr(at, piece)));
    EXPECT_TRUE(reader.finish());
    EXPECT_EQ(all.ended, all.messages.size());
    return all;
}

} // namespace

TEST(mbox, writes_one_line_before_and_an_empty_one_behind)
{
    EXPECT_EQ(written({"Subject: a\r\n\r\nFrom here\r\n>From there\r\nFromage\r\n"}),
              "From ann@example.org Thu Jan  1 00:00:00 2026\n"
              "Subject: a\n\n>From here\n>>From there\nFromage\n\n");
}

TEST(mbox, gives_an_end_to_a_last_line_without_one)
{
    EXPECT_EQ(parsed(written({"a\r\n\r\nno end", "b\r\n"})).messages,
              (std::vector<std::string>{"a\r\n\r\nno end\r\n", "b\r\n"}));
    EXPECT_EQ(parsed(written({"a\r\n>>", "a\r\nFro"})).messages,
              (std::vector<std::string>{"a\r\n>>\r\n", "a\r\nFro\r\n"}));
}

TEST(mbox, brings_back_what_it_wrote_however_it_is_cut)
{
    const std::vector<std::string> messages{
        "S: 1\r\n\r\nFrom \r\n\r\n\r\nFrom x\r\n>From\r\n>>>From y\r\n\r\n", "\r\n",
        "S: 2\r\n\r\n>\r\n\r\n>From \r\n", "x\r\r\n\r\n\rFrom z\r\n"};
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
        const std::string mbox = written(messages, piece);
        EXPECT_EQ(mbox, written(messages));
        EXPECT_EQ(parsed(mbox, piece).messages, messages) << piece;
    }
}

TEST(mbox, brings_back_random_messages)
{
    std::mt19937 random(7);
    const std::vector<std::string> words{"From ", ">", "\r\n", "x", "F", "\r\n\r\n", "rom ", "From a b\r\n"};
    for (int round = 0; round != 3000; ++round) {
        std::vector<std::string> messages(1 + random() % 3);
        for (std::string& one : messages) {
            for (auto i = random() % 12; i != 0; --i) one += words[random() % words.size()];
            one += "\r\n";
        }
        ASSERT_EQ(parsed(written(messages, 1 + random() % 9), 1 + random() % 9).messages, messages) << round;
    }
}

TEST(mbox, reads_the_sender_and_the_date)
{
    const auto all =
        parsed("From ann@example.org Thu Jan  1 00:00:00 2026\nS: a\n\nFrom b Thu Jan  1 00:00:00 +0000 "
               "2026\n\nFrom - who knows\nS: c\n");
    ASSERT_EQ(all.envelopes.size(), 3u);
    EXPECT_EQ(all.envelopes[0].sender, "ann@example.org");
    EXPECT_EQ(all.envelopes[0].date, some_day);
    EXPECT_EQ(all.envelopes[1].date, some_day);
    EXPECT_EQ(all.envelopes[2].sender, "-");
    EXPECT_FALSE(all.envelopes[2].date);
}

TEST(mbox, takes_from_after_a_full_line_for_text)
{
    EXPECT_THAT(parsed("From a\nS: a\n\ntext\nFrom me to you\n").messages,
                ElementsAre("S: a\r\n\r\ntext\r\nFrom me to you\r\n"));
}

TEST(mbox, reads_crlf_files)
{
    EXPECT_THAT(parsed("From a\r\nS: a\r\n\r\n>From x\r\n\r\nFrom b\r\nS: b\r\n").messages,
                ElementsAre("S: a\r\n\r\nFrom x\r\n", "S: b\r\n"));
}

TEST(mbox, refuses_what_does_not_begin_like_one)
{
    collected all;
    mbox_reader reader(all);
    const auto read = reader.octets("Subject: this is a message\n\ntext\n");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, base::failure::malformed);
}

TEST(mbox, is_nothing_where_the_file_is_empty)
{
    EXPECT_TRUE(parsed("").messages.empty());
    EXPECT_TRUE(parsed("\n\n").messages.empty());
}

TEST(mbox, keeps_controls_out_of_the_senders_place)
{
    EXPECT_EQ(format_mbox_line("a b\nFrom c", some_day), "From a-b-From-c Thu Jan  1 00:00:00 2026");
    EXPECT_EQ(format_mbox_line("", some_day), "From MAILER-DAEMON Thu Jan  1 00:00:00 2026");
}

} // namespace archive
