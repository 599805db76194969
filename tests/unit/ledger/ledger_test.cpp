// The ledger keeps lives as they were told to it.
#include "ledger/ledger.hpp"
#include "ledger/rebuild.hpp"
#include "unit/ledger/ledger_fixture.hpp"
#include "unit/ledger/record_holding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using archive_tests::record_copy;
using ledger::hash_of;
using ledger::message_record;
using ledger::stage;
using testing::ElementsAre;

using Ledger = archive_tests::ledger_fixture;

TEST_F(Ledger, TellsALifeAsItWasRecorded)
{
    message_record one = stored("uid \x01\xff", "content", "key");
    one.header_hash = std::string(32, '\x07');
    one.message_date = clock_.now() - std::chrono::hours(5);
    one.failures = 3;
    one.note = "why";
    one.taken_over = one.verified = one.second_copy = one.adopted = true;
    one.listed_octets = 0;
    one.size_changes = 2;
    ASSERT_TRUE(open()->record({&one, 1}));

    const auto found = open()->find("ann", one.unique_id);
    ASSERT_TRUE(found && *found);
    const message_record& read = **found;
    EXPECT_EQ(read.account, "ann");
    EXPECT_EQ(read.unique_id, one.unique_id);
    EXPECT_EQ(read.stage, stage::stored);
    EXPECT_EQ(read.hash, one.hash);
    EXPECT_EQ(read.key, "key");
    EXPECT_EQ(read.octets, 7U);
    EXPECT_EQ(read.header_hash, one.header_hash);
    EXPECT_EQ(read.first_listed, one.first_listed);
    EXPECT_EQ(read.stored_at, one.stored_at);
    EXPECT_EQ(read.message_date, one.message_date);
    EXPECT_EQ(read.failures, 3U);
    EXPECT_EQ(read.note, "why");
    EXPECT_TRUE(read.taken_over && read.verified && read.second_copy && read.adopted);
    EXPECT_EQ(read.listed_octets, 0U);
    EXPECT_EQ(read.size_changes, 2U);
}

TEST_F(Ledger, KnowsNothingOfOtherAccountsAndUniqueIds)
{
    const auto book = open();
    const message_record one = stored("1", "content", "key");
    ASSERT_TRUE(book->record({&one, 1}));
    EXPECT_EQ(book->find("bob", "1").value(), std::nullopt);
    EXPECT_EQ(book->find("ann", "2").value(), std::nullopt);
    EXPECT_EQ(book->count("bob").value(), 0U);
    EXPECT_EQ(book->count("ann").value(), 1U);
}

TEST_F(Ledger, ReplacesALifeAndKeepsItsPlace)
{
    const auto book = open();
    std::vector<message_record> records{stored("b", "1", "k1"), stored("a", "2", "k2")};
    ASSERT_TRUE(book->record(records));
    records.erase(records.begin() + 1);
    records[0].stage = stage::deleted;
    ASSERT_TRUE(book->record(records));
    std::vector<std::string> order;
    ASSERT_TRUE(
        book->for_each_record("ann", [&](const message_record& one) { order.push_back(one.unique_id); }));
    EXPECT_THAT(order, ElementsAre("b", "a"));
    EXPECT_EQ(book->find("ann", "b").value()->stage, stage::deleted);
    EXPECT_EQ(book->find("ann", "a").value()->stage, stage::stored);
}

TEST_F(Ledger, RecordsAllOrNothing)
{
    const auto book = open();
    std::vector<message_record> records{stored("a", "1", "k1"), stored("", "2", "k2")};
    const auto recorded = book->record(records);
    ASSERT_FALSE(recorded);
    EXPECT_EQ(recorded.error().kind, base::failure::internal);
    EXPECT_EQ(book->count("ann").value(), 0U);
    EXPECT_TRUE(book->copies(hash_of("1"), "ann")->empty());
    records.pop_back();
    EXPECT_TRUE(book->record(records)) << "the failed transaction is over";
}

