// A ledger that was lost or damaged is found out and made again, and nothing is deleted by what it said.
#include "ledger/header_hash.hpp"
#include "ledger/rebuild.hpp"
#include "unit/ledger/kept_in_memory.hpp"
#include "unit/ledger/ledger_fixture.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;
using ledger::hash_of;
using ledger::message_record;
using ledger::stage;

class Rebuild : public archive_tests::ledger_fixture {
protected:
    Rebuild()
    {
        for (int number = 0; number < 40; ++number) {
            const std::string name = std::to_string(number);
            mail_.messages["k" + name] = "Subject: " + name + "\r\n\r\nText " + name + "\r\n";
        }
    }
    void drop_journal() const { fs::remove(journal_path()); }

    void fill(ledger::ledger& book) const
    {
        std::vector<message_record> records;
        for (const auto& [key, octets] : mail_.messages) {
            message_record one;
            one.account = "ann";
            one.unique_id = "uid-" + key;
            one.stage = records.size() % 4 == 0 ? stage::deleted : stage::stored;
            one.hash = hash_of(octets);
            one.key = key;
            one.octets = octets.size();
            one.first_listed = clock_.now();
            one.verified = one.second_copy = true;
            records.push_back(one);
        }
        if (!book.record(records)) throw std::runtime_error("cannot fill the ledger");
    }
    /// Every message is stored under its own hash, and no record is leave to delete.
    void expect_whole(ledger::ledger& book) const
    {
        for (const auto& [key, octets] : mail_.messages) {
            const auto one = book.find("ann", "uid-" + key).value();
            ASSERT_TRUE(one) << key;
            EXPECT_EQ(one->stage, stage::stored) << key;
            EXPECT_EQ(one->hash, hash_of(octets)) << key;
            EXPECT_EQ(one->key, key);
            EXPECT_FALSE(one->verified || one->second_copy) << key;
        }
    }
    void damage(double where, std::string_view with) const
    {
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(static_cast<double>(fs::file_size(path())) * where));
        file << with;
    }

    archive_tests::kept_in_memory mail_;
};

TEST_F(Rebuild, FillsAnEmptyLedgerFromTheMail)
{
    const auto book = open();
    EXPECT_TRUE(ledger::wants_rebuild(*book, "ann", mail_).value());
    std::uint64_t done = 0, all = 0;
    const auto rebuilt =
        ledger::rebuild(*book, "ann", mail_, {.tell = [&](std::uint64_t so_far, std::uint64_t whole) {
            done = so_far;
            all = whole;
        }});
    ASSERT_TRUE(rebuilt);
    EXPECT_EQ(rebuilt->hashed, 40U);
    EXPECT_EQ(done, 40U);
    EXPECT_EQ(all, 40U);
    EXPECT_FALSE(ledger::wants_rebuild(*book, "ann", mail_).value());
    const auto held = book->copies(hash_of(mail_.messages["k7"]), "ann").value();
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0].key, "k7");
    EXPECT_EQ(held[0].octets, mail_.messages["k7"].size());
    ledger::header_hasher header;
    header.add("Subject: 7\r\n");
    EXPECT_EQ(book->copies_by_header(header.finish())->front().second.key, "k7");
}

TEST_F(Rebuild, ForgetsWhatIsGoneAndKeepsTheHashOfWhatChanged)
{
    const auto book = open();
    fill(*book);
    mail_.messages.erase("k1");
    const std::string was = mail_.messages["k2"];
    mail_.messages["k2"] += "other";
    mail_.broken.insert("k3");
    const auto rebuilt = ledger::rebuild(*book, "ann", mail_, {});
    ASSERT_TRUE(rebuilt);
    EXPECT_EQ(rebuilt->forgotten, 1U);
    EXPECT_EQ(rebuilt->changed, std::vector<std::string>{"k2"});
    EXPECT_EQ(rebuilt->unreadable, 1U);
    EXPECT_EQ(rebuilt->hashed, 38U);
    const auto gone = book->find("ann", "uid-k1").value();
    EXPECT_EQ(gone->key, "");
    const auto changed = book->find("ann", "uid-k2").value();
    EXPECT_EQ(changed->key, "k2");
    EXPECT_EQ(changed->hash, hash_of(was));
    for (const auto& one : {gone, changed}) EXPECT_FALSE(one->verified || one->second_copy);
    EXPECT_EQ(book->copies(hash_of(was), "ann")->size(), 1U);
    EXPECT_TRUE(book->copies(hash_of(mail_.messages["k2"]), "ann")->empty());
    const auto rest = book->find("ann", "uid-k5").value();
    EXPECT_EQ(rest->key, "k5");
    EXPECT_FALSE(rest->verified) << "verified anew before a deletion";
}

