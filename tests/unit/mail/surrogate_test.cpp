// Surrogates of internationalised header sections (RFC 6858), field by field.
#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "mail/surrogate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

/// One short encoded-word.
std::string word(std::string_view text)
{
    return "=?utf-8?B?" + base::to_base64(text) + "?=";
}

const std::string nobody = "<invalid@internationalized-address.invalid>";

/// The octets of every encoded-word of `text`, put together.
std::string decoded(std::string_view text, std::string_view charset = "utf-8")
{
    const std::string begin = "=?" + std::string(charset) + "?B?";
    std::string out;
    for (std::size_t at = 0; (at = text.find(begin, at)) != std::string_view::npos;) {
        at += begin.size();
        const std::size_t end = text.find("?=", at);
        out += base::from_base64(text.substr(at, end - at)).value_or("(no base64)");
        at = end;
    }
    return out;
}

TEST(internationalised, is_a_header_with_utf8_in_some_field)
{
    EXPECT_FALSE(mail::internationalised("Subject: plain\r\n\r\n"));
    EXPECT_TRUE(mail::internationalised("Subject: gr\u00fc\u00df\r\n\r\n"));
    EXPECT_TRUE(mail::internationalised("X: \xFF\r\nSubject: gr\u00fc\u00df\r\n\r\n"));
    EXPECT_FALSE(mail::internationalised("Subject: gr\xFC\xDF\r\n\r\n"))
        << "Latin-1 is an old fault, not RFC 6532";
    EXPECT_FALSE(mail::internationalised(""));
}

TEST(surrogate, leaves_ascii_fields_to_the_octet)
{
    const std::string plain =
        "from : A\t<a@b>\r\nto: c,\r\n  d\r\nno field\r\nContent-Type: a/b;\r\n\tc=d\r\n\r\n";
    EXPECT_EQ(mail::surrogate(plain), plain);
    EXPECT_EQ(mail::surrogate("Subject: \u00fc\r\n" + plain), "Subject: " + word("\u00fc") + "\r\n" + plain);
}

TEST(surrogate, encodes_the_subject_unfolded)
{
    EXPECT_EQ(mail::surrogate("SUBJECT: Gr\u00fc\u00dfe\r\n aus \"K\u00f6ln\"\r\n\r\n"),
              "SUBJECT: " + word("Gr\u00fc\u00dfe aus \"K\u00f6ln\"") + "\r\n\r\n");
}

TEST(surrogate, folds_long_text_between_characters)
{
    std::string text;
    for (int i = 0; i < 200; ++i) text += i % 3 == 0 ? "\U0001F4EC" : "\u6587";
    const std::string out = mail::surrogate("Subject: " + text + "\r\n\r\n");
    EXPECT_EQ(decoded(out), text);
    for (std::size_t begin = 0; begin < out.size();) {
        const std::size_t end = out.find("\r\n", begin);
        ASSERT_LE(end - begin, 76U);
        EXPECT_TRUE(base::is_utf8(decoded(out.substr(begin, end - begin))));
        begin = end + 2;
    }
}

TEST(surrogate, keeps_an_ascii_address_under_an_encoded_name)
{
    EXPECT_EQ(mail::surrogate("From: \"Jos\u00e9 \\\"J\\\"\" <jose@example.com> (caf\u00e9)\r\n"),
              "From: " + word("Jos\u00e9 \"J\"") + "\r\n <jose@example.com>\r\n");
    EXPECT_EQ(mail::surrogate("From: jose@example.com (Jos\u00e9)\r\n"),
              "From: " + word("Jos\u00e9") + "\r\n <jose@example.com>\r\n");
}

TEST(surrogate, makes_an_internationalised_address_nobodys)
{
    EXPECT_EQ(mail::surrogate("Reply-To: Fred Foo <fred@ex\u00e4mple.com>\r\n"),
              "Reply-To: " + word("Fred Foo (fred@ex\u00e4mple.com)") + "\r\n " + nobody + "\r\n");
    EXPECT_EQ(mail::surrogate("Sender: fr\u00e9d@example.com\r\n"),
              "Sender: " + word("fr\u00e9d@example.com") + "\r\n " + nobody + "\r\n");
    EXPECT_EQ(mail::surrogate("Return-Path: <fr\u00e9d@example.com>\r\n"), "Return-Path: " + nobody + "\r\n");
}