TEST_F(Ledger, MayBeCalledWhileItTells)
{
    const auto book = open();
    std::vector<message_record> records{stored("a", "1", "k1"), stored("b", "2", "k2"),
                                        stored("c", "3", "k3")};
    ASSERT_TRUE(book->record(records));
    std::size_t told = 0;
    ASSERT_TRUE(book->for_each_record("ann", [&](const message_record& one) {
        ++told;
        EXPECT_TRUE(book->find("ann", one.unique_id).value());
        message_record changed = one;
        changed.verified = true;
        EXPECT_TRUE(book->record({&changed, 1}));
    }));
    EXPECT_EQ(told, 3U);
    EXPECT_TRUE(book->find("ann", "b").value()->verified);
}

TEST_F(Ledger, AStoredLifeIsAHoldingTheAccountsOwnFirst)
{
    const auto book = open();
    message_record hers = stored("1", "same", "k1");
    message_record his = stored("9", "same", "k9");
    his.account = "bob";
    ASSERT_TRUE(book->record({&hers, 1}));
    ASSERT_TRUE(book->record({&his, 1}));
    const auto held = book->copies(hash_of("same"), "bob");
    ASSERT_TRUE(held);
    ASSERT_EQ(held->size(), 2U);
    EXPECT_EQ(held->front().account, "bob");
    EXPECT_EQ(held->front().key, "k9");
    EXPECT_EQ(held->front().octets, 4U);
    EXPECT_EQ(book->records_with_hash(hash_of("same"))->size(), 2U);
    EXPECT_THAT(book->accounts().value(), ElementsAre("ann", "bob"));
}

TEST_F(Ledger, FindsHoldingsByTheirHeader)
{
    const auto book = open();
    const std::string header(32, '\x05');
    ASSERT_TRUE(record_copy(*book, {"ann", "k1", 10, header}, hash_of("1")));
    ASSERT_TRUE(record_copy(*book, {"ann", "k2", 10, std::nullopt}, hash_of("2")));
    const message_record known = stored("1", "1", "k1"); // says nothing of the header: what was known stays
    ASSERT_TRUE(book->record({&known, 1}));
    const auto found = book->copies_by_header(header);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().first, hash_of("1"));
    EXPECT_EQ(found->front().second.key, "k1");
    EXPECT_EQ(found->front().second.octets, 1U);
}

TEST_F(Ledger, AForgottenHoldingTakesTheLeaveToDeleteAway)
{
    const auto book = open();
    message_record one = stored("1", "1", "k1");
    one.verified = one.second_copy = true;
    ASSERT_TRUE(book->record({&one, 1}));
    ASSERT_TRUE(book->forget_copy("ann", "k1"));
    ASSERT_TRUE(book->forget_copy("ann", "never there"));
    EXPECT_TRUE(book->copies(hash_of("1"), "ann")->empty());
    const auto left = book->find("ann", "1").value();
    EXPECT_EQ(left->stage, stage::stored);
    EXPECT_EQ(left->hash, hash_of("1"));
    EXPECT_EQ(left->key, "");
    EXPECT_FALSE(left->verified || left->second_copy);
}

TEST_F(Ledger, TellsTheStoryAndBoundsIt)
{
    const auto book = open();
    message_record one = stored("1", "1", "k1");
    for (int number = 0; number < 150; ++number) {
        one.note = std::to_string(number);
        one.stage = number % 2 == 0 ? stage::intended : stage::failed;
        clock_.advance(std::chrono::seconds(1));
        ASSERT_TRUE(book->record({&one, 1}));
    }
    const auto history = book->history("ann", "1").value();
    ASSERT_EQ(history.size(), 110U);
    EXPECT_EQ(history.front().text, "0");
    EXPECT_EQ(history[9].text, "9");
    EXPECT_EQ(history[10].text, "50");
    EXPECT_EQ(history.back().text, "149");
    EXPECT_EQ(history.back().stage, stage::failed);
    EXPECT_EQ(history.back().when, clock_.now());
}