TEST_F(Rebuild, FollowsWhatWasMoved)
{
    const auto book = open();
    fill(*book);
    const auto move = [&](const std::string& from, const std::string& to) {
        auto one = mail_.messages.extract(from);
        one.key() = to;
        mail_.messages.insert(std::move(one));
    };
    move("k1", "moved");
    auto removed = mail_.messages.extract("k2");
    const auto rebuilt = ledger::rebuild(*book, "ann", mail_, {});
    ASSERT_TRUE(rebuilt);
    EXPECT_EQ(rebuilt->moved, 1U);
    EXPECT_EQ(rebuilt->forgotten, 1U);
    EXPECT_EQ(book->find("ann", "uid-k1").value()->key, "moved");
    EXPECT_FALSE(book->find("ann", "uid-k1").value()->verified);
    EXPECT_EQ(book->find("ann", "uid-k2").value()->key, "");
    // Put back under any name, it is what it was.
    removed.key() = "back";
    mail_.messages.insert(std::move(removed));
    ASSERT_TRUE(ledger::rebuild(*book, "ann", mail_, {}));
    EXPECT_EQ(book->find("ann", "uid-k2").value()->key, "back");
}

TEST_F(Rebuild, BelievesAChangedFileOnlyOnAPersonsWord)
{
    const auto book = open();
    fill(*book);
    mail_.messages["k2"] += "other";
    for (const bool again : {false, true}) {
        const auto rebuilt = ledger::rebuild(*book, "ann", mail_, {.believe_files = true});
        ASSERT_TRUE(rebuilt);
        EXPECT_EQ(rebuilt->changed.size(), again ? 0U : 1U);
    }
    EXPECT_EQ(book->copies(hash_of(mail_.messages["k2"]), "ann")->size(), 1U);
    EXPECT_EQ(book->find("ann", "uid-k2").value()->key, "") << "what the server gave is not here any more";
}

TEST_F(Rebuild, TakesNoCutFileForAMessageUnlessItsOctetsAreKnown)
{
    const auto book = open();
    mail_.cut = {"k1", "k2"};
    const std::pair known(hash_of(mail_.messages["k2"]),
                          ledger::stored_copy{"ann", "before", 1, std::nullopt});
    ASSERT_TRUE(book->record_copies({&known, 1}));
    const auto rebuilt = ledger::rebuild(*book, "ann", mail_, {});
    ASSERT_TRUE(rebuilt);
    EXPECT_EQ(rebuilt->cut, std::vector<std::string>{"k1"});
    EXPECT_EQ(rebuilt->hashed, 39U);
    EXPECT_TRUE(book->copies(hash_of(mail_.messages["k1"]), "ann")->empty());
    EXPECT_EQ(ledger::rebuild(*book, "ann", mail_, {.believe_files = true})->hashed, 40U);
    EXPECT_EQ(book->copies(hash_of(mail_.messages["k1"]), "ann")->size(), 1U);
}

TEST_F(Rebuild, StopsWhenAsked)
{
    const auto book = open();
    const std::atomic<bool> stop = true;
    const auto rebuilt = ledger::rebuild(*book, "ann", mail_, {.stop = &stop});
    ASSERT_TRUE(rebuilt);
    EXPECT_TRUE(rebuilt->stopped);
    EXPECT_EQ(rebuilt->hashed, 0U);
}

