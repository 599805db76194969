// A message as a tree of parts: what each part is, what lies in it, and its text with HTML as HTML.
#include "mail/mime/parts.hpp"
#include "mail/mime/reading.hpp"

#include <gmock/gmock.h>

namespace {

using mail::mime::part;
using mail::mime::part_tree;
using mail::mime::parts_of;
using mail::mime::text_of;
using testing::ElementsAre;

constexpr std::size_t text_octets_max = 1000;

/// Each part as its type, behind as many dots as others lie around it.
std::vector<std::string> types_of(const part_tree& message)
{
    std::vector<std::string> out;
    out.reserve(message.parts.size());
    for (const part& each : message.parts) out.push_back(std::string(each.depth, '.') + each.content_type);
    return out;
}

std::string multipart(const std::string& subtype, const std::string& boundary,
                      const std::vector<std::string>& parts)
{
    std::string out = "Content-Type: multipart/" + subtype + "; boundary=" + boundary + "\r\n\r\n";
    for (const auto& each : parts) out += "--" + boundary + "\r\n" + each + "\r\n";
    return out + "--" + boundary + "--\r\n";
}

const std::string hello = "Content-Type: text/plain; charset=utf-8\r\n\r\nhello";
const std::string page = "Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
                         "quoted-printable\r\n\r\n<p>caf=E9 <img src=3D\"cid:logo@x\">";
const std::string logo = "Content-Type: image/png; name=\"../logo.png\"\r\nContent-ID: <logo@x>\r\n"
                         "Content-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC";

TEST(Parts, OfAMessageThatIsOneText)
{
    const part_tree message = parts_of("Subject: s\r\n\r\nwords\r\n");
    ASSERT_THAT(types_of(message), ElementsAre("text/plain"));
    EXPECT_EQ(message.parts[0].kind, part::kind::text);
    EXPECT_EQ(message.parts[0].header, "Subject: s\r\n");
    EXPECT_EQ(message.parts[0].octets, "words\r\n");
    EXPECT_EQ(message.parts[0].end, 1U);
    EXPECT_FALSE(message.cut);
    EXPECT_THAT(types_of(parts_of("")), ElementsAre("text/plain"));
}

TEST(Parts, AreNamedInTheCharsetOfTheTextNotOfThePageBesideIt)
{
    const std::string russian_page = "Content-Type: text/html; charset=windows-1251\r\n\r\n<p>hello";
    const std::string latin_text = "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nhello";
    EXPECT_EQ(parts_of(multipart("alternative", "a", {russian_page, latin_text})).charset, "iso-8859-1");
    EXPECT_EQ(parts_of(multipart("alternative", "a", {latin_text, russian_page})).charset, "iso-8859-1");
    EXPECT_EQ(parts_of(multipart("alternative", "a", {russian_page, "\r\nhello"})).charset, "windows-1251");
}

TEST(Parts, OfATextThatAreTooManyLeaveItWhole)
{
    const std::string files =
        "Content-Type: text/plain\r\n\r\nbefore\r\nbegin 644 f1\r\n#86)C\r\n`\r\nend\r\nafter";
    const std::string octets = multipart("mixed", "a", {hello, files});
    EXPECT_THAT(types_of(parts_of(octets)).size(), 6U);
    const part_tree message = parts_of(octets, {.parts_max = 3});
    ASSERT_EQ(message.parts.size(), 3U);
    EXPECT_TRUE(message.cut);
    EXPECT_EQ(message.parts[2].kind, part::kind::text);
    EXPECT_THAT(message.parts[2].octets, testing::HasSubstr("before"));
}

TEST(Parts, KeepEachFormOfNestedAlternatives)
{
    const std::string octets =
        multipart("alternative", "a",
                  {hello, multipart("related", "r", {multipart("alternative", "b", {page}), logo})});
    const part_tree message = parts_of(octets);
    ASSERT_THAT(types_of(message), ElementsAre("multipart/alternative", ".text/plain", ".multipart/related",
                                               "..multipart/alternative", "...text/html", "..image/png"));
    const auto& parts = message.parts;
    EXPECT_EQ(parts[0].end, 6U);
    EXPECT_EQ(parts[1].end, 2U);
    EXPECT_EQ(parts[2].end, 6U);
    EXPECT_EQ(parts[3].end, 5U);
    EXPECT_EQ(text_of(parts[1], text_octets_max).utf8, "hello");
    EXPECT_EQ(text_of(parts[4], text_octets_max).utf8, "<p>café <img src=\"cid:logo@x\">");
    EXPECT_EQ(mail::mime::read(message).text, "hello"); // one form is chosen by who reads, not by the tree
}

TEST(Parts, SayWhatTheirFieldsSay)
{
    const std::string octets = multipart("related", "r", {page, logo});
    const part_tree message = parts_of(octets);
    ASSERT_THAT(types_of(message), ElementsAre("multipart/related", ".text/html", ".image/png"));
    const part& image = message.parts[2];
    EXPECT_EQ(image.kind, part::kind::file);
    EXPECT_EQ(image.content_id, "logo@x");
    EXPECT_EQ(image.disposition, "inline");
    EXPECT_EQ(image.name, "../logo.png");
    EXPECT_EQ(mail::mime::safe_file_name(image.name, 1), "logo.png");
    EXPECT_EQ(image.encoding, mail::mime::transfer_encoding::base64);
    EXPECT_EQ(image.octets, "AAEC");
    EXPECT_EQ(message.parts[1].charset, "iso-8859-1");
    EXPECT_EQ(message.parts[1].disposition, "");
}

TEST(Parts, HaveIdsAndDispositionsAgainstTheBook)
{
    const auto first = [](const std::string& fields) {
        part_tree message = parts_of("Content-Type: a/b\r\n" + fields + "\r\n\r\n");
        return std::pair(message.parts.at(0).content_id, message.parts.at(0).disposition);
    };
    EXPECT_EQ(first("Content-ID: bare@x").first, "bare@x");
    EXPECT_EQ(first("Content-ID: <a\x1b\xE2\x80\xAE@x>").first, "a@x");
    EXPECT_EQ(first("Content-Disposition: ATTACHMENT;filename=x").second, "attachment");
    EXPECT_EQ(first("Content-Disposition: filename=x").second, "");
    EXPECT_EQ(first("Content-Disposition: \xFF").second, "");
}

TEST(Parts, OfHtmlAlone)
{
    const part_tree message = parts_of(page);
    ASSERT_THAT(types_of(message), ElementsAre("text/html"));
    EXPECT_EQ(message.parts[0].kind, part::kind::html);
    const auto [utf8, cut] = text_of(message.parts[0], text_octets_max);
    EXPECT_EQ(utf8, "<p>café <img src=\"cid:logo@x\">");
    EXPECT_FALSE(cut);
    EXPECT_TRUE(text_of(message.parts[0], 5).cut);
    EXPECT_EQ(text_of(message.parts[0], 5).utf8, "<p>ca");
}

TEST(Parts, HaveTextThatIsWellFormed)
{
    const part_tree message = parts_of("Content-Type: text/plain; charset=utf-8\r\n\r\na\xFF\x1bz\xC3\xA9");
    EXPECT_EQ(text_of(message.parts.at(0), text_octets_max).utf8, "a\xEF\xBF\xBD\x1bzé");
}

TEST(Parts, HoldAMessageInsideAMessage)
{
    for (const std::string encoding : {"7bit", "base64"}) {
        const std::string inner =
            encoding == "7bit" ? "Subject: inner\r\n\r\n<inner>" : "U3ViamVjdDogaW5uZXINCg0KPGlubmVyPg==";
        const std::string octets =
            multipart("mixed", "m",
                      {hello, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: " + encoding +
                                  "\r\n\r\n" + inner});
        const part_tree message = parts_of(octets);
        ASSERT_THAT(types_of(message),
                    ElementsAre("multipart/mixed", ".text/plain", ".message/rfc822", "..text/plain"))
            << encoding;
        EXPECT_EQ(message.parts[2].kind, part::kind::message);
        EXPECT_EQ(message.parts[2].name, "inner.eml");
        EXPECT_EQ(message.parts[2].end, 4U);
        EXPECT_EQ(message.parts[3].header, "Subject: inner\r\n");
        EXPECT_EQ(message.parts[3].octets, "<inner>");
    }
}

TEST(Parts, AreCutWhereFilesStandInATextOrTextBehindBase64)
{
    const std::string octets = multipart(
        "mixed", "m",
        {"Content-Type: text/plain; name=n.txt\r\n\r\nabove\r\nbegin 644 f\r\n#8V%T\r\n`\r\nend\r\nbelow",
         "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n\r\n-- \r\na footer"});
    const part_tree message = parts_of(octets);
    ASSERT_THAT(types_of(message),
                ElementsAre("multipart/mixed", ".text/plain", "..text/plain", "..application/octet-stream",
                            "..text/plain", ".image/png", "..image/png", "..text/plain"));
    const auto& parts = message.parts;
    for (const std::size_t cut : {1U, 5U}) EXPECT_EQ(parts[cut].kind, part::kind::container);
    EXPECT_EQ(parts[2].octets, "above\r\n");
    EXPECT_TRUE(parts[2].also_file);
    EXPECT_EQ(parts[3].name, "f");
    EXPECT_EQ(parts[4].octets, "below");
    EXPECT_FALSE(parts[4].also_file);
    EXPECT_EQ(parts[7].octets, "-- \r\na footer");
}

TEST(Parts, StayWhereTheyAreWhenTheTreeIsMoved)
{
    const std::string octets =
        "Content-Type: text/html\rContent-Transfer-Encoding: 8bit\r\rx"; // is put right
    part_tree first = parts_of(octets);
    const part_tree moved = std::move(first);
    EXPECT_EQ(text_of(moved.parts.at(0), text_octets_max).utf8, "x");
}

TEST(Parts, StopAtTheirLimits)
{
    const std::string octets =
        multipart("mixed", "m", {multipart("mixed", "n", {hello}), hello, hello, hello});
    const part_tree shallow = parts_of(octets, {.depth_max = 1});
    EXPECT_THAT(types_of(shallow), ElementsAre("multipart/mixed", ".multipart/mixed", ".text/plain",
                                               ".text/plain", ".text/plain"));
    EXPECT_EQ(shallow.parts[1].kind, part::kind::file);
    EXPECT_TRUE(shallow.cut);
    const part_tree few = parts_of(octets, {.parts_max = 3});
    EXPECT_EQ(few.parts.size(), 3U);
    EXPECT_TRUE(few.cut);
    EXPECT_EQ(parts_of(octets, {.parts_max = 0}).parts.size(), 1U);
    EXPECT_FALSE(parts_of(octets, {.depth_max = 2, .parts_max = 6}).cut);
}

} // namespace
