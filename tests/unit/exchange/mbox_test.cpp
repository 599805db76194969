// mboxrd, there and back; and the other forms that mail programs write.
#include "exchange/mbox_marks.hpp"
#include "exchange/mbox_reader.hpp"
#include "mail/mbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace archive {

namespace {

using testing::ElementsAre;

class collected final : public exchange::mbox_sink {
public:
    base::result<> begin(std::optional<base::wall_time> date) override
    {
        dates.push_back(date);
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

    std::vector<std::optional<base::wall_time>> dates;
    std::vector<std::string> messages;
    std::size_t ended = 0;
};

const base::wall_time some_day{std::chrono::seconds(1767225600)};

std::string written(const std::vector<std::string>& messages, std::size_t piece = 1000)
{
    std::string mbox;
    mail::mbox_writer writer([&](std::string_view octets) -> base::result<> {
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

exchange::mbox_reader::look_ahead look_into(std::string_view mbox)
{
    return [mbox](std::uint64_t offset, std::size_t octets) -> base::result<std::string> {
        return std::string(offset < mbox.size() ? mbox.substr(offset, octets) : std::string_view());
    };
}

collected parsed(std::string_view mbox, std::size_t piece = 1000)
{
    collected all;
    exchange::mbox_reader reader(all, look_into(mbox));
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

TEST(mbox, reads_the_date)
{
    const auto all =
        parsed("From ann@example.org Thu Jan  1 00:00:00 2026\nS: a\n\nFrom b Thu Jan  1 00:00:00 +0000 "
               "2026\n\nFrom - who knows\nS: c\n");
    ASSERT_EQ(all.dates.size(), 3u);
    EXPECT_EQ(all.dates[0], some_day);
    EXPECT_EQ(all.dates[1], some_day);
    EXPECT_FALSE(all.dates[2]);
}

TEST(mbox, knows_a_separator_by_its_date)
{
    for (const char* line :
         {"From ann@example.org Thu Jan  1 00:00:00 2026", "From - Thu Jan  1 00:00:00 2026",
          "From  Thu Jan  1 00:00:00 2026", "From a Jan 1 00:00 2026",
          "From a Thu Jan 01 01:00:00 2026 +0100", "From a Thu Jan  1 00:00:00 UTC 2026",
          "From a Thu Jan  1 00:00 GMT 26", "From a Thu, 1 Jan 2026 00:00:00 +0000",
          "From a 2026-01-01 00:00:00", "From a@b 2026-01-01T00:00:00Z",
          "From a Thu Jan  1 00:00:00 2026 remote from b", "From a@b thu jan  1 00:00:00 2026\r\n"}) {
        const mail::mbox_line read = mail::read_mbox_line(line);
        EXPECT_EQ(read.kind, mail::mbox_line_kind::dated) << line;
        EXPECT_EQ(read.date, some_day) << line;
    }
    // Noughts for a date, as some write them, are one by their form.
    EXPECT_EQ(mail::read_mbox_line("From a@b  Mon Jan 00 00:00:00 0000").kind, mail::mbox_line_kind::dated);
    EXPECT_FALSE(mail::read_mbox_line("From a@b  Mon Jan 00 00:00:00 0000").date);
    EXPECT_EQ(mail::read_mbox_line("From Ann Muster Thu Jan  1 00:00:00 2026").kind,
              mail::mbox_line_kind::wordy);
    for (const char* line : {"From", "From my side all is well.", "From Thu Jan 1 on, all is well",
                             "From Jan 1 00:00:00 2026 to now", " From a Thu Jan  1 00:00:00 2026",
                             "from a Thu Jan  1 00:00:00 2026", "From a to b at 10:00"})
        EXPECT_EQ(mail::read_mbox_line(line).kind, mail::mbox_line_kind::text) << line;
    for (const char* line :
         {"From ", "From -", "From ann@example.org", "From ann@example.org 1.1.26 10:00", "From - who knows"})
        EXPECT_EQ(mail::read_mbox_line(line).kind, mail::mbox_line_kind::undated) << line;
}

TEST(mbox, cuts_at_separators_alone)
{
    const std::string a = "From a Thu Jan  1 00:00:00 2026\n";
    // No empty line is needed before a date, and without a date a paragraph is text.
    EXPECT_THAT(
        parsed(a + "S: 1\n\ntext\n" + a + "S: 2\n\nFrom my side\nall: well\n\nFrom here:\n").messages,
        ElementsAre("S: 1\r\n\r\ntext\r\n", "S: 2\r\n\r\nFrom my side\r\nall: well\r\n\r\nFrom here:\r\n"));
    // "From " alone, an empty line before and a field behind.
    EXPECT_THAT(
        parsed("From \nS: 1\n\ntext\n\nFrom \nS: 2\n\nx\nFrom \nS: 3\n\nFrom \nno field\n").messages,
        ElementsAre("S: 1\r\n\r\ntext\r\n", "S: 2\r\n\r\nx\r\nFrom \r\nS: 3\r\n\r\nFrom \r\nno field\r\n"));
    // Two in a row, as Thunderbird writes before another program's, are one.
    EXPECT_THAT(parsed("From - Thu Jan  1 00:00:00 2026\n" + a + "S: 1\n").messages, ElementsAre("S: 1\r\n"));
}

TEST(mbox, leaves_out_what_stands_before_the_first_separator)
{
    const std::string message = "From a Thu Jan  1 00:00:00 2026\nS: 1\n\nx\n";
    for (const std::string before : {"", "\n", "\r\n\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"}) {
        collected all;
        exchange::mbox_reader reader(all, {});
        ASSERT_TRUE(reader.octets(before + message) && reader.finish());
        EXPECT_EQ(reader.octets_before(), 0u);
        EXPECT_THAT(all.messages, ElementsAre("S: 1\r\n\r\nx\r\n"));
    }
    collected all;
    exchange::mbox_reader reader(all, {});
    ASSERT_TRUE(reader.octets("lost: words\n\n" + message) && reader.finish());
    EXPECT_EQ(reader.octets_before(), 13u);
    EXPECT_THAT(all.messages, ElementsAre("S: 1\r\n\r\nx\r\n"));
}

TEST(mbox, believes_a_content_length_that_ends_at_a_separator)
{
    const std::string a = "From a Thu Jan  1 00:00:00 2026\n";
    const std::string body = "x\n\n" + a + "S: inner\n\ny\n";
    const auto with = [&](std::size_t octets, const std::string& rest) {
        return parsed(a + "content-length:  " + std::to_string(octets) + "\n\n" + body + rest, 3)
            .messages.size();
    };
    EXPECT_EQ(with(body.size(), "\n" + a + "S: 2\n"), 2u);
    EXPECT_EQ(with(body.size(), a + "S: 2\n"), 2u);
    EXPECT_EQ(with(body.size(), ""), 1u);
    EXPECT_EQ(with(body.size(), "\n"), 1u);
    EXPECT_EQ(with(body.size() - 1, "\n" + a + "S: 2\n"), 3u);
    EXPECT_EQ(with(body.size() + 7, "\nmore text\n\n" + a + "S: 2\n"), 3u);
    EXPECT_EQ(with(999999999999999999, "\n" + a + "S: 2\n"), 3u);
}

TEST(mbox, reads_the_marks_of_mail_programs)
{
    const auto read = [](const std::string& header) { return exchange::read_mbox_marks(header); };
    EXPECT_TRUE(read("Status: RO\n").marks.seen);
    EXPECT_EQ(read("Status: O\r\nX-Status: AF\r\n").marks,
              (store::message_marks{.answered = true, .flagged = true}));
    EXPECT_EQ(read("x-mozilla-status: 1005\n").marks,
              (store::message_marks{.seen = true, .flagged = true, .forwarded = true}));
    EXPECT_EQ(read("X-Mozilla-Status: 0009\n").folder, "Trash");
    EXPECT_EQ(read("X-Status: D\n").folder, "Trash");
    EXPECT_EQ(read("X-Mozilla-Status: who knows\n").marks, store::message_marks{});
    EXPECT_EQ(read("Subject: Status: RO\n Status: RO\n").marks, store::message_marks{});
}

TEST(mbox, carries_tags_there_and_back)
{
    EXPECT_THAT(
        exchange::read_mbox_marks("X-Keywords: work NonJunk   \r\nx-mozilla-keys: $label1 Work\r\n").tags,
        testing::ElementsAre("$label1", "NonJunk", "work"));
    const std::string written =
        exchange::format_mbox_marks({.flagged = true}, "todo work", "Lists", "Subject: x\r\n");
    EXPECT_EQ(written, "Status: O\r\nX-Status: F\r\nX-Keywords: todo work\r\nX-Restante-Folder: Lists\r\n");
    const auto own = exchange::read_own_mbox_marks(written + "X-Keywords: of the message\r\n");
    ASSERT_TRUE(own);
    EXPECT_EQ(own->octets, written.size());
    EXPECT_THAT(own->tags, testing::ElementsAre("todo", "work"));
    EXPECT_EQ(own->folder, "Lists");
    EXPECT_EQ(exchange::format_mbox_marks({}, "", "", "Subject: x\r\n"), "");
    EXPECT_NE(exchange::format_mbox_marks({}, "work", "", "Subject: x\r\n"), "");
}

TEST(mbox, reads_the_labels_of_gmail)
{
    const auto read = [](const std::string& labels) {
        return exchange::read_mbox_marks("X-Gmail-Labels: " + labels + "\r\n");
    };
    EXPECT_EQ(read("Inbox,Unread").folder, "");
    EXPECT_FALSE(read("Inbox,Unread").marks.seen);
    EXPECT_TRUE(read("Inbox,Opened,Starred").marks.seen && read("Inbox,Opened,Starred").marks.flagged);
    EXPECT_EQ(read("Sent,Category Updates,Work/C++").folder, "Sent");
    EXPECT_TRUE(read("Sent,Work/C++").more_labels);
    EXPECT_EQ(read("Archived,Work/C++,\r\n Opened").folder, "Work/C++");
    EXPECT_FALSE(read("Archived,Work/C++").more_labels);
    EXPECT_EQ(read("Inbox,Trash").folder, "Trash");
    EXPECT_EQ(read("=?UTF-8?Q?Archived,Gr=C3=B6=C3=9Fe?=").folder, "Größe");
}

TEST(mbox, reads_the_labels_of_gmail_in_other_languages)
{
    const auto read = [](const std::string& labels) {
        return exchange::read_mbox_marks("X-Gmail-Labels: " + labels + "\r\n");
    };
    EXPECT_TRUE(read("Posteingang,Wichtig").marks.seen);
    EXPECT_FALSE(read("Posteingang,Ungelesen,Kategorie: \"Werbung\"").marks.seen);
    EXPECT_EQ(read("Posteingang,\"Kategorie: \"\"Neuigkeiten\"\"\",Ungelesen").folder, "");
    EXPECT_EQ(read("Geöffnet,Archiviert,\"Kunden, alt\"").folder, "Kunden, alt");
    EXPECT_EQ(read("=?UTF-8?Q?Archiv=C3=A9s,Envoy=C3=A9?=").folder, "Sent");
    EXPECT_TRUE(read("=?UTF-8?Q?Bo=C3=AEte_de_r=C3=A9ception,Ouvert,Favoris?=").marks.flagged);
    EXPECT_EQ(read("Papelera,Abierto").folder, "Trash");
    EXPECT_FALSE(read("Recibidos,No leídos").marks.seen);
    EXPECT_EQ(read("受信トレイ,未読,仕事").folder, "仕事");
    EXPECT_TRUE(read("Входящие,Открытые").marks.seen);
    // Its word for "unread" may be another one: only "opened" tells.
    EXPECT_FALSE(read("Posta in arrivo,Importanti").marks.seen);
    EXPECT_TRUE(read("Posta in arrivo,Aperti").marks.seen);
    // Languages that nobody put in: what is not known is a folder, and nothing was read.
    EXPECT_EQ(read("Innboks,Ulest").folder, "Innboks");
    for (const char* labels : {"Innboks,Ulest", "Spam,Ulest", "Inbox,Hindi pa nababasa", "Important,Ulest"})
        EXPECT_FALSE(read(labels).marks.seen) << labels;
    EXPECT_EQ(read("Archived,Dr. Who//x.y").folder, "Dr_ Who/x_y");
    EXPECT_EQ(read("Archived,a/" + std::string(200, 'b') + "/c/d").folder,
              "a/" + std::string(60, 'b') + "/c/d");
    // A word of another language is a label of the user's own.
    EXPECT_EQ(read("Inbox,Opened,Papelera").folder, "Papelera");
    EXPECT_EQ(read("Inbox,Opened,IMAP_$Forwarded,IMAP_NotJunk").folder, "");
    EXPECT_TRUE(read("Inbox,Opened,IMAP_$Forwarded").marks.forwarded);
    for (const char* labels : {"", ",", "\"", "\"\"", ",,\"", "=?UTF-8?Q?\?="}) {
        EXPECT_EQ(read(labels).folder, "") << labels;
        EXPECT_FALSE(read(labels).marks.seen) << labels;
    }
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
    exchange::mbox_reader reader(all, {});
    ASSERT_TRUE(reader.octets("Subject: this is a message\n\ntext\n"));
    const auto read = reader.finish();
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
    EXPECT_EQ(mail::format_mbox_line("a b\nFrom c", some_day), "From a-b-From-c Thu Jan  1 00:00:00 2026");
    EXPECT_EQ(mail::format_mbox_line("", some_day), "From MAILER-DAEMON Thu Jan  1 00:00:00 2026");
}

} // namespace archive
