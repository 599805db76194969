// Messages against the book, of kinds that are sent.
#include "mail/mime/reading.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace {

using mail::mime::read;
using mail::mime::reading;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::int64_t seconds_of(const std::string& date)
{
    const auto told = read("Date: " + date + "\r\n\r\n").date;
    return told ? std::chrono::system_clock::to_time_t(*told) : -1;
}

TEST(OddMessages, HaveATextThatBeginsWithoutAnEmptyLine)
{
    EXPECT_EQ(read("Subject: s\nHello Bob\nthe invoice is attached\nTel: 030 1234\n").text,
              "Hello Bob\nthe invoice is attached\nTel: 030 1234\n");
    EXPECT_EQ(read("Subject: s\nHello Bob\nNote: pay soon\n\nsecond\n").text,
              "Hello Bob\nNote: pay soon\n\nsecond\n");
    EXPECT_EQ(read("Subject: s\n=== heading ===\nfoo: bar\n\nbaz\n").text,
              "=== heading ===\nfoo: bar\n\nbaz\n");
    EXPECT_EQ(read("Subject: s\nHello Bob\nPriority: high\n").text, "Hello Bob\nPriority: high\n");
    // A letter that is quoted has fields that the header section has already.
    EXPECT_EQ(read("From: a@b\nSubject: s\nyou wrote\nFrom: me@b\n\nwords\n").text,
              "you wrote\nFrom: me@b\n\nwords\n");
    EXPECT_EQ(
        read("Content-Type: multipart/mixed; boundary=b\n--b\nContent-Type: text/plain\nHello\nRegards: "
             "none\nlast\n--b--\n")
            .text,
        "Hello\nRegards: none\nlast");
    for (const std::string field : {"From: a@b", "X-Mailer: x", "List-Id: x", "Received: by x; y"})
        EXPECT_EQ(read("Subject: s\nReceived: by y\njunk\n" + field + "\n\nbody\n").text, "body\n") << field;
}

TEST(OddMessages, HaveTheMonthBetweenDayAndYear)
{
    constexpr std::int64_t february = 1770714000; // 2026-02-10 09:00:00
    for (const std::string written :
         {"Mar, 10 Feb 2026 10:00:00 +0100", "mar. 10 f\xC3\xA9vr. 2026 10:00:00 +0100",
          "Dec, 10 Feb 2026 10:00:00 +0100", "March 2026 newsletter, 10 Feb 2026 10:00:00 +0100",
          "Mar, 10-2-2026 10:00:00 +0100", "Martes 10 feb 2026 10:00 +0100",
          "mar., 10 fevereiro 2026 10:00 +0100", "Mar Feb 10 10:00:00 2026 +0100"})
        EXPECT_EQ(seconds_of(written), february) << written;
    constexpr std::int64_t march = 1772528400; // 2026-03-03 09:00:00
    for (const std::string written :
         {"Mar, 3 Mar 2026 10:00:00 +0100", "3 Mrz 2026 10:00 +0100", "Die, 3 M\xE4r 2026 10:00 +0100",
          "3 M\xC3\xA4rz 2026 10:00 +0100", "di 3 mrt 2026 10:00 +0100", "mar 3 marzo 2026 10:00 +0100",
          "mar. 3 mars 2026 10:00 +0100", "Tue Mar  3 10:00:00 CET 2026", "March 3, 2026 10:00 CET"})
        EXPECT_EQ(seconds_of(written), march) << written;
    EXPECT_EQ(seconds_of("Di, 9 Dez 2025 10:00:00 +0100"), 1765270800);
    EXPECT_EQ(seconds_of("9 Dic 2025 10:00:00 +0100"), 1765270800);
    EXPECT_EQ(seconds_of("9 d\xC3\xA9"
                         "cembre 2025 10:00:00 +0100"),
              1765270800);
    EXPECT_EQ(seconds_of("Fri, 8 Mai 2026 10:00:00 +0200"), 1778227200);
    EXPECT_EQ(seconds_of("8 ao\xC3\xBBt 2026 10:00:00 +0200"), 1786176000);
}

TEST(OddMessages, HaveDatesOfManyForms)
{
    constexpr std::int64_t march = 1772528400;
    for (const std::string written :
         {"Tue, 3 Mar 2026 10 : 00 : 00 +0100", "Tue, 3 Mar 2026 10 :00 :00 +0100",
          "Tue, 3 Mar 2026 10: 00: 00 +0100", "2026-03-03 10:00:00.123 +0100 CET m=+0.01",
          "=?utf-8?q?Tue,_3_Mar_2026_10:00:00_+0100?=", "1772528400", "1772528400123",
          "Tue, 3 Mar 2026 04:00:00 EST5EDT", "Tue, 3 Mar 2026 10:00:00 CET-1CEST"})
        EXPECT_EQ(seconds_of(written), march) << written;
    EXPECT_EQ(seconds_of("Tue, 3 Mar 2026 25:00:00 +0100"), -1);
    EXPECT_EQ(seconds_of("10 2026 10:00:00"), -1);
}

std::string shown_of(const std::string& text)
{
    return read("Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain; "
                "charset=utf-8\n\n" +
                text + "\n--a\nContent-Type: text/html\n\n<p>balance</p>\n--a--\n")
        .text;
}

