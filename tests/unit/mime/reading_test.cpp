// Messages as people read them, and what hostile ones may do: nothing.
#include "mail/mime/reading.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <ctime>

namespace {

using mail::mime::limits;
using mail::mime::read;
using mail::mime::reading;
using testing::HasSubstr;
using testing::Not;

TEST(Reading, TellsPeopleSubjectAndDate)
{
    const reading told = read("From: =?utf-8?q?Zo=C3=AB?= Muster <zoe@example.org>\r\n"
                              "To: bob@example.org,\r\n\t\"Last, First\" <c@example.org>\r\n"
                              "SUBJECT: =?iso-8859-1?Q?caf=E9?= =?utf-8?B?IG9sw6k=?=\r\n"
                              "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
                              "Message-ID: <1@example.org>\r\nIn-Reply-To: <0@example.org>\r\n"
                              "References: <a@b> broken <c@d> <\r\n\r\nhello\r\n");
    EXPECT_EQ(told.from, "Zoë Muster <zoe@example.org>");
    EXPECT_EQ(told.to, "bob@example.org, \"Last, First\" <c@example.org>");
    EXPECT_EQ(told.subject, "café olé");
    EXPECT_EQ(std::chrono::system_clock::to_time_t(told.date.value()), 880127706);
    EXPECT_EQ(told.message_id, "1@example.org");
    EXPECT_EQ(told.in_reply_to, "0@example.org");
    EXPECT_THAT(told.references, testing::ElementsAre("a@b", "c@d"));
    EXPECT_EQ(told.text, "hello\n");
    EXPECT_FALSE(told.cut);
}

TEST(Reading, TellsTheDateAlone)
{
    for (const std::string_view message :
         {"Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n\r\nDate: no header\r\n", "Subject: none\r\n\r\n", "",
          "DATE : Thu,\r\n 1 Jan 2026 00:00:00 +0000\r\nDate: Fri, 2 Jan 2026 00:00:00 +0000",
          "no header\r\n"})
        EXPECT_EQ(mail::mime::date_of_message(message), read(message).date) << message;
}

TEST(Reading, ShowsRawOctetsOfAnyCharset)
{
    EXPECT_EQ(read("Subject: gr\xFC\xDF"
                   "e\r\n\r\n")
                  .subject,
              "grüße");
    EXPECT_EQ(read("Subject: grüße\r\n\r\n").subject, "grüße");
    EXPECT_EQ(read("Content-Type: text/plain; charset=koi8-r\r\n\r\n\xD0\xD2").text, "пр");
    EXPECT_EQ(read("Content-Type: text/plain; charset=no-such-set\r\n\r\n\x80 5").text, "€ 5");
    EXPECT_EQ(read("Content-Type: text/plain; charset=\"../../x//TRANSLIT\"\r\n\r\n\x80 5").text, "€ 5");
    EXPECT_EQ(read("Content-Type: text/plain; charset=utf-8\r\n\r\na\xFFz").text, "a\xEF\xBF\xBDz");
}

TEST(Reading, TakesTheDateOfReceivedOnlyWhereDateSaysNone)
{
    const auto at = [](const std::string& fields) {
        const base::wall_time arrival{std::chrono::seconds(1767614400)}; // 2026-01-05
        return std::chrono::system_clock::to_time_t(mail::mime::dated(read(fields + "\r\n\r\n"), arrival));
    };
    const std::string hop = "Received: by a.example; Sun, 4 Jan 2026 12:00:00 +0000\r\n";
    EXPECT_EQ(at(hop + "Date: Sat, 3 Jan 2026 12:00:00 +0000"), 1767441600);
    EXPECT_EQ(at(hop + "Date: none"), 1767528000);
    EXPECT_EQ(at(hop + "Date: Thu, 8 Jan 2026 12:00:00 +0000"),
              1767528000); // further ahead than clocks go wrong
    EXPECT_EQ(at("Received: by a.example; Thu, 8 Jan 2026 12:00:00 +0000"), 1767614400);
    EXPECT_EQ(at(hop), 1767528000);
    EXPECT_EQ(mail::mime::date_of_message(hop + "\r\n"), std::nullopt);
}

TEST(Reading, TakesControlsAndDirectionOverridesOut)
{
    const std::string nul(1, '\0');
    const reading told = read("Subject: =?utf-8?q?a=1B]0;evil=07=E2=80=AEgpj?=\r\n\r\n\x1b[2Jx" + nul +
                              "y\xC2\x9Bz\te\xE2\x80\xAE"
                              "f\rg\r\n");
    EXPECT_EQ(told.subject, "a]0;evilgpj");
    EXPECT_EQ(told.text, "[2Jxyz\tef\ng\n");
}

constexpr std::string_view mixed =
    "Content-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\npreamble\r\n"
    "--b 1\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
    "--i\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--i--\r\n"
    "--b 1 \r\nContent-Type: application/pdf; name=\"x.pdf\"\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename*0*=utf-8''r%C3%A9; filename*1=sum.pdf\r\n\r\nAAEC\r\n/w=\r\n"
    "--b 1\r\nContent-Type: message/rfc822\r\n\r\nFrom: ann@example.org\r\nSubject: inner\r\n\r\ninner text\r\n"
    "--b 1--\r\nepilogue\r\n";

TEST(Reading, FindsPartsOfAMultipart)
{
    const reading told = read(mixed);
    EXPECT_EQ(told.text, "plain\n\n-- ann@example.org: inner\n\ninner text");
    EXPECT_FALSE(told.text_from_html);
    ASSERT_EQ(told.attachments.size(), 2U);
    EXPECT_EQ(told.attachments[0].name, "résum.pdf");
    EXPECT_EQ(told.attachments[0].content_type, "application/pdf");
    EXPECT_EQ(told.attachments[0].octets, 4U);
    EXPECT_EQ(told.attachments[1].name, "inner.eml");
    std::vector<std::string> decoded;
    mail::mime::each_attachment(mail::mime::parts_of(mixed), [&](const auto& each, std::string_view octets) {
        EXPECT_EQ(each.number, decoded.size() + 1);
        EXPECT_EQ(each.name, told.attachments.at(decoded.size()).name);
        decoded.emplace_back(octets);
        return true;
    });
    EXPECT_THAT(decoded, testing::ElementsAre(std::string("\0\1\2\xFF", 4),
                                              "From: ann@example.org\r\nSubject: inner\r\n\r\ninner text"));
    EXPECT_EQ(mail::mime::text_of_message(mixed), told.text);
}

TEST(Reading, KeepsHtmlThatHasOnlyAFooterBesideIt)
{
    const reading told =
        read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
             "<b>news</b>\r\n--b\r\n\r\nfooter\r\n--b--\r\n");
    EXPECT_EQ(told.text, "news\n\nfooter");
    EXPECT_TRUE(told.text_from_html);
}

