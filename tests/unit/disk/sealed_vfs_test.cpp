// Sealed databases: all of SQLite works on them, nothing plain reaches the disk, nothing changed is believed.
#include "disk/sealed/sealed_vfs.hpp"
#include "ledger/database.hpp"
#include "support/kernel_disk.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

namespace {

using support::contents;
using support::write;

constexpr std::string_view known_word = "Zwetschgenkuchen";
const std::string a_key(32, 'k');
const std::string other_key(32, 'o');

class connection {
public:
    connection(const disk::sealed_vfs& through, const std::string& path)
    {
        code_ = sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                through.name());
        if (code_ == SQLITE_OK) code_ = disk::sealed_vfs::prepare(handle_);
        if (code_ == SQLITE_OK) code_ = run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
        sqlite3_busy_timeout(handle_, 10'000);
    }
    connection(const connection&) = delete;
    ~connection() { sqlite3_close(handle_); }

    int code() const { return code_; }
    int run(const std::string& sql) { return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr); }
    void must(const std::string& sql)
    {
        ASSERT_EQ(run(sql), SQLITE_OK) << sql << ": " << sqlite3_errmsg(handle_);
    }
    /// The answer's columns and rows; "error" where there is one.
    std::string ask(const std::string& sql)
    {
        std::string out;
        const auto take = [](void* into, int columns, char** values, char**) {
            for (int i = 0; i < columns; ++i)
                *static_cast<std::string*>(into) += std::string(values[i] == nullptr ? "" : values[i]) + ";";
            return 0;
        };
        return sqlite3_exec(handle_, sql.c_str(), take, &out, nullptr) == SQLITE_OK ? out : "error";
    }
    sqlite3* native() { return handle_; }

private:
    sqlite3* handle_ = nullptr;
    int code_ = SQLITE_OK;
};

class sealed_database : public testing::Test {
protected:
    static std::string insert(int from, int count)
    {
        return "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(from) +
               " UNION ALL SELECT i+1 FROM n LIMIT " + std::to_string(count) +
               ") INSERT INTO letter SELECT i, '" + std::string(known_word) +
               " ' || i || hex(zeroblob(i % 900)) FROM n";
    }
    void fill(connection& at, int count)
    {
        at.must("CREATE TABLE letter(id INTEGER PRIMARY KEY, text)");
        at.must(insert(0, count));
    }
    /// As a crash leaves them: without the shared memory.
    void copy_to(const std::string& to) const
    {
        write(to, contents(path_));
        write(to + "-wal", contents(path_ + "-wal"));
        std::filesystem::remove(to + "-shm");
    }

    support::temporary_directory folder_;
    std::string path_ = folder_.path() + "/ledger.db";
    disk::sealed_vfs vfs_{a_key, nullptr};
};

} // namespace