TEST(OddMessages, HaveTextsInWhichNothingIsSeen)
{
    for (const std::string each :
         {"\u2003", "\u2007", "\u202F", "\u205F", "\u1680", "\u180E", "\u115F", "\u3164", "\u2800", "\uFE0F",
          "\u061C", "\u034F", "\u00AD", "\u2060", "\U000E0020", "&zwnj;", "&#847;", "&nbsp;&#x200b; &zwnj;"})
        EXPECT_EQ(shown_of(each), "balance\n") << each;
    for (const std::string each : {".", "-", "\u2022", "&amp;", "&", "&none;", "\u2003x"})
        EXPECT_THAT(shown_of(each), StartsWith(each)) << each;
}

TEST(OddMessages, HaveAddressesOfManyForms)
{
    const auto to = [](const std::string& value) { return read("To: " + value + "\n\n").to; };
    EXPECT_EQ(to("Bob <b@x.org>; Carol <c@x.org>"), "Bob <b@x.org>, Carol <c@x.org>");
    EXPECT_EQ(to("b@x.org; c@x.org;"), "b@x.org, c@x.org");
    EXPECT_EQ(to("\"A; B\" <b@x.org>; (x; y) c@x.org"), "\"A; B\" <b@x.org>, c@x.org");
    EXPECT_EQ(to("Group: b@x.org, c@x.org;"), "Group: b@x.org, c@x.org;");
    EXPECT_EQ(to("=?utf-8?Q?J=C3=BCrgen_<j=40x.org>?="), "Jürgen <j@x.org>");
    EXPECT_EQ(to("=?utf-8?B?YkB4Lm9yZw==?="), "b@x.org");
    EXPECT_EQ(to("J <j@bücher.example>, a@x.org, k@straße.example"),
              "J <j@bücher.example>, a@x.org, k@straße.example");
    EXPECT_EQ(to("j@xn--bcher-kva.example"), "j@xn--bcher-kva.example");
}

TEST(OddMessages, HaveCharsetsThatAreTold)
{
    EXPECT_EQ(read("Content-Transfer-Encoding: quoted-printable\n\nGr=C3=  \n=BC=C3=9Fe\t \nx=20 \ny").text,
              "Grüße\nx \ny");
    EXPECT_EQ(read("Content-Type: text/html\n\n<!-- <meta charset=utf-8> --><meta charset=koi8-r>\xF0").text,
              "П\n");
    EXPECT_EQ(read("Subject: \xF0\nContent-Type: text/html\n\n<meta charset=koi8-r>\xF0").subject, "П");
    EXPECT_EQ(read("Subject: Grüße Gr\xFC\xDF"
                   "e\n\n")
                  .subject,
              "Grüße Grüße");
    EXPECT_EQ(read("Subject: Grüße\xFC\nContent-Type: text/plain; charset=iso-8859-1\n\n").subject, "Grüßeü");
    EXPECT_EQ(read("Subject: \x93"
                   "CAF\xC9\x94\n\n")
                  .subject,
              "“CAFÉ”");
    EXPECT_EQ(read("Content-Type: text/plain; charset=cp1361\n\n\xB4\x65\x91w").text, "안녕");
}

std::string name_of_file(const std::string& fields, const std::string& body = "x")
{
    const reading told =
        read("Content-Type: multipart/mixed; boundary=b(comment)\n\n--b\nContent-Type: a/b\n" + fields +
             "\n\n" + body + "\n--b--\n");
    return told.attachments.empty() ? "(none)" : told.attachments.front().name;
}

TEST(OddMessages, HaveFilesWithNames)
{
    const std::string disposition = "Content-Disposition: attachment; filename";
    EXPECT_EQ(name_of_file(disposition + "=plan(1).pdf"), "plan(1).pdf");
    EXPECT_EQ(name_of_file(disposition + "*=utf-8''%E2%82.txt"), "\uFFFD.txt");
    EXPECT_EQ(name_of_file(disposition + "*=utf-8''%D6l.txt"), "Öl.txt");
    EXPECT_EQ(name_of_file(disposition + "*=UTF-8'en%C3%84.pdf"), "Ä.pdf");
    EXPECT_EQ(name_of_file(disposition + "*=UTF-8'plan%C3%84.pdf"), "planÄ.pdf");
    EXPECT_EQ(name_of_file("Content-Transfer-Encoding: x-uuencode", "begin 644 in.bin\n#8V%T\n`\nend"),
              "in.bin");
    for (const auto& [written, name] : {std::pair("=?utf-8?q?=C3=84.bin?=", "Ä.bin"),
                                        std::pair("\"quoted name.bin\"", "quoted name.bin")}) {
        const reading told = read("\nx\nbegin 644 " + std::string(written) + "\n#8V%T\n`\nend\n");
        ASSERT_EQ(told.attachments.size(), 1U) << written;
        EXPECT_EQ(told.attachments.front().name, name);
    }
}

TEST(OddMessages, HaveTextsOfRareTypes)
{
    EXPECT_EQ(read("Content-Type: text/html\n\na<textarea>b</textarea>c").text, "a\nb\nc\n");
    const reading page = read("Content-Type: application/xhtml+xml\n\n<html><p>words</p></html>");
    EXPECT_EQ(page.text, "words\n");
    EXPECT_THAT(page.attachments, IsEmpty());
    const reading piece = read("Content-Type: message/partial; id=x; number=1\n\nSubject: s\n\nwords\n");
    EXPECT_THAT(piece.text, HasSubstr("words"));
    EXPECT_EQ(piece.attachments.size(), 1U); // it can be saved, and put together
}

} // namespace
