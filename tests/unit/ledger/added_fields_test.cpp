// What servers and mail programs put into a header section makes no other letter; all else does.
#include "ledger/added_fields.hpp"

#include <gtest/gtest.h>

namespace archive {

namespace {

ledger::bare_message bare(std::string_view octets, std::size_t piece = 1000)
{
    ledger::bare_message_reader reader;
    for (std::size_t at = 0; at < octets.size(); at += piece) reader.add(octets.substr(at, piece));
    return reader.finish();
}

const std::string letter =
    "Received: from a\r\n\tby b\r\nFrom: ann@example.org\r\nSubject: s\r\n folded\r\n\r\ntext\r\n";

} // namespace

TEST(added_fields, LeaveTheMarksOfAServerOut)
{
    const std::string marked =
        "X-UIDL: 7\r\nReceived: from a\r\n\tby b\r\nFrom: ann@example.org\r\nSTATUS : RO\r\n"
        "X-Mozilla-Status: 0001\r\nSubject: s\r\n folded\r\nx-kmail-status:\r\n R\r\n\r\ntext\r\n";
    for (const std::size_t piece : {1U, 3U, 1000U}) {
        EXPECT_TRUE(ledger::same_header_but_added(bare(letter), bare(marked, piece)));
        EXPECT_EQ(bare(letter).body, bare(marked, piece).body);
    }
    EXPECT_NE(bare(letter).body, bare(letter + "more\r\n").body);
}

TEST(added_fields, LeaveOutWhatACollectorPutsOnTop)
{
    const std::string fetched =
        "Return-Path: <ann@example.org>\r\nDelivered-To: bob\r\nReceived: from c by d\r\n with POP3\r\n"
        "X-getmail-retrieved-from-mailbox: POP3\r\n";
    EXPECT_TRUE(ledger::same_header_but_added(bare(fetched + letter), bare(letter)));
    EXPECT_TRUE(ledger::same_header_but_added(bare(letter), bare("Status: RO\r\n" + letter)));
    EXPECT_EQ(ledger::sender_fields_hash(bare(fetched + letter)), ledger::sender_fields_hash(bare(letter)));
    // What the server has and the copy lacks, and what no collector adds, is a difference.
    EXPECT_FALSE(ledger::same_header_but_added(bare(letter), bare("Received: from c\r\n" + letter)));
    EXPECT_FALSE(ledger::same_header_but_added(bare("X-Spam: no\r\n" + letter), bare(letter)));
    EXPECT_FALSE(ledger::same_header_but_added(bare("Received: from c\r\nSubject: t\r\n\r\n"),
                                               bare("Received: from d\r\nSubject: t\r\n\r\n")));
    EXPECT_FALSE(ledger::same_header_but_added(bare("Received: c\r\n" + letter),
                                               bare("by b\r\nFrom: ann@example.org\r\n\r\n")));
}

TEST(added_fields, LeaveOutWhatFdmPutsAmongTheTraceFields)
{
    const std::string delivered = "Return-Path: <a@b>\r\nDelivered-To: bob\r\n";
    const std::string own = "Received: by localhost (fdm 1.9)\r\n\twith pop3\r\n";
    EXPECT_TRUE(ledger::same_header_but_added(bare(delivered + own + letter), bare(delivered + letter)));
    EXPECT_TRUE(
        ledger::same_header_but_added(bare(own + delivered + own + letter), bare(delivered + letter)));
    // Of two that are equal, one may be ours; of what the server has, none may be missing or elsewhere.
    EXPECT_TRUE(ledger::same_header_but_added(bare(own + own + letter), bare(own + letter)));
    EXPECT_FALSE(ledger::same_header_but_added(bare(own + letter), bare(own + own + letter)));
    EXPECT_FALSE(
        ledger::same_header_but_added(bare(own + delivered + letter), bare(delivered + own + letter)));
    EXPECT_FALSE(ledger::same_header_but_added(bare("Delivered-To: bob\r\n more\r\n" + letter),
                                               bare("Delivered-To: bob\r\n" + letter)) &&
                 ledger::same_header_but_added(bare("Delivered-To: bob\r\n" + letter),
                                               bare("Delivered-To: bob\r\n more\r\n" + letter)));
}

TEST(added_fields, AllowAnEmptyLineMoreAtTheEnd)
{
    const auto same = [](const std::string& held, const std::string& served) {
        const std::string header = "A: b\r\n\r\n";
        bool all = true;
        for (const std::size_t piece : {1U, 2U, 3U, 1000U})
            all = all && ledger::same_body_but_added(bare(header + held, piece), bare(header + served));
        return all;
    };
    for (const char* body : {"text\r\n", "a\r\n\r\n\r\n", "", "\r\n", "bare\r", "bare\n", "\r\r\n\n\r\n"}) {
        EXPECT_TRUE(same(body, body)) << body;
        EXPECT_TRUE(same(body + std::string("\r\n"), body)) << body;
        EXPECT_FALSE(same(body, body + std::string("\r\n"))) << body;
        EXPECT_FALSE(same(body + std::string("\r\n\r\n"), body)) << body;
        EXPECT_FALSE(same(body + std::string("\n"), body)) << body;
        EXPECT_FALSE(same("\r\n" + std::string(body) + "x", body + std::string("x"))) << body;
    }
}

TEST(added_fields, AreAFieldOnTopAlone)
{
    EXPECT_FALSE(ledger::same_header_but_added(bare("From: a\r\nReceived: x\r\nTo: b\r\n\r\n"),
                                               bare("From: a\r\nTo: b\r\n\r\n")));
    // The end of a folded field is no field.
    EXPECT_FALSE(
        ledger::same_header_but_added(bare("Received: x\r\n From: a\r\n\r\n"), bare(" From: a\r\n\r\n")));
}

TEST(added_fields, TakesWhatTopGivesForTheHeaderSection)
{
    for (const char* end : {"", "\r\n", "\r\n\r\n"})
        EXPECT_TRUE(ledger::same_header_but_added(bare(std::string("A: b\r\nC: d\r\n") + end),
                                                  bare("A: b\r\nC: d\r\n\r\ntext\r\n")));
    EXPECT_TRUE(ledger::same_header_but_added(bare("A: b"), bare("A: b\r\n\r\n")));
    EXPECT_EQ(bare("\r\nbody").header, "");
}

TEST(added_fields, ProveNothingWhereAHeaderSectionIsTooLong)
{
    const std::string endless = "A: " + std::string(ledger::bare_header_octets_max, 'x') + "\r\n\r\n";
    EXPECT_FALSE(ledger::same_header_but_added(bare(endless), bare(endless)));
    EXPECT_TRUE(ledger::same_header_but_added(bare("A: b\r\n\r\n"), bare("A: b\r\n\r\n")));
}

} // namespace archive
