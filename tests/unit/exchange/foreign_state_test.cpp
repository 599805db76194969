// The state files of other programs, as those programs wrote them.
#include "exchange/foreign_state.hpp"
#include "support/kernel_disk.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using exchange::foreign_entry;
using exchange::foreign_program;
using exchange::foreign_state;
using exchange::read_foreign_state;
using ledger::stage;

/// A file that the program itself wrote (popstate.dat: by its documented form).
foreign_state read_file(const std::string& name)
{
    std::ifstream file(RESTANTE_SOURCE_DIR "/tests/unit/exchange/foreign/" + name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    auto state = read_foreign_state(text.str(), name);
    if (!state) throw std::runtime_error(state.error().operator_text);
    return *state;
}

foreign_state read(std::string_view text, std::string_view name = "state")
{
    auto state = read_foreign_state(text, name);
    if (!state) throw std::runtime_error(state.error().operator_text);
    return *state;
}

std::optional<base::wall_time> at(std::int64_t seconds)
{
    return base::wall_time(std::chrono::seconds(seconds));
}

TEST(Fetchmail, FileOfItsOwn)
{
    const auto state = read_file("fetchids");
    EXPECT_EQ(state.program, foreign_program::fetchmail);
    ASSERT_EQ(state.entries.size(), 16U);
    EXPECT_EQ(state.unreadable, 0U);
    EXPECT_EQ(state.entries[0].host, "localhost");
    EXPECT_EQ(state.entries[0].user, "ann@example.org");
    EXPECT_EQ(state.entries[0].unique_id, "1795546939.M589204P751RiFB0hTGLmbk.vm,S=395,W=408");
    EXPECT_FALSE(state.entries[0].fetched_at);
}

TEST(Fetchmail, SeveralAccountsAndOddNames)
{
    const auto state = read("ann@pop.example.org 1\n"
                            "Ann Lee/Office@pop.example.org <m@id.example>\n"
                            "bob@example.net@pop.example.net a b\n"
                            "nobody\n"
                            "ann@host \n"
                            "\n");
    ASSERT_EQ(state.entries.size(), 3U);
    EXPECT_EQ(state.entries[1].user, "Ann Lee/Office");
    EXPECT_EQ(state.entries[1].host, "pop.example.org");
    EXPECT_EQ(state.entries[1].unique_id, "<m@id.example>");
    EXPECT_EQ(state.entries[2].user, "bob@example.net");
    EXPECT_EQ(state.entries[2].unique_id, "a b");
    EXPECT_EQ(state.unreadable, 2U);
}

TEST(Getmail, FileOfItsOwn)
{
    const auto state = read_file("oldmail-localhost-995-ann@example.org");
    EXPECT_EQ(state.program, foreign_program::getmail);
    ASSERT_EQ(state.entries.size(), 16U);
    EXPECT_EQ(state.unreadable, 0U);
    EXPECT_EQ(state.entries[0].host, "localhost");
    EXPECT_EQ(state.entries[0].user, "ann@example.org");
    EXPECT_EQ(state.entries[0].unique_id, "1795546940.M265045P817Rqz6TlzlhS4g.vm,S=395,W=412");
    EXPECT_EQ(state.entries[0].fetched_at, at(1795546940));
}

TEST(Getmail, NamesItsAccountInTheFileName)
{
    const std::string text("1\0"
                           "1732460000\n\0"
                           "1732460000\n2\0x\n",
                           29);
    const auto state = read(text, "oldmail-mail-7.example.org-110-ann-lee");
    ASSERT_EQ(state.entries.size(), 1U);
    EXPECT_EQ(state.entries[0].host, "mail-7.example.org");
    EXPECT_EQ(state.entries[0].user, "ann-lee");
    EXPECT_EQ(state.unreadable, 2U) << "an empty unique-id and a time that is none";
    EXPECT_EQ(read(text, "copy").entries[0].host, "");
}

TEST(Mpop, FileOfItsOwn)
{
    const auto state = read_file("uidls");
    EXPECT_EQ(state.program, foreign_program::mpop);
    ASSERT_EQ(state.entries.size(), 16U);
    EXPECT_EQ(state.unreadable, 0U);
    EXPECT_EQ(state.entries[0].host, "localhost");
    EXPECT_EQ(state.entries[0].user, "ann@example.org");
    EXPECT_EQ(state.entries[0].unique_id, "1795546939.M019582P726RXWxvoagBvTY.vm,S=395,W=408");
}

TEST(Mpop, WithTimesAndSeveralLists)
{
    const auto state =
        read(" 2 pop.example.org ann\na 1732460000\nb\n 1 pop.example.net bob\nc 1732460001\n");
    ASSERT_EQ(state.entries.size(), 3U);
    EXPECT_EQ(state.entries[0].unique_id, "a");
    EXPECT_EQ(state.entries[0].fetched_at, at(1732460000));
    EXPECT_EQ(state.entries[1].unique_id, "b");
    EXPECT_FALSE(state.entries[1].fetched_at);
    EXPECT_EQ(state.entries[2].user, "bob");
}

TEST(Mpop, AListWhoseHeadIsBrokenIsNobodys)
{
    const auto state = read(" 1 pop.example.org ann\na\n 1 lost\nb\n");
    ASSERT_EQ(state.entries.size(), 1U);
    EXPECT_EQ(state.unreadable, 2U);
}

TEST(Thunderbird, WhatItFetchedWholeAndWhatNot)
{
    const auto state = read_file("popstate.dat");
    EXPECT_EQ(state.program, foreign_program::thunderbird);
    ASSERT_EQ(state.entries.size(), 4U);
    EXPECT_EQ(state.partial, 2U);
    EXPECT_EQ(state.unreadable, 0U);
    EXPECT_EQ(state.entries[0].host, "pop.example.org");
    EXPECT_EQ(state.entries[0].user, "ann");
    EXPECT_EQ(state.entries[1].unique_id, "UID2-1");
    EXPECT_EQ(state.entries[1].fetched_at, at(1732460001));
    EXPECT_EQ(state.entries[2].unique_id, "UID5-1");
    EXPECT_FALSE(state.entries[2].fetched_at);
    EXPECT_EQ(state.entries[3].user, "bob@example.net");
}

TEST(Thunderbird, LineEndsOfWindowsAndBrokenLines)
{
    const auto state = read(
        "# POP3 State File\r\n*pop.example.org ann\r\nk 1 1732460000\r\nk\r\nkk 2\r\nz 3 4\r\n*\r\nk 4\r\n");
    ASSERT_EQ(state.entries.size(), 1U);
    EXPECT_EQ(state.entries[0].user, "ann");
    EXPECT_EQ(state.entries[0].fetched_at, at(1732460000));
    EXPECT_EQ(state.unreadable, 5U);
}

TEST(ClawsMail, ItsListAndThatOfSylpheed)
{
    const auto state =
        read("a@b\t1796026965\t0\nbig\t1796026965\t2\nc\t2\n\td\n\nnone\n", "pop.example.org-ann");
    EXPECT_EQ(state.program, foreign_program::claws);
    ASSERT_EQ(state.entries.size(), 2U);
    EXPECT_EQ(state.entries[0].unique_id, "a@b");
    EXPECT_EQ(state.entries[0].fetched_at, at(1796026965));
    EXPECT_EQ(state.entries[1].unique_id, "c");
    EXPECT_FALSE(state.entries[1].fetched_at);
    EXPECT_EQ(state.partial, 1U);
    EXPECT_EQ(state.unreadable, 2U);
}

TEST(Fdm, ItsCache)
{
    const auto state = read("3 a@b\n5 with blank\n12 with a blank\nx\n");
    EXPECT_EQ(state.program, foreign_program::fdm);
    ASSERT_EQ(state.entries.size(), 2U);
    EXPECT_EQ(state.entries[0].unique_id, "a@b");
    EXPECT_EQ(state.entries[1].unique_id, "with a blank");
    EXPECT_EQ(state.unreadable, 2U);
}

TEST(ForeignState, SomethingElseIsMalformed)
{
    for (const std::string_view text : {"", "\n\n", "# only a comment\n", "set daemon 300\n", "<html>"}) {
        const auto state = read_foreign_state(text, "file");
        ASSERT_FALSE(state) << text;
        EXPECT_EQ(state.error().kind, base::failure::malformed);
    }
}

TEST(TakeOver, LeavesWhatWasFetchedAndGivesNoLeaveToDelete)
{
    const support::temporary_directory folder;
    const support::manual_clock clock;
    auto book = std::move(
        *ledger::ledger::open(support::kernel_disk(), folder.path() + "/ledger", std::nullopt, clock));
    ledger::message_record ours;
    ours.account = "ann";
    ours.unique_id = "1";
    ours.stage = stage::stored;
    ours.hash = ledger::hash_of("x");
    ours.key = "k";
    ours.verified = true;
    ledger::message_record listed = ours;
    listed.unique_id = "2";
    listed.stage = stage::listed;
    listed.hash.reset();
    listed.key.clear();
    listed.verified = false;
    listed.first_listed = clock.now() - std::chrono::hours(1);
    ASSERT_TRUE(book->record(std::vector{ours, listed}));

    std::vector<foreign_entry> entries;
    for (int number = 1; number <= 1200; ++number)
        entries.push_back({"h", "u", std::to_string(number), std::nullopt});
    entries.back().fetched_at = at(1732460000);
    const auto done = exchange::take_over(*book, "ann", entries, foreign_program::mpop, clock);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->taken_over, 1199U);
    EXPECT_EQ(done->known, 1U);
    EXPECT_TRUE(book->find("ann", "1").value()->verified) << "what is ours stays";
    const auto taken = book->find("ann", "2").value();
    EXPECT_EQ(taken->stage, stage::stored);
    EXPECT_TRUE(taken->taken_over);
    EXPECT_FALSE(taken->hash || taken->verified || taken->stored_at || !taken->key.empty());
    EXPECT_EQ(taken->first_listed, listed.first_listed);
    EXPECT_EQ(taken->note, "fetched by mpop before");
    EXPECT_EQ(book->find("ann", "1200").value()->first_listed, at(1732460000));
    EXPECT_EQ(exchange::take_over(*book, "ann", entries, foreign_program::mpop, clock)->taken_over, 0U);
}

} // namespace