TEST(Reading, ShowsWhatCannotBeParsed)
{
    EXPECT_EQ(read("Content-Type: multipart/mixed\r\n\r\nbare\r\n").text, "bare\n");
    EXPECT_EQ(read("Content-Type: multipart/mixed; boundary=gone\r\n\r\nbare\r\n").text, "bare\n");
    EXPECT_EQ(read("Content-Type: text\r\n\r\nbare").text, "bare");
    EXPECT_EQ(read("no header at all").text, "no header at all");
    EXPECT_EQ(read("").text, "");
    EXPECT_EQ(read("A: b\n\nlf only\n").text, "lf only\n");
    EXPECT_EQ(read("Content-Transfer-Encoding: base64\r\n\r\naGVsbG8").text, "hello");
    EXPECT_EQ(read("Content-Transfer-Encoding: base64\r\n\r\naGVsb!!G8=").text, "hello");
    EXPECT_EQ(read("Content-Transfer-Encoding: quoted-printable\r\n\r\na=C3=A9=\r\nb=ZZ=").text, "aéb=ZZ");
    EXPECT_EQ(read("Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 f\r\n#8V%T\r\n`\r\nend\r\n").text,
              "cat");
    EXPECT_EQ(read("Date: 32 Foo 99999 99:99\r\n\r\n").date, std::nullopt);
    EXPECT_EQ(mail::mime::date_of_message("Date: 32 Foo 99999 99:99\r\n\r\n"), std::nullopt);
    EXPECT_EQ(read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ncut on its way").text,
              "cut on its way");
}

TEST(Reading, StopsAtItsLimits)
{
    const reading told = read("A: b\r\n\r\n" + std::string(1000, 'x'), {.text_octets_max = 100});
    EXPECT_EQ(told.text.size(), 100U);
    EXPECT_TRUE(told.cut);
    // Cut between characters, never inside one.
    EXPECT_EQ(read("A: b\r\n\r\nééé", {.text_octets_max = 5}).text, "éé");

    std::string parts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (int i = 0; i < 50; ++i) parts += "--b\r\nContent-Type: a/b\r\n\r\nx\r\n";
    EXPECT_EQ(read(parts).attachments.size(), 50U);
    EXPECT_FALSE(read(parts).cut);
    EXPECT_LE(read(parts, {.parts_max = 10}).attachments.size(), 10U);
    EXPECT_TRUE(read(parts, {.parts_max = 10}).cut);
}