TEST(surrogate, treats_each_address_of_a_list_alone)
{
    EXPECT_EQ(mail::surrogate(
                  "To: \"a, b\" <c@d>,, \u00e9@x,\r\n e@f (x, y), Gr\u00fcppe: g@h, \u00e9@y;, i@j,\r\n\r\n"),
              "To: \"a, b\" <c@d>,\r\n " + word("\u00e9@x") + "\r\n " + nobody + ",\r\n e@f (x, y),\r\n " +
                  word("Gr\u00fcppe") + ":\r\n g@h,\r\n " + word("\u00e9@y") + "\r\n " + nobody +
                  ";,\r\n i@j,\r\n\r\n");
}

TEST(surrogate, takes_out_parameters_it_cannot_show)
{
    EXPECT_EQ(mail::surrogate("Content-Disposition: attachment; filename=f\u00f6\u00f6\r\n"),
              "Content-Disposition: attachment\r\n");
    EXPECT_EQ(
        mail::surrogate(
            "Content-Type: text/plain; charset=utf-8;\r\n name=\"\u00fc; x=\u00fc\"; format=flowed\r\n"),
        "Content-Type: text/plain;\r\n charset=utf-8;\r\n format=flowed\r\n");
    EXPECT_EQ(mail::surrogate("Content-Type: a/b; name*0=plain; NAME*1=\u00fc; c=d\r\n"),
              "Content-Type: a/b;\r\n c=d\r\n");
    EXPECT_EQ(mail::surrogate("Content-Type: t\u00e9xt/plain; a=b\r\nX: y\r\n"), "X: y\r\n");
}

TEST(surrogate, takes_out_all_other_fields)
{
    EXPECT_EQ(mail::surrogate(
                  "Message-ID: <\u00e9@x>\r\nReferences: <a@b>\r\n <\u00e9@x>\r\nReceived: from \u00e9\r\n"
                  "Comments: \u00e9\r\n\u00e9: x\r\n\u00e9 no field\r\nDate: today\r\n\r\n"),
              "Date: today\r\n\r\n");
}

TEST(surrogate, names_octets_that_are_no_utf8_unknown)
{
    const std::string out = mail::surrogate("Subject: gr\xFC\xDF\r\n\r\n");
    EXPECT_EQ(decoded(out, "unknown-8bit"), "gr\xFC\xDF");
}

TEST(surrogate, lets_no_control_into_an_encoded_word)
{
    EXPECT_EQ(decoded(mail::surrogate(std::string("Subject: \u00fc\r\0\nBcc: x\r\n", 20))),
              "\u00fc   Bcc: x");
}

TEST(surrogate, survives_what_is_unbalanced)
{
    for (const std::string value : {"\"\u00e9", "(\u00e9", "<\u00e9", "[\u00e9", "\u00e9\\", "\"\u00e9\\",
                                    "(\u00e9\\", "\u00e9:", "\u00e9;", ",\u00e9,", "\u00e9)", ">\u00e9<"}) {
        for (const char* name : {"From: ", "Content-Type: a;", "Subject: "}) {
            const std::string out = mail::surrogate(name + value + "\r\n\r\n");
            EXPECT_TRUE(base::is_ascii(out));
            EXPECT_TRUE(out.ends_with("\r\n\r\n")) << out;
            EXPECT_EQ(out.find("\r\n \r\n"), std::string::npos) << "a line of white space: " << out;
            EXPECT_EQ(mail::surrogate(out), out);
        }
    }
}

TEST(surrogate, counts_the_octets_that_are_sent)
{
    const auto octets = [](const std::string& header, const std::string& body) {
        return mail::octets_with_surrogate(header.size() + body.size(), header, mail::surrogate(header));
    };
    const std::string subject = mail::surrogate("Subject: \u00e9\r\n");
    EXPECT_EQ(octets("Subject: \u00e9\r\n\r\n", "body\r\n"), subject.size() + 2 + 6);
    EXPECT_EQ(octets("Subject: \u00e9\r\n\r\n", ""), subject.size() + 2);
    // Without an empty line all is header section, and its last line may have no end: RETR gives it one.
    EXPECT_EQ(octets("Subject: \u00e9", ""), subject.size());
    EXPECT_EQ(octets("Subject: \u00e9\r\nX: y", ""), subject.size() + 6);
    EXPECT_EQ(octets("X: y\r\nComments: \u00e9\r\n", ""), 6U);
    EXPECT_EQ(octets("Comments: \u00e9", ""), 0U);
}

} // namespace