TEST_F(sealed_database, shows_no_word_and_takes_full_text_search)
{
    connection at(vfs_, path_);
    ASSERT_EQ(at.code(), SQLITE_OK);
    fill(at, 500);
    at.must("CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words SELECT text FROM letter");
    EXPECT_EQ(at.ask("SELECT count(*) FROM words WHERE words MATCH 'zwetschgenkuchen'"), "500;");
    const auto shows = [&](const std::string& file, std::string_view word) {
        return contents(file).find(word) != std::string::npos;
    };
    for (const std::string part : {"", "-wal", "-shm"}) {
        EXPECT_FALSE(contents(path_ + part).empty()) << part;
        EXPECT_FALSE(shows(path_ + part, known_word)) << part;
        EXPECT_FALSE(shows(path_ + part, "CREATE")) << part;
        EXPECT_FALSE(shows(path_ + part, "SQLite format")) << part;
    }
    at.must("PRAGMA wal_checkpoint(TRUNCATE)");
    EXPECT_GT(contents(path_).size(), 100'000U);
    EXPECT_FALSE(shows(path_, known_word));
    EXPECT_EQ(at.ask("PRAGMA integrity_check"), "ok;");
    for (const auto& one : std::filesystem::directory_iterator(folder_.path()))
        EXPECT_TRUE(one.path().string().starts_with(path_)) << one.path();
    EXPECT_FALSE(std::filesystem::exists(path_ + "-journal"));
}

TEST_F(sealed_database, opens_again_with_its_key_alone)
{
    {
        connection at(vfs_, path_);
        fill(at, 50);
    }
    {
        connection at(vfs_, path_);
        EXPECT_EQ(at.ask("SELECT count(*) FROM letter"), "50;");
    }
    const std::string before = contents(path_);
    disk::sealed_vfs other(other_key, nullptr);
    connection wrong(other, path_);
    EXPECT_NE(wrong.code(), SQLITE_OK);
    EXPECT_EQ(wrong.ask("SELECT count(*) FROM letter"), "error");
    EXPECT_NE(wrong.run("CREATE TABLE x(y)"), SQLITE_OK);
    EXPECT_EQ(contents(path_), before);
}

TEST_F(sealed_database, notices_every_octet_that_changes_and_every_cut)
{
    {
        connection at(vfs_, path_);
        fill(at, 200);
    }
    const std::string good = contents(path_);
    const std::string all = "SELECT group_concat(text) FROM letter";
    const std::string answer = connection(vfs_, path_).ask(all);
    ASSERT_NE(answer, "error");
    ASSERT_FALSE(std::filesystem::exists(path_ + "-wal"));
    const std::string copy = folder_.path() + "/copy.db";
    const auto refuses = [&](const std::string& bad) {
        write(copy, bad);
        std::filesystem::remove(copy + "-wal");
        connection at(vfs_, copy);
        return at.code() != SQLITE_OK || at.ask(all) == "error" || at.ask("PRAGMA integrity_check") != "ok;";
    };
    ASSERT_FALSE(refuses(good));
    for (std::size_t at = 0; at < good.size(); at += at < 4200 ? 31 : 1021) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        EXPECT_TRUE(refuses(bad)) << at;
    }
    for (const std::size_t length :
         {good.size() - 1, good.size() - 4096, std::size_t{4096}, std::size_t{100}})
        EXPECT_TRUE(refuses(good.substr(0, length))) << length;
    std::string swapped =
        good.substr(0, 4096) + good.substr(8192, 4096) + good.substr(4096, 4096) + good.substr(12288);
    EXPECT_TRUE(refuses(swapped));
}

TEST_F(sealed_database, recovers_what_was_committed_wherever_the_log_ends)
{
    connection at(vfs_, path_);
    at.must("CREATE TABLE letter(id INTEGER PRIMARY KEY, text)");
    at.must("PRAGMA wal_checkpoint(TRUNCATE)");
    for (int i = 0; i < 6; ++i) at.must(insert(i, 1));
    at.must("BEGIN");
    at.must(insert(100, 2000)); // more than the cache holds below: some of it is in the log, uncommitted
    const std::string copy = folder_.path() + "/copy.db";
    copy_to(copy);
    {
        connection again(vfs_, copy);
        EXPECT_EQ(again.ask("SELECT count(*) FROM letter"), "6;");
        EXPECT_EQ(again.ask("PRAGMA integrity_check"), "ok;");
    }
    at.must("ROLLBACK");
    const std::string log = contents(path_ + "-wal");
    int last = 0;
    for (std::size_t length = 0; length <= log.size() && length < 40'000; length += 1031) {
        copy_to(copy);
        write(copy + "-wal", log.substr(0, length));
        connection again(vfs_, copy);
        const std::string count = again.ask("SELECT count(*) FROM letter");
        ASSERT_NE(count, "error") << length;
        EXPECT_GE(std::stoi(count), last);
        last = std::stoi(count);
        EXPECT_EQ(again.ask("PRAGMA integrity_check"), "ok;");
    }
    EXPECT_EQ(last, 6);
}

