// Multiparts and messages in messages against the book.
#include "mail/mime/reading.hpp"

#include <gmock/gmock.h>

namespace {

using mail::mime::read;
using mail::mime::reading;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string plain = "Content-Type: text/plain\n\n";

std::string shown(const std::string& type, const std::string& body)
{
    return read("Content-Type: multipart/mixed" + type + "\n\n" + body).text;
}

TEST(OddMultiparts, HaveBoundariesThatStandNowhere)
{
    const std::string two = "--b\n" + plain + "one\n--b\n" + plain + "two\n--b--\n";
    for (const std::string type :
         {"", "; boundary=z", "; boundary=B", "; boundary=--b", "; boundary='b'", "; boundary=\" b\""})
        EXPECT_EQ(shown(type, two), "one\n\ntwo") << type;
    EXPECT_EQ(shown("", "above\n" + two), "above\n\none\n\ntwo");
    EXPECT_EQ(shown("", "a line\n--\nno field: x\n"), "a line\n--\nno field: x\n");
}

TEST(OddMultiparts, GoOnBehindTheEndOfAnInnerOneWithTheSameBoundary)
{
    EXPECT_EQ(shown("; boundary=b", "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + plain +
                                        "one\n--b--\n--b\n" + plain + "two\n--b--\nbehind\n"),
              "one\n\ntwo");
}

struct inner_part {
    std::string fields, body;
};

reading read_beside(const inner_part& part)
{
    return read("Content-Type: multipart/mixed; boundary=b\n\n--b\n\ncover\n--b\n" + part.fields + "\n\n" +
                part.body + "\n--b--\n");
}

TEST(OddMultiparts, HaveMessagesThatBeginWithEmptyLines)
{
    for (const std::string type : {"message/rfc822", "message/news"}) {
        const reading told = read_beside({"Content-Type: " + type, "\n\nSubject: inner\n\nwords"});
        ASSERT_EQ(told.attachments.size(), 1U);
        EXPECT_EQ(told.attachments[0].name, "inner.eml");
        EXPECT_EQ(told.text, "cover\n\n-- : inner\n\nwords");
    }
    EXPECT_EQ(read_beside({"Content-Type: message/rfc822", "From: a@b\n\nwords"}).attachments.at(0).name,
              "message.eml");
}

TEST(OddMultiparts, HaveReportsThatAreAttachments)
{
    for (const std::string type : {"message/delivery-status", "message/global-headers"}) {
        const reading told = read_beside({"Content-Type: " + type + "\nContent-Disposition: attachment",
                                          "Final-Recipient: gone@example.net"});
        EXPECT_THAT(told.text, HasSubstr("gone@example.net"));
        EXPECT_EQ(told.attachments.size(), 1U);
    }
}

TEST(OddMultiparts, HaveNamesInQuotesOfOtherKinds)
{
    const auto name = [](const std::string& value) {
        return read("Content-Type: a/b\nContent-Disposition: attachment; filename=" + value + "\n\nx")
            .attachments.at(0)
            .name;
    };
    EXPECT_EQ(name("'a b.pdf'"), "a b.pdf");
    EXPECT_EQ(name("“a b.pdf”; size=1"), "a b.pdf");
    EXPECT_EQ(name("\"'a'.pdf\""), "'a'.pdf");
    EXPECT_EQ(name("Mai; Juni.pdf; size=1"), "Mai; Juni.pdf");
    EXPECT_EQ(name("a.pdf;"), "a.pdf");
    EXPECT_EQ(name("a.pdf; (x)"), "a.pdf");
    EXPECT_EQ(name("\"utf-8''%C3%84.pdf\""), "Ä.pdf");
    EXPECT_EQ(name("\"it's 5%20.pdf\""), "it's 5%20.pdf");
}

TEST(OddMultiparts, HaveWordsThatWereCut)
{
    const auto subject = [](const std::string& value) { return read("Subject: " + value + "\n\n").subject; };
    EXPECT_EQ(subject("=?utf-8?Q?Gr=C3=BC?= =?utf-8?Q?=C3=9Fe_an"), "Grüße an");
    EXPECT_EQ(subject("=?utf-8?B?R3LDvMOfZQ"), "Grüße");
    EXPECT_EQ(subject("=?utf-8?B?R3LDvMOfZQ==?"), "Grüße");
    EXPECT_EQ(subject("=?nosuch?Q?label"), "=?nosuch?Q?label");
    EXPECT_EQ(subject("=?utf-8?Q?is this"), "=?utf-8?Q?is this");
    EXPECT_EQ(subject("=?utf-8?B?w4A_Pz8-Pn7Dvw==?="), "À?\?\?>>~ÿ");
}

TEST(OddMultiparts, HaveAnEmptyLineBehindASoftLineEnd)
{
    EXPECT_EQ(read("Content-Type: text/plain; format=flowed\n\na \nb \n\nc\n").text, "a b \n\nc\n");
}

TEST(OddMultiparts, HaveTypesThatAreMisspelt)
{
    for (const std::string type :
         {"text / html", "\"TEXT/HTML\"", "html/text", "text/html (x)", "text/html charset=utf-8"})
        EXPECT_EQ(read("Content-Type: " + type + "\n\n<p>words").text, "words\n") << type;
    EXPECT_EQ(read("Content-Type: plain/text\n\nwords").text, "words");
}

TEST(OddMultiparts, HaveLineEndsThatWereDoubled)
{
    const reading told = read("From: a@b\r\r\nSubject: s\r\r\n\r\r\none\r\r\ntwo\r\r\n");
    EXPECT_EQ(told.subject, "s");
    EXPECT_EQ(told.text, "one\ntwo\n");
}

TEST(OddMultiparts, HaveEmptyLinesAboveTheHeaderSection)
{
    EXPECT_EQ(read("\r\n\nFrom: a@b\nSubject: s\n\nwords").subject, "s");
    EXPECT_EQ(read("\nSubject: s\n\nwords").text, "Subject: s\n\nwords"); // a text
}

} // namespace