TEST_F(Rebuild, ATruncatedLedgerComesBackFromTheJournal)
{
    {
        const auto book = open();
        fill(*book);
    }
    fs::resize_file(path(), fs::file_size(path()) / 2);
    const auto opened = ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_);
    ASSERT_FALSE(opened);
    ASSERT_EQ(opened.error().kind, base::failure::malformed);
    auto made = ledger::replace_ledger(support::kernel_disk(), path(), std::nullopt, clock_);
    ASSERT_TRUE(made) << made.error().operator_text;
    EXPECT_EQ(made->records, 40U);
    EXPECT_EQ(made->records_salvaged, 0U);
    EXPECT_TRUE(fs::exists(made->put_aside));
    expect_whole(*made->book);
    made->book.reset();
    expect_whole(*open());
}

TEST_F(Rebuild, ALedgerOfNoOctetsIsANewOneAndCatchesUp)
{
    {
        const auto book = open();
        fill(*book);
    }
    fs::resize_file(path(), 0);
    expect_whole(*open());
}

TEST_F(Rebuild, WithoutAJournalTheDamagedFileStillTellsMuch)
{
    {
        const auto book = open();
        for (int round = 0; round < 5; ++round) { // stories in many pages, so that the damage hits these
            clock_.advance(std::chrono::seconds(1));
            fill(*book);
        }
        auto file =
            ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt);
        ASSERT_TRUE((*file)->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    drop_journal();
    std::uint64_t told = 0;
    for (int percent = 5; percent < 100; percent += 10) {
        const std::string kept = path() + ".kept";
        fs::copy_file(path(), kept, fs::copy_options::overwrite_existing);
        damage(percent / 100.0, std::string(2000, '\xee'));
        const auto opened = ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_);
        if (!opened) {
            ASSERT_EQ(opened.error().kind, base::failure::malformed);
            clock_.advance(std::chrono::seconds(1));
            const auto made = ledger::replace_ledger(support::kernel_disk(), path(), std::nullopt, clock_);
            ASSERT_TRUE(made) << made.error().operator_text;
            told += made->records_salvaged;
            ASSERT_TRUE(made->book->for_each_record("ann", [&](const message_record& one) {
                EXPECT_EQ(one.stage, stage::stored);
                EXPECT_FALSE(one.verified || one.second_copy);
            }));
        }
        drop_journal();
        for (const char* const end : {"", "-wal", "-shm"}) fs::remove(path() + end);
        fs::rename(kept, path());
    }
    EXPECT_GT(told, 100U);
}

TEST_F(Rebuild, ARowWhoseAccountNoJournalCanHaveCostsOnlyItself)
{
    {
        const auto book = open();
        fill(*book);
        const ledger::tagging tagged{"ann", hash_of(mail_.messages["k7"]), {.added = {"work"}}};
        ASSERT_TRUE(book->tag({&tagged, 1}));
        auto file =
            ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt);
        const std::string too_long = "CAST(replace(hex(zeroblob(126)), '00', 'an') AS TEXT)";
        ASSERT_TRUE((*file)->execute("UPDATE lives SET account = CAST(x'616e00' AS TEXT) WHERE number = 1;"
                                     "UPDATE lives SET account = '../ann' WHERE number = 2;"
                                     "UPDATE lives SET account = '' WHERE number = 3;"
                                     "UPDATE lives SET account = " +
                                     too_long +
                                     " WHERE number = 4;"
                                     "UPDATE lives SET account = CAST(x'616eff' AS TEXT) WHERE number = 5;"
                                     "UPDATE tags SET account = CAST(x'616e00' AS TEXT);"));
    }
    drop_journal();
    const auto made = ledger::replace_ledger(support::kernel_disk(), path(), std::nullopt, clock_);
    ASSERT_TRUE(made) << made.error().operator_text;
    EXPECT_EQ(made->records_salvaged, 35U);
}

TEST_F(Rebuild, AChangedOctetOfTheHeaderIsDamageOrNothing)
{
    {
        const auto book = open();
        fill(*book);
    }
    constexpr std::size_t header_octets = 100; // SQLite file format, 1.3
    const std::string kept = path() + ".kept";
    fs::copy_file(path(), kept);
    std::set<std::size_t> damaged;
    for (std::size_t at = 0; at < header_octets; ++at) {
        for (const char* const end : {"", "-wal", "-shm"}) fs::remove(path() + end);
        fs::copy_file(kept, path());
        std::fstream(path(), std::ios::in | std::ios::out | std::ios::binary)
                .seekp(static_cast<std::streamoff>(at))
            << '\xff';
        const auto opened = ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_);
        if (opened) {
            EXPECT_TRUE((*opened)->record_run("ann", {clock_.now(), true, "", std::nullopt})) << at;
            continue;
        }
        const auto kind = opened.error().kind;
        if (kind == base::failure::refused) continue; // another version of our tables (octets 60 to 63)
        ASSERT_EQ(kind, base::failure::malformed) << at << ": " << opened.error().operator_text;
        damaged.insert(at);
        clock_.advance(std::chrono::seconds(1));
        ASSERT_TRUE(ledger::replace_ledger(support::kernel_disk(), path(), std::nullopt, clock_)) << at;
    }
    for (const std::size_t at : {0U, 18U, 19U}) EXPECT_TRUE(damaged.contains(at)) << at;
}