TEST_F(Ledger, RemembersRunsAndValues)
{
    const auto book = open();
    EXPECT_EQ(book->last_run("ann").value(), std::nullopt);
    const auto first = clock_.now();
    ASSERT_TRUE(book->record_run("ann", {first, true, "all well", std::nullopt}));
    ASSERT_TRUE(book->record_run("ann", {first + std::chrono::hours(1), false, "no line", std::nullopt}));
    const auto note = book->last_run("ann").value();
    EXPECT_EQ(note->text, "no line");
    EXPECT_FALSE(note->well);
    EXPECT_EQ(note->last_well, first);
    EXPECT_EQ(book->recall("ann", "pin").value(), std::nullopt);
    ASSERT_TRUE(book->remember("ann", "pin", "1"));
    ASSERT_TRUE(book->remember("ann", "pin", "2"));
    EXPECT_EQ(book->recall("ann", "pin").value(), "2");
}

TEST_F(Ledger, AQuietRunIsTheLastOneUntilAnotherIs)
{
    using std::chrono::hours;
    const auto book = open();
    const auto first = clock_.now();
    ASSERT_TRUE(book->record_no_op_run("ann", {first, true, "nothing yet", std::nullopt}));
    EXPECT_EQ(book->accounts().value(), std::vector<std::string>{"ann"})
        << "the first is recorded as any other";
    EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/ann.run"));
    ASSERT_TRUE(book->record_run("ann", {first + hours(1), false, "no line", std::nullopt}));
    ASSERT_TRUE(book->record_no_op_run("ann", {first + hours(2), true, "nothing new", std::nullopt}));
    EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/ann.run"));
    auto note = book->last_run("ann").value().value();
    EXPECT_EQ(note.text, "nothing new");
    EXPECT_TRUE(note.well);
    EXPECT_EQ(note.when, first + hours(2));
    EXPECT_EQ(note.last_well, first + hours(2));
    ASSERT_TRUE(book->record_run("ann", {first + hours(3), false, "no line again", std::nullopt}));
    note = book->last_run("ann").value().value();
    EXPECT_EQ(note.text, "no line again");
    EXPECT_FALSE(note.well);
    EXPECT_EQ(note.last_well, first + hours(2));
}

TEST_F(Ledger, AQuietRunsNoteMayBeLostOrTorn)
{
    const auto book = open();
    const auto first = clock_.now();
    ASSERT_TRUE(book->record_run("ann", {first, true, "all well", std::nullopt}));
    for (const std::string torn : {"", "12", "12 ", "x 3\n", "99999999999999999999 far\n", "1 no end"}) {
        std::ofstream(folder_.path() + "/ann.run") << torn;
        EXPECT_EQ(book->last_run("ann").value()->text, "all well") << torn;
    }
}

TEST_F(Ledger, AValueThatIsThereAlreadyIsNotWrittenAgain)
{
    const auto book = open();
    ASSERT_TRUE(book->remember("ann", "quirks", "no-top"));
    const auto octets = std::filesystem::file_size(path() + "-wal");
    ASSERT_TRUE(book->remember("ann", "quirks", "no-top"));
    EXPECT_EQ(std::filesystem::file_size(path() + "-wal"), octets);
    ASSERT_TRUE(book->remember("ann", "quirks", ""));
    EXPECT_EQ(book->recall("ann", "quirks").value(), "");
}

TEST_F(Ledger, IsForTheOwnersEyesOnly)
{
    const auto book = open();
    EXPECT_EQ(std::filesystem::status(path()).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(std::filesystem::status(path() + "-wal").permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Ledger, TwoMayWriteOneAfterTheOther)
{
    const auto first = open(), second = open();
    const message_record one = stored("1", "1", "k1"), two = stored("2", "2", "k2");
    ASSERT_TRUE(first->record({&one, 1}));
    ASSERT_TRUE(second->record({&two, 1}));
    EXPECT_EQ(first->count("ann").value(), 2U);
}

TEST_F(Ledger, RefusesWhatALaterVersionMade)
{
    open();
    auto file =
        ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt);
    ASSERT_TRUE(file && (*file)->set_schema_version(4));
    file->reset();
    const auto opened = ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::refused);
}

