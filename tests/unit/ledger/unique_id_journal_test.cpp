// The journal brings back what a ledger lost.
#include "ledger/ledger.hpp"
#include "ledger/unique_id_journal.hpp"
#include "unit/ledger/ledger_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;
using ledger::hash_of;
using ledger::journal_entry;
using ledger::message_record;
using ledger::stage;

TEST(JournalLine, ComesBackAsItWent)
{
    journal_entry entry{.says = journal_entry::verb::has,
                        .unique_id = std::string("a b\0%\n\xff", 7),
                        .key = "-",
                        .hash = hash_of("x"),
                        .octets = UINT64_MAX,
                        .time = base::wall_time(std::chrono::seconds(-5))};
    std::string line = ledger::format(entry);
    ASSERT_TRUE(line.ends_with('\n'));
    line.pop_back();
    EXPECT_EQ(line.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789%- "), line.npos) << line;
    const auto read = ledger::parse_journal_line(line);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->unique_id, entry.unique_id);
    EXPECT_EQ(read->key, entry.key);
    EXPECT_EQ(read->hash, entry.hash);
    EXPECT_EQ(read->octets, entry.octets);
    EXPECT_EQ(read->time, entry.time);
}

TEST(JournalLine, IsNothingWhenOneBitIsOther)
{
    std::string line = ledger::format({.unique_id = "uid", .key = "key", .hash = hash_of("x"), .octets = 1});
    line.pop_back();
    ASSERT_TRUE(ledger::parse_journal_line(line));
    for (std::size_t at = 0; at < line.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            std::string turned = line;
            turned[at] = static_cast<char>(turned[at] ^ (1 << bit));
            EXPECT_FALSE(ledger::parse_journal_line(turned)) << turned;
        }
    for (std::size_t length = 0; length < line.size(); ++length)
        EXPECT_FALSE(ledger::parse_journal_line(std::string_view(line).substr(0, length)));
}

class Journal : public archive_tests::ledger_fixture {
protected:
    void lose_ledger() const
    {
        for (const char* end : {"", "-wal", "-shm"}) fs::remove(path() + end);
    }
    std::string journal_text() const { return support::contents(journal_path()); }

    message_record stored(std::string unique_id, std::string_view content, std::string key) const
    {
        message_record one = ledger_fixture::stored(std::move(unique_id), content, std::move(key));
        one.verified = one.second_copy = true;
        return one;
    }
};

TEST_F(Journal, BringsStoredLivesBackUnverified)
{
    message_record delivered = stored("3", "3", "");
    message_record imported = stored("4", "4", "");
    imported.hash.reset();
    imported.taken_over = true;
    message_record deleted = stored("2", "2", "k2");
    deleted.stage = stage::deleted;
    ASSERT_TRUE(open()->record(std::vector{stored("1", "1", "k1"), deleted, delivered, imported}));
    lose_ledger();

    const auto book = open();
    EXPECT_EQ(book->count("ann").value(), 4U);
    const auto first = book->find("ann", "1").value();
    EXPECT_EQ(first->stage, stage::stored);
    EXPECT_EQ(first->hash, hash_of("1"));
    EXPECT_EQ(first->key, "k1");
    EXPECT_EQ(first->stored_at, clock_.now());
    EXPECT_FALSE(first->verified || first->second_copy);
    EXPECT_EQ(book->copies(hash_of("1"), "ann")->size(), 1U);
    EXPECT_EQ(book->find("ann", "2").value()->stage, stage::stored) << "deletions are not remembered";
    EXPECT_EQ(book->find("ann", "3").value()->hash, hash_of("3"));
    EXPECT_EQ(book->find("ann", "3").value()->key, "");
    EXPECT_TRUE(book->find("ann", "4").value()->taken_over);
    EXPECT_FALSE(book->find("ann", "4").value()->hash);
}

TEST_F(Journal, AnOldLedgerCatchesUpAndTrustsNoVerificationOfItsOwn)
{
    ASSERT_TRUE(open()->record(std::vector{stored("1", "1", "k1"), stored("2", "2", "k2")}));
    fs::copy(path(), path() + ".old");
    ASSERT_TRUE(open()->record(std::vector{stored("3", "3", "k3")}));
    ASSERT_TRUE(open()->forget_copy("ann", "k1"));
    lose_ledger();
    fs::rename(path() + ".old", path());

    const auto book = open();
    EXPECT_EQ(book->find("ann", "3").value()->key, "k3");
    EXPECT_EQ(book->find("ann", "1").value()->key, "") << "was removed after the copy was made";
    EXPECT_TRUE(book->copies(hash_of("1"), "ann")->empty());
    EXPECT_FALSE(book->find("ann", "2").value()->verified);
}