TEST_F(Rebuild, TurnedBitsNeverGiveLeaveToDelete)
{
    {
        const auto book = open();
        fill(*book);
    }
    std::uint64_t replaced = 0;
    const std::string kept = path() + ".kept";
    fs::copy_file(path(), kept);
    for (std::uint64_t at = 0; at < fs::file_size(kept); at += 257) {
        for (const char* const end : {"", "-wal", "-shm"}) fs::remove(path() + end);
        fs::copy_file(kept, path());
        damage(static_cast<double>(at) / static_cast<double>(fs::file_size(kept)), "\xa5");
        auto opened = ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_);
        if (opened) { // unused octets, or a value: SQLite cannot know, but what is verified still tells the truth
            (void)(*opened)->for_each_record("ann", [&](const message_record& one) {
                if (!one.verified) return;
                EXPECT_EQ(one.unique_id, "uid-" + one.key);
                EXPECT_EQ(one.hash, hash_of(mail_.messages[one.key]));
            });
            continue;
        }
        ASSERT_EQ(opened.error().kind, base::failure::malformed)
            << at << ": " << opened.error().operator_text;
        ++replaced;
        clock_.advance(std::chrono::seconds(1));
        const auto made = ledger::replace_ledger(support::kernel_disk(), path(), std::nullopt, clock_);
        ASSERT_TRUE(made) << made.error().operator_text;
        expect_whole(*made->book);
    }
    EXPECT_GT(replaced, 5U);
}

TEST_F(Rebuild, ALeaveToDeleteHoldsForItsOwnLifeAlone)
{
    {
        const auto book = open();
        fill(*book);
        ASSERT_TRUE(book->doubt("ann"));
        auto file =
            ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt);
        // The proof of another record, as a page written twice would bring it.
        message_record other = *book->find("ann", "uid-k1").value();
        other.verified = true;
        ASSERT_TRUE(book->record({&other, 1}));
        ASSERT_TRUE((*file)->execute(
            "UPDATE lives SET verified = (SELECT verified FROM lives WHERE verified IS NOT NULL)"));
    }
    std::uint64_t verified = 0;
    ASSERT_TRUE(
        open()->for_each_record("ann", [&](const message_record& one) { verified += one.verified ? 1 : 0; }));
    EXPECT_EQ(verified, 1U);
}

TEST(HeaderHash, IsTheSameForAMessageAndItsTop)
{
    const auto hash = [](std::string_view text, std::size_t piece) {
        ledger::header_hasher hasher;
        for (std::size_t at = 0; at < text.size(); at += piece) hasher.add(text.substr(at, piece));
        return hasher.finish();
    };
    const std::string expected = hash("A: b\r\nC: d\r\n\r\nbody\r\n\r\nmore", 1000);
    for (const std::string_view text : {"A: b\r\nC: d\r\n\r\nbody\r\n\r\nmore", "A: b\r\nC: d\r\n\r\n",
                                        "A: b\r\nC: d\r\n", "A: b\r\nC: d", "A: b\r\nC: d\r\n\r\n\r\n"})
        for (std::size_t piece = 1; piece < text.size(); ++piece)
            EXPECT_EQ(hash(text, piece), expected) << text;
    EXPECT_EQ(expected, hash_of("A: b\r\nC: d\r\n").view());
    EXPECT_EQ(hash("\r\nbody\r\n", 1), hash("", 1));
    EXPECT_NE(hash("A: b\r\nC: e\r\n\r\n", 1), expected);
}

} // namespace