// The tables of version 1, with what adopt() wrote then.
void make_version_1(const std::string& path)
{
    auto file =
        ledger::database::open(support::kernel_disk(), path, ledger::durability::full, std::nullopt).value();
    const std::string texts = R"(
ALTER TABLE lives DROP COLUMN adopted; ALTER TABLE lives DROP COLUMN listed_octets;
ALTER TABLE lives DROP COLUMN size_changes; DROP TABLE tags;
INSERT INTO lives VALUES
 (1, 'ann', x'31', 'stored', NULL, x'', 1, NULL, 1, NULL, NULL, 0, 'matched by its header section', 0, NULL, NULL),
 (2, 'ann', x'32', 'stored', NULL, x'', 1, NULL, 1, NULL, NULL, 0, '', 0, NULL, NULL);)";
    file->execute(texts).value();
    file->set_schema_version(1).value();
}

TEST_F(Ledger, BringsVersionOneUpAndKnowsWhatWasOnlyAdoptedThen)
{
    open();
    make_version_1(path());
    for (int i = 0; i != 2; ++i) {
        const auto book = open();
        EXPECT_TRUE(book->find("ann", "1").value()->adopted);
        EXPECT_FALSE(book->find("ann", "2").value()->adopted);
        EXPECT_FALSE(book->find("ann", "1").value()->listed_octets);
    }
}

std::vector<std::string> tags_in(ledger::ledger& book)
{
    std::vector<std::string> out;
    book.each_tagged([&](std::string_view account, const ledger::content_hash& hash, std::string_view tags) {
            out.push_back(std::string(account) + " " + hash.text().substr(0, 2) + " " + std::string(tags));
        })
        .value();
    return out;
}

TEST_F(Ledger, BringsVersionTwoUpWhereverAPowerCutHits)
{
    open()->record(std::array{stored("1", "content", "key")}).value();
    {
        auto file =
            ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt)
                .value();
        file->execute("DROP TABLE tags").value();
        file->set_schema_version(2).value();
    }
    const auto copy = [](const std::string& from, const std::string& to) {
        std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
    };
    copy(path(), path() + ".before");
    std::string log;
    {
        const auto reader =
            ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt)
                .value();
        reader->schema_version().value(); // while it is open, the log stays
        open();
        std::ifstream in(path() + "-wal", std::ios::binary);
        log.assign(std::istreambuf_iterator<char>(in), {});
    }
    constexpr std::size_t step = 1030; // in the middle of frames, too
    ASSERT_GT(log.size(), 3 * step);
    int old = 0, fresh = 0;
    for (std::size_t octets = 0; octets <= log.size();
         octets = octets == log.size() ? octets + 1 : std::min(octets + step, log.size())) {
        copy(path() + ".before", path());
        std::filesystem::remove(path() + "-shm");
        std::ofstream(path() + "-wal", std::ios::binary) << log.substr(0, octets);
        const auto version =
            ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt)
                .value()
                ->schema_version()
                .value();
        ++(version == 2 ? old : fresh);
        const auto book = open();
        EXPECT_EQ(book->find("ann", "1").value()->key, "key") << octets;
        EXPECT_THAT(tags_in(*book), testing::IsEmpty()) << octets;
        EXPECT_TRUE(book->tag(std::array{ledger::tagging{"ann", hash_of("content"), {.added = {"work"}}}}))
            << octets;
        std::filesystem::remove(folder_.path() + "/ann.uids"); // of that record
    }
    EXPECT_GT(old, 0);
    EXPECT_GT(fresh, 0);
}

