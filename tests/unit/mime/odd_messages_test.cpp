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

TEST(OddMessages, HaveATextWhoseFirstLinesLookLikeFields)
{
    const std::string top = "Subject: s\nX-Mailer: x\n";
    for (const std::string text : {"12:30 we meet\nsee you\n", "12:30 we meet\n",
                                   "12:30 we meet\n\nsee you\n", "Hello: it is\nsee you\n", "Hello: it is\n",
                                   "Note: it is\nTel: 030\n  1234\nsee you\n\nmore\n", ":-) yes\nsee you\n"})
        EXPECT_EQ(read(top + text).text, text);
    EXPECT_EQ(
        read("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n10:15 a train\n"
             "--b\nNote: it is\n--b--\n")
            .text,
        "10:15 a train\n\nNote: it is");
    EXPECT_EQ(read("Foo: junk\n12:30 junk\nSubject: s\nBar: x\n\nbody\n").text, "body\n");
}

TEST(OddMessages, HaveEncodingsThatAreMisspelt)
{
    const auto shown = [](const std::string& encoding, const std::string& body) {
        return read("Content-Transfer-Encoding: " + encoding +
                    "\nContent-Type: text/plain; charset=utf-8\n\n" + body)
            .text;
    };
    for (const std::string each : {"quotedprintable", "Quoted_Printable", "quoted printable;",
                                   "(c) quoted-printable", "'quoted-printable'", "x-quoted-printable (c)",
                                   "QP", "7bit\nContent-Transfer-Encoding: quoted-printable"})
        EXPECT_EQ(shown(each, "Gr=C3=BC=C3=9Fe\n"), "Grüße\n") << each;
    for (const std::string each :
         {"base-64", "base_64", "Base 64", "x-base64", "((a) b) base64", "base64; x=y", "base64,", "b64"})
        EXPECT_EQ(shown(each, "R3LDvMOfZQo="), "Grüße\n") << each;
    for (const std::string each : {"8-bit", "8 bit", "x-unknown", "", "8bit; x=base64"})
        EXPECT_EQ(shown(each, "Gr=C3=BC"), "Gr=C3=BC") << each;
}

TEST(OddMessages, HavePlainTextThatIsLabelledBase64)
{
    const auto shown = [](const std::string& body, const std::string& type = "text/plain") {
        return read("Content-Transfer-Encoding: base64\nContent-Type: " + type + "; charset=utf-8\n\n" + body)
            .text;
    };
    for (const std::string text : {"Hello Bob, see you.\nToday\n", "Grüße\n", "\n10:15 Uhr\n"})
        EXPECT_EQ(shown(text), text);
    EXPECT_EQ(shown("<p>words</p>", "text/html"), "words\n");
    EXPECT_EQ(shown("R3LDvMOfZQo=\n\n_______\nlist@example.org\n"), "Grüße\n\n_______\nlist@example.org\n");
    EXPECT_EQ(shown("Z2VsYgo\n-- \nTo leave say so\n"), "gelb\n\n-- \nTo leave say so\n");
    EXPECT_EQ(shown("R3LDvMO!fZQo=!\n"), "Grüße\n");
    // Base64 with junk or with blanks in it is base64; so are the digits of the web.
    EXPECT_EQ(shown("R3LD vMOf\n ZQo=\n"), "Grüße\n");
    EXPECT_EQ(shown("w4A_Pz8-Pn7Dvw=="), "À?\?\?>>~ÿ");
    const reading cut =
        read("Content-Type: a/b\nContent-Transfer-Encoding: base64\n\nQUFB\n\n--broken\nwords\n");
    EXPECT_EQ(cut.attachments.at(0).octets, 3U);
    EXPECT_EQ(cut.text, "--broken\nwords\n");
    const std::string file =
        "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n%PDF-1.4\n%\xE2\xE3 1 0 obj\n";
    unsigned met = 0;
    mail::mime::each_attachment(mail::mime::parts_of(file), [&](const auto& each, std::string_view octets) {
        EXPECT_EQ(each.number, ++met);
        EXPECT_EQ(octets, "%PDF-1.4\n%\xE2\xE3 1 0 obj\n");
        return true;
    });
    EXPECT_EQ(met, 1U);
}

