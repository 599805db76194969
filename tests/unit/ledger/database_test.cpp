// SQLite behind results: what is damaged, held or full says so.
#include "ledger/database.hpp"
#include "support/kernel_disk.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using ledger::database;
using ledger::durability;
using ledger::statement;
using ledger::transaction;

class Database : public testing::Test {
protected:
    base::result<std::unique_ptr<database>> open(durability promise = durability::full) const
    {
        return database::open(support::kernel_disk(), path(), promise, std::nullopt);
    }
    std::string path() const { return folder_.path() + "/file"; }

    /// A closed file with some pages of rows.
    void fill() const
    {
        auto file = open();
        ASSERT_TRUE(file);
        ASSERT_TRUE(
            (*file)->execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL UNIQUE) STRICT"));
        transaction all(**file);
        statement insert(**file, "INSERT INTO t (b) VALUES (?)");
        for (int row = 0; row < 500; ++row)
            ASSERT_TRUE(
                insert.bind(1, std::string_view("row " + std::to_string(row) + std::string(50, 'x'))).run());
        ASSERT_TRUE(all.commit());
    }
    void overwrite(std::streamoff at, std::string_view octets) const
    {
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(at);
        file << octets;
    }

    support::temporary_directory folder_;
};

TEST_F(Database, BindsAndReadsOctetsExactly)
{
    auto file = open();
    ASSERT_TRUE(file);
    const std::string odd("a\0b\xff", 4);
    statement echo(**file, "SELECT ?, ?, ?, ?, ?");
    echo.bind(1, std::string_view(odd))
        .bind_octets(2, odd)
        .bind(3, INT64_MIN)
        .bind_null(4)
        .bind_octets(5, "");
    ASSERT_TRUE(echo.step().value());
    EXPECT_EQ(echo.text(0), odd);
    EXPECT_EQ(echo.text(1), odd);
    EXPECT_EQ(echo.integer(2), INT64_MIN);
    EXPECT_TRUE(echo.is_null(3));
    EXPECT_FALSE(echo.is_null(4));
    EXPECT_EQ(echo.text(4), "");
    EXPECT_FALSE(echo.step().value());
}

TEST_F(Database, ATransactionThatIsLeftIsRolledBack)
{
    fill();
    auto file = open();
    {
        transaction left(**file);
        ASSERT_TRUE(left.begun());
        ASSERT_TRUE((*file)->execute("DELETE FROM t"));
    }
    statement count(**file, "SELECT count(*) FROM t");
    ASSERT_TRUE(count.step().value());
    EXPECT_EQ(count.integer(0), 500);
}

TEST_F(Database, WhatCannotBePreparedTellsAtTheFirstStep)
{
    auto file = open();
    statement asked(**file, "SELECT a FROM missing");
    ASSERT_TRUE((*file)->execute("SELECT 1"));
    const auto row = asked.bind(1, std::int64_t{1}).step();
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().kind, base::failure::malformed);
}

TEST_F(Database, PromisesWhatItIsAskedFor)
{
    for (const auto& [promise, expected] : {std::pair{durability::full, 2}, {durability::normal, 1}}) {
        auto file = open(promise);
        statement synchronous(**file, "PRAGMA synchronous"), mode(**file, "PRAGMA journal_mode");
        ASSERT_TRUE(synchronous.step().value() && mode.step().value());
        EXPECT_EQ(synchronous.integer(0), expected);
        EXPECT_EQ(mode.text(0), "wal");
    }
}

TEST_F(Database, AFileThatIsNoDatabaseIsMalformed)
{
    std::ofstream(path()) << std::string(5000, 'x');
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::malformed);
    EXPECT_NE(opened.error().operator_text.find(path()), std::string::npos);
}

TEST_F(Database, ATruncatedFileIsMalformed)
{
    fill();
    std::filesystem::resize_file(path(), std::filesystem::file_size(path()) / 2);
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::malformed);
}

TEST_F(Database, TurnedBitsInAPageAreMalformedWhenItIsReadThrough)
{
    fill();
    overwrite(2 * 4096, std::string(200, '\xff'));
    const auto opened = open();
    ASSERT_TRUE(opened) << "opening does not read it through";
    EXPECT_FALSE((*opened)->met_damage());
    const auto sound = (*opened)->check();
    ASSERT_FALSE(sound);
    EXPECT_EQ(sound.error().kind, base::failure::malformed);
    EXPECT_TRUE((*opened)->met_damage());
}

TEST_F(Database, ChecksItselfWhenAsked)
{
    fill();
    auto file = open();
    EXPECT_TRUE((*file)->check());
    EXPECT_FALSE((*file)->met_damage());
}

TEST_F(Database, AFolderThatIsNotThereIsToldAsSuch)
{
    const auto opened = database::open(support::kernel_disk(), folder_.path() + "/missing/file",
                                       durability::full, std::nullopt);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::vanished);
}

TEST_F(Database, ALinkIsNotFollowed)
{
    fill();
    std::filesystem::create_symlink(path(), folder_.path() + "/link");
    EXPECT_FALSE(
        database::open(support::kernel_disk(), folder_.path() + "/link", durability::full, std::nullopt));
}

TEST_F(Database, AFullDiskIsNoSpace)
{
    fill();
    auto file = open();
    ASSERT_TRUE((*file)->execute(
        "PRAGMA max_page_count = 1")); // SQLite's own way to have a full disk: as small as it is
    statement insert(**file, "INSERT INTO t (b) VALUES (?)");
    const auto run = insert.bind(1, std::string_view(std::string(100'000, 'y'))).run();
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().kind, base::failure::no_space);
    EXPECT_TRUE(run.error().temporary);
}

TEST_F(Database, AKeyOfTheWrongLengthIsRefusedAndNothingIsMade)
{
    const auto opened = database::open(support::kernel_disk(), path(), durability::full, "secret");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::refused);
    EXPECT_EQ(opened.error().operator_text.find("secret"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(path()));
}

} // namespace