// The power goes while the log is copied into the first page: half of its sectors are old. Who has another key must not
// lose the log by that.
TEST_F(sealed_database, opens_with_a_torn_first_page_whose_log_is_there)
{
    using ledger::durability;
    const auto open = [&](const std::string& path, const std::string& key) {
        return ledger::database::open(support::kernel_disk(), path, durability::full, key);
    };
    connection at(vfs_, path_);
    fill(at, 50);
    const std::string copy = folder_.path() + "/copy.db";
    copy_to(copy);
    write(copy, std::string(512, 'x') + contents(path_).substr(512));
    const std::string log = contents(copy + "-wal");
    EXPECT_EQ(open(copy, other_key).error().kind, base::failure::credentials);
    EXPECT_EQ(contents(copy + "-wal"), log);
    EXPECT_TRUE(open(copy, a_key).value()->check());
    EXPECT_EQ(connection(vfs_, copy).ask("SELECT count(*) FROM letter"), "50;");
    // Without a log it is no more than a damaged file, or one of another key.
    write(copy, std::string(512, 'x') + contents(path_ + "-wal").substr(0, 9000));
    EXPECT_EQ(open(copy, a_key).error().kind, base::failure::credentials);
    write(copy, std::string(512, 'x') + std::string(512, '\0'));
    EXPECT_EQ(open(copy, a_key).error().kind, base::failure::malformed)
        << "never finished: it may be made anew";
}

TEST_F(sealed_database, takes_a_changed_log_for_one_that_ends_there)
{
    connection at(vfs_, path_);
    at.must("CREATE TABLE letter(id INTEGER PRIMARY KEY, text)");
    at.must("PRAGMA wal_checkpoint(TRUNCATE)");
    for (int i = 0; i < 4; ++i) at.must(insert(i, 1));
    const std::string copy = folder_.path() + "/copy.db";
    const std::string log = contents(path_ + "-wal");
    for (std::size_t changed = 0; changed < log.size(); changed += 211) {
        copy_to(copy);
        std::string bad = log;
        bad[changed] = static_cast<char>(bad[changed] ^ 1);
        write(copy + "-wal", bad);
        connection again(vfs_, copy);
        const std::string rows = again.ask("SELECT count(*), coalesce(max(id), -1) + 1 FROM letter");
        EXPECT_TRUE(rows == "0;0;" || rows == "1;1;" || rows == "2;2;" || rows == "3;3;")
            << changed << ' ' << rows;
    }
}

TEST_F(sealed_database, takes_large_transactions_rollbacks_and_vacuum)
{
    connection at(vfs_, path_);
    // A small cache: pages go to the log before the commit, and once more when they change again.
    at.must("PRAGMA cache_size = 10; PRAGMA wal_autocheckpoint = 50");
    fill(at, 1000);
    for (int round = 0; round < 5; ++round) {
        at.must("BEGIN");
        at.must("UPDATE letter SET text = text || '" + std::to_string(round) + "'");
        at.must("SAVEPOINT s; DELETE FROM letter WHERE id % 3 = 0; " + insert(5000, 300) + "; ROLLBACK TO s");
        at.must("UPDATE letter SET text = text || 'x' WHERE id % 2 = 0");
        at.must(round % 2 == 0 ? "COMMIT" : "ROLLBACK");
    }
    EXPECT_EQ(at.ask("SELECT count(*), sum(text LIKE '%024x') FROM letter WHERE id % 2 = 0"), "500;0;");
    at.must("CREATE INDEX by_text ON letter(text)");
    at.must("DELETE FROM letter WHERE id > 300");
    EXPECT_EQ(at.ask("PRAGMA integrity_check"), "ok;");
    at.must("VACUUM");
    EXPECT_EQ(at.ask("PRAGMA integrity_check"), "ok;");
    copy_to(folder_.path() + "/copy.db");
    connection again(vfs_, folder_.path() + "/copy.db");
    EXPECT_EQ(again.ask("SELECT count(*) FROM letter"), "301;");
    EXPECT_EQ(again.ask("PRAGMA integrity_check"), "ok;");
}