/// What follows took minutes or gigabytes in parsers that make an object of each thing they meet.
void expect_quick(const std::string& message)
{
    const std::clock_t begun = std::clock();
    const reading told = read(message);
    (void)told;
    EXPECT_LT((std::clock() - begun) / CLOCKS_PER_SEC, 5) << message.substr(0, 100);
}

std::string repeated(std::string_view what, std::size_t octets)
{
    std::string out;
    while (out.size() < octets) out += what;
    return out;
}

constexpr std::size_t mega = 1u << 20;

TEST(HostileMessages, TakeNoTime)
{
    std::string nested;
    for (int i = 0; i < 20000; ++i) {
        const std::string b = "b" + std::to_string(i);
        nested += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n";
    }
    expect_quick(nested);
    expect_quick(repeated("Content-Type: message/rfc822\r\n\r\n", mega));
    expect_quick("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + repeated("--b\r\n\r\n", mega));
    expect_quick("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + repeated("--c\r\n", mega));
    expect_quick(repeated("a:\r\n", mega));
    expect_quick("Subject: " + repeated("=?utf-8?q?a?= ", mega));
    expect_quick("Subject: " + repeated("=?", mega));
    expect_quick("Subject: " + repeated("=?utf-8?b?", mega));
}

TEST(HostileMessages, HaveWordsAndTextsThatTakeNoTime)
{
    expect_quick("Subject: " + repeated("=?utf-8?q?", mega) + "?=");
    expect_quick("Subject: " + repeated("=?x?b?YQ?==?y?q?a?=", mega));
    expect_quick("Content-Type: a/b; name=" + repeated("\"; \" ", mega));
    expect_quick("Content-Type: a/b; name*1*=a; name" + repeated("*0*=''%;name*", mega));
    expect_quick(repeated("--x\r\nA: b\r\nContent-Type: a/b; boundary=y\r\n", mega));
    expect_quick(repeated("Received: (;\r\n", mega) + "\r\n");
    expect_quick("\r\n" + repeated("begin 644 x\r\n", mega) + "end\r\n");
    expect_quick("\r\n" + repeated("begin 644 x\r\n`\r\nend\r\n", mega));
    expect_quick("Content-Type: text/plain; format=flowed\r\n\r\n" + repeated("> \r\n>> \r\n", mega));
    for (const std::string label : {"iso-2022-jp", "euc-jp", "shift_jis", "big5", "utf-7", "windows-1255"})
        expect_quick("Content-Type: text/plain; charset=" + label + "\r\n\r\n" +
                     repeated("\x1b(J\\\x1b$B!!\x80\xFF\x81\xC2\n", mega / 4));
}

TEST(HostileMessages, HaveMessagesInEncodingsThatTakeNoMemory)
{
    std::string message = "\r\ninnermost\r\n";
    for (int i = 0; i < 30; ++i)
        message =
            "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + message;
    message.insert(0, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                      "X: " +
                          std::string(mega, 'x') + "\r\n\r\n");
    EXPECT_TRUE(read(message).cut);
    EXPECT_FALSE(read(message).attachments.empty());
}

TEST(HostileMessages, HaveFieldsThatTakeNoTime)
{
    expect_quick("To: " + repeated("a@b,", mega) + "\r\n\r\n");
    expect_quick("To: " + repeated("(", mega) + "\r\n\r\n");
    expect_quick("To: " + repeated("a:", mega) + "\r\n\r\n");
    expect_quick("To: " + repeated("<", mega) + "\r\n\r\n");
    expect_quick("To: " + repeated("a ", mega) + "\r\n\r\n");
    expect_quick("To: \"" + repeated("\\", mega) + "\r\n\r\n");
    expect_quick("References: " + repeated("<a>", mega) + "\r\n\r\n");
    expect_quick("Date: " + repeated("Mon ", mega) + "\r\n\r\n");
    std::string names = "Content-Type: a/b";
    for (int i = 0; names.size() < mega; ++i) names += "; name*" + std::to_string(i) + "*=x";
    expect_quick(names + "\r\n\r\n");
    expect_quick("Content-Type: a/b" + repeated("; a=b", mega) + "\r\n\r\n");
}

TEST(Reading, TakesHtmlOfTheWholeMessage)
{
    const reading told =
        read("Content-Type: text/html; charset=iso-8859-1\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>caf=E9&nbsp;&amp; tea</p>");
    EXPECT_EQ(told.text, "café & tea\n");
    EXPECT_TRUE(told.text_from_html);
}

} // namespace