/// As a program writes it that keeps all text in two octets a character; all these are below 0x10000.
std::string in_utf_16(std::u16string_view text, bool big)
{
    std::string out;
    for (const char16_t unit : text) {
        const char high = static_cast<char>(unit >> 8);
        const char low = static_cast<char>(unit & 0xFF);
        if (!big && low == '\n') out += '\r'; // a line end of one octet, put right on the way in
        out += big ? high : low;
        if (big && low == '\n') out += '\r';
        out += big ? low : high;
    }
    return out;
}

TEST(OddMessages, MayBeInUtf16AsAWhole)
{
    constexpr std::u16string_view message =
        u"\uFEFFSubject: Grüße\r\nDate: Tue, 3 Mar 2026 10:00:00 +0100\r\nContent-Type: text/plain; "
        u"charset=iso-8859-1\r\n\r\n日本 words\r\n";
    for (const bool big : {false, true})
        for (const std::size_t mark : {0U, 1U}) { // with one, and without
            const std::string octets = in_utf_16(message.substr(mark), big);
            const reading told = read(octets);
            EXPECT_EQ(told.subject, "Grüße");
            EXPECT_EQ(told.text, "日本 words\n");
            EXPECT_EQ(mail::mime::date_of_message(octets), told.date);
            EXPECT_TRUE(told.date.has_value());
        }
    EXPECT_EQ(read("Content-Type: text/plain; charset=utf-16\n\nGrüße\n").text, "Grüße\n");
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

TEST(OddMessages, HaveMonthsOfManyLanguages)
{
    constexpr std::int64_t march = 1772532000; // 2026-03-03 10:00:00
    for (const std::string written :
         {"3 марта 2026 г. 10:00", "3 БЕР 2026 10:00", "3 marca 2026 10:00", "3. března 2026 10:00",
          "2026. március 3. 10:00", "ti 3. maaliskuuta 2026 10:00", "3 Mart 2026 10:00",
          "3 Μαρτίου 2026 10:00", "3 במרץ 2026 10:00", "3 مارس 2026 10:00", "3 tháng 3 2026 10:00",
          "3 kovo 2026 10:00", "2026年3月3日 10:00", "2026 年 3 月 3 日 (火) 10時00分",
          "2026년 3월 3일 화요일 오전 10:00", "3 Mar ２０２６ １０：００", "3\u00A0Mar\u00A02026 10:00"})
        EXPECT_EQ(seconds_of(written), march) << written;
    constexpr std::int64_t day = 86400;
    EXPECT_EQ(seconds_of("maanantai 2 marraskuuta 2026 10:00"), march + 244 * day);
    EXPECT_EQ(seconds_of("3. července 2026 10:00"), march + 122 * day);
    EXPECT_EQ(seconds_of("3. června 2026 10:00"), march + 92 * day);
    EXPECT_EQ(seconds_of("3 Ağustos 2026 10:00"), march + 153 * day);
    EXPECT_EQ(seconds_of("maandag 2 maart 2026 10:00"), march - day);
}

TEST(OddMessages, HaveTimesOfManyForms)
{
    constexpr std::int64_t three = 1772550300; // 2026-03-03 15:05:00
    for (const std::string written :
         {"3 mars 2026 15h05", "3 mars 2026 à 15 h 05", "15h05 3 mars 2026", "3 Mar 2026 3:05 P.M.",
          "3 Mar 2026 PM 3:05", "2026/3/3 下午 03:05", "3.3.2026 3:05 odp.", "2026-03-03T15:05Z",
          "20260303150500", "202603031505", "3/Mar/2026:15:05:00", "3 Mar 2026 10:05:00 \u22120500"})
        EXPECT_EQ(seconds_of(written), three) << written;
    for (const std::string written :
         {"3 mars 2026 15h", "3 Mar 2026 3 pm", "2026-03-03T15Z", "下午3時 2026年3月3日"})
        EXPECT_EQ(seconds_of(written), three - 300) << written;
    EXPECT_EQ(seconds_of("2026年3月3日 15时5分6秒"), three + 6);
    EXPECT_EQ(seconds_of("3 mars 2026 15h05m06s"), three + 6);
    EXPECT_EQ(seconds_of("2026/3/3 上午 12:05"), three - 15 * 3600);
    EXPECT_EQ(seconds_of("Dienstag, am 3. März 2026 12:05"), three - 3 * 3600);
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