TEST_F(sealed_database, serves_several_connections)
{
    connection first(vfs_, path_);
    fill(first, 10);
    disk::sealed_vfs own(a_key, nullptr);
    connection second(own, path_);
    EXPECT_EQ(second.ask("SELECT count(*) FROM letter"), "10;");
    second.must("BEGIN; SELECT count(*) FROM letter");
    first.must(insert(10, 10));
    EXPECT_EQ(second.ask("SELECT count(*) FROM letter"), "10;");
    second.must("COMMIT");
    EXPECT_EQ(second.ask("SELECT count(*) FROM letter"), "20;");
    second.must(insert(20, 10));
    first.must("PRAGMA wal_checkpoint(FULL)");
    EXPECT_EQ(first.ask("SELECT count(*) FROM letter"), "30;");
    EXPECT_EQ(second.ask("PRAGMA integrity_check"), "ok;");
}

TEST_F(sealed_database, makes_no_plain_file_beside_it)
{
    connection at(vfs_, path_);
    fill(at, 250);
    EXPECT_NE(at.run("PRAGMA temp_store = FILE; CREATE TEMP TABLE t AS "
                     "SELECT a.* FROM letter a, letter b"),
              SQLITE_OK);
    connection plain(vfs_, folder_.path() + "/x.db");
    EXPECT_NE(plain.run("PRAGMA journal_mode = DELETE; CREATE TABLE t(x)"), SQLITE_OK);
}

TEST_F(sealed_database, survives_kills_in_the_middle_of_commits)
{
    for (int round = 0; round < 8; ++round) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            disk::sealed_vfs vfs(a_key, nullptr);
            connection at(vfs, path_);
            at.run(
                "PRAGMA cache_size = 10; PRAGMA wal_autocheckpoint = 20;"
                "CREATE TABLE IF NOT EXISTS count(n); CREATE TABLE IF NOT EXISTS letter(id INTEGER PRIMARY KEY, text)");
            for (;;) {
                const int done = at.run(
                    "BEGIN IMMEDIATE; INSERT INTO count SELECT count(*) + 1 FROM count;"
                    "INSERT INTO letter(text) VALUES(hex(randomblob(9000)));"
                    "UPDATE letter SET text = text || 'x'; DELETE FROM letter WHERE id % 7 = 0; COMMIT");
                const char said = done == SQLITE_OK ? '.' : '!';
                if (::write(ends[1], &said, 1) != 1 || done != SQLITE_OK) ::_exit(1);
            }
        }
        ::close(ends[1]);
        static int told = 0;
        char said = 0;
        for (int commits = 0; commits < 3 + round && ::read(ends[0], &said, 1) == 1; ++commits) {
            ASSERT_EQ(said, '.');
            ++told;
        }
        ::kill(child, SIGKILL);
        while (::read(ends[0], &said, 1) == 1) told += said == '.';
        ::close(ends[0]);
        ::waitpid(child, nullptr, 0);
        connection at(vfs_, path_);
        ASSERT_EQ(at.code(), SQLITE_OK);
        EXPECT_EQ(at.ask("PRAGMA integrity_check"), "ok;");
        const int kept = std::stoi(at.ask("SELECT count(*) FROM count"));
        EXPECT_GE(kept, told);
        EXPECT_LE(kept, told + 1);
        told = kept;
    }
}

TEST_F(sealed_database, is_what_the_archive_opens_where_it_has_a_key)
{
    using ledger::durability;
    {
        const auto file =
            ledger::database::open(support::kernel_disk(), path_, durability::full, a_key).value();
        ASSERT_TRUE(
            file->execute("CREATE TABLE letter(text); INSERT INTO letter VALUES('Zwetschgenkuchen')"));
    }
    EXPECT_EQ(contents(path_).find(known_word), std::string::npos);
    EXPECT_EQ(ledger::database::open(support::kernel_disk(), path_, durability::full, other_key).error().kind,
              base::failure::credentials);
    EXPECT_EQ(
        ledger::database::open(support::kernel_disk(), path_, durability::full, std::nullopt).error().kind,
        base::failure::malformed);
    EXPECT_TRUE(ledger::database::open(support::kernel_disk(), path_, durability::full, a_key));
    std::string bad = contents(path_);
    bad[5000] = static_cast<char>(bad[5000] ^ 1);
    write(path_, bad);
    const auto hurt = ledger::database::open(support::kernel_disk(), path_, durability::full, a_key).value();
    EXPECT_EQ(hurt->check().error().kind, base::failure::malformed);
}