TEST_F(Journal, SaysEachThingOnce)
{
    const auto book = open();
    message_record one = stored("1", "1", "k1");
    ASSERT_TRUE(book->record({&one, 1}));
    const std::string text = journal_text();
    EXPECT_EQ(std::ranges::count(text, '\n'), 1);
    one.stage = stage::delete_asked;
    one.second_copy = false;
    ASSERT_TRUE(book->record({&one, 1}));
    EXPECT_EQ(journal_text(), text);
    EXPECT_TRUE(open()->find("ann", "1").value()->verified) << "nothing was lost, nothing is doubted";
}

TEST_F(Journal, AUniqueIdThatIsUsedAnewIsFetchedAnew)
{
    {
        const auto book = open();
        message_record one = stored("1", "old", "k1");
        ASSERT_TRUE(book->record({&one, 1}));
        one.stage = stage::listed;
        one.hash.reset();
        one.key.clear();
        ASSERT_TRUE(book->record({&one, 1}));
    }
    lose_ledger();
    const auto book = open();
    const auto one = book->find("ann", "1").value();
    ASSERT_TRUE(one);
    EXPECT_EQ(one->stage, stage::listed);
    EXPECT_FALSE(one->hash);
    EXPECT_EQ(book->copies(hash_of("old"), "ann")->size(), 1U) << "the message itself is still held";
}

TEST_F(Journal, WhatWasOnlyAdoptedIsSoStillUntilItWasCompared)
{
    message_record one = stored("1", "1", "k1");
    one.adopted = true;
    ASSERT_TRUE(open()->record({&one, 1}));
    lose_ledger();
    EXPECT_TRUE(open()->find("ann", "1").value()->adopted);
    one.adopted = false;
    ASSERT_TRUE(open()->record({&one, 1}));
    lose_ledger();
    EXPECT_FALSE(open()->find("ann", "1").value()->adopted);
    EXPECT_EQ(open()->find("ann", "1").value()->hash, hash_of("1"));
}

TEST_F(Journal, ALostJournalIsWrittenAgain)
{
    ASSERT_TRUE(open()->record(std::vector{stored("1", "1", "k1"), stored("2", "2", "k2")}));
    fs::remove(journal_path());
    open();
    lose_ledger();
    EXPECT_EQ(open()->count("ann").value(), 2U);
}

TEST_F(Journal, HalfALineAndTurnedBitsCostOnlyTheirOwnLines)
{
    ASSERT_TRUE(open()->record(std::vector{stored("1", "1", "k1"), stored("2", "2", "k2")}));
    std::string text = journal_text();
    text[3] = text[3] == '0' ? '1' : '0'; // of the first line's checksum
    std::ofstream(journal_path()) << text << "0123456789abcdef has 17672";
    ASSERT_TRUE(open()->record(std::vector{stored("3", "3", "k3")}));
    lose_ledger();
    const auto book = open();
    EXPECT_FALSE(book->find("ann", "1").value());
    EXPECT_TRUE(book->find("ann", "2").value());
    EXPECT_TRUE(book->find("ann", "3").value());
}

TEST_F(Journal, ALineWhoseCommitFailedIsTakenAtTheNextStart)
{
    ASSERT_TRUE(open()->record(std::vector{stored("1", "1", "k1")}));
    std::ofstream(journal_path(), std::ios::app) << ledger::format(
        {.unique_id = "2", .key = "k2", .hash = hash_of("2"), .octets = 1, .time = clock_.now()});
    EXPECT_EQ(open()->find("ann", "2").value()->stage, stage::stored);
    EXPECT_EQ(open()->history("ann", "2")->size(), 1U) << "and once only";
}

TEST_F(Journal, WhereNoLineCanBeWrittenNothingIsRecorded)
{
    const auto book = open();
    fs::create_directory(journal_path());
    const auto recorded = book->record(std::vector{stored("1", "1", "k1")});
    ASSERT_FALSE(recorded);
    EXPECT_EQ(book->count("ann").value(), 0U);
}

TEST_F(Journal, AnAccountWhoseNameIsAPathIsRefused)
{
    message_record one = stored("1", "1", "k1");
    one.account = "../ann";
    EXPECT_FALSE(open()->record({&one, 1}));
    EXPECT_FALSE(fs::exists(folder_.path() + "/../ann.uids"));
}

} // namespace