TEST_F(Ledger, KeepsTagsWithTheContent)
{
    const auto a = hash_of("a"), b = hash_of("b");
    const std::string in_a = "ann " + a.text().substr(0, 2) + " ";
    auto book = open();
    EXPECT_EQ(book->tags_state().value(), "");
    book->tag(std::array{ledger::tagging{"ann", a, {.added = {"work", "Urgent"}}}}).value();
    const auto first = book->tags_state().value();
    EXPECT_NE(first, "");
    book->tag(std::array{ledger::tagging{"ann", a, {.added = {"WORK"}}}}).value(); // nothing new
    EXPECT_EQ(book->tags_state().value(), first);
    book->tag(std::array{ledger::tagging{"ann", a, {.added = {"later"}, .taken_off = {"urgent"}}}}).value();
    EXPECT_NE(book->tags_state().value(), first);
    EXPECT_THAT(tags_in(*book), ElementsAre(in_a + "later work"));
    book->copy_tags("ann", a, b).value();
    book->tag(std::array{ledger::tagging{"ann", b, {.taken_off = {"later", "work"}}}}).value();
    EXPECT_THAT(tags_in(*book), ElementsAre(in_a + "later work"));
    std::ifstream state(folder_.path() + "/" + std::string(ledger::ledger::tags_state_name));
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(state), {}), book->tags_state().value());

    // A ledger that is lost finds them in the journal, what was taken off too; a journal that is lost is made again.
    for (const std::string_view lost : {"ledger", "ann.uids"}) {
        book.reset();
        std::filesystem::remove(folder_.path() + "/" + std::string(lost));
        book = open();
        EXPECT_THAT(tags_in(*book), ElementsAre(in_a + "later work")) << lost;
        EXPECT_NE(book->tags_state().value(), "") << lost;
    }
    // A damaged one without a journal is read as far as it can be.
    book.reset();
    std::filesystem::remove(folder_.path() + "/ann.uids");
    const auto made = ledger::replace_ledger(support::kernel_disk(), path(), std::nullopt, clock_);
    ASSERT_TRUE(made);
    EXPECT_THAT(tags_in(*made->book), ElementsAre(in_a + "later work"));
}

TEST(Tags, AreWordsAndEachIsThereOnce)
{
    using ledger::tags_in;
    EXPECT_THAT(tags_in(" work\tTodo WORK -x a,b \"q\" x* \u3000 $label1 \xff gr\u00fcn"),
                ElementsAre("$label1", "gr\u00fcn", "Todo", "work"));
    EXPECT_FALSE(ledger::is_tag(""));
    EXPECT_FALSE(ledger::is_tag("a\x1b"));
    EXPECT_TRUE(ledger::is_tag(std::string(64, 'x')));
    EXPECT_FALSE(ledger::is_tag(std::string(65, 'x')));
    std::string many;
    for (int i = 0; i < 100; ++i) many += std::to_string(i) + std::string(60, 'x') + " ";
    EXPECT_EQ(tags_in(many).size(), 16U);
    EXPECT_EQ(ledger::changed_tags("b a", {.added = {"c", "A"}, .taken_off = {"B"}}), "a c");
}

TEST_F(Ledger, ReadsADamagedOneOfVersionOne)
{
    open();
    make_version_1(path());
    auto file = ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt)
                    .value();
    file->execute("UPDATE lives SET hash = zeroblob(32); CREATE VIEW v AS SELECT 1").value();
    file.reset();
    const auto made = ledger::replace_ledger(support::kernel_disk(), path(), std::nullopt, clock_);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->records_salvaged, 2U);
    EXPECT_TRUE(made->book->find("ann", "1").value()->adopted);
    EXPECT_FALSE(made->book->find("ann", "2").value()->adopted);
}

TEST_F(Ledger, TablesOfSomebodyElseAreDamage)
{
    open();
    auto file =
        ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt);
    ASSERT_TRUE(file &&
                (*file)->execute("CREATE TRIGGER t AFTER INSERT ON lives BEGIN DELETE FROM holdings; END"));
    file->reset();
    const auto opened = ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::malformed);
}

} // namespace
