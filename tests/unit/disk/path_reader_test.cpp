// Files named by path: links are followed, what may not be read is asked of another, every change shows.
#include "disk/path_reader.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>

using base::failure;

namespace {

class path_reader : public testing::Test {
protected:
    std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
    void write(const std::string& name, std::string_view octets) const
    {
        std::ofstream(path(name)) << octets;
    }

    support::temporary_directory folder_;
    disk::path_reader reader_;
};

} // namespace

TEST_F(path_reader, reads_a_file_with_its_mode)
{
    write("key", "secret\n");
    ASSERT_EQ(::chmod(path("key").c_str(), 0640), 0);
    const auto read = reader_.read(path("key"), 1);
    ASSERT_TRUE(read) << read.error().operator_text;
    EXPECT_EQ(read->octets, "secret\n");
    EXPECT_EQ(read->mode, 0640U);
}

TEST_F(path_reader, follows_links)
{
    write("archive1.pem", "PEM");
    std::filesystem::create_directory(path("archive"));
    std::filesystem::create_directory_symlink("archive", path("live"));
    std::filesystem::create_symlink("../archive1.pem", path("archive/chain.pem"));
    EXPECT_EQ(reader_.read(path("live/chain.pem"), 1).value().octets, "PEM");
}

TEST_F(path_reader, refuses_what_is_no_file_or_too_large)
{
    write("large", std::string((1U << 20U) + 1, 'x'));
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    for (const auto* name : {"large", "fifo", ""}) {
        const auto read = reader_.read(path(name), 1);
        ASSERT_FALSE(read) << name;
        EXPECT_EQ(read.error().kind, failure::malformed);
        EXPECT_EQ(read.error().operator_text, path(name) + " is not a file of at most 1 MiB");
    }
    EXPECT_EQ(reader_.read(path("large"), 2).value().octets.size(), (1U << 20U) + 1);
}

TEST_F(path_reader, says_what_is_missing)
{
    EXPECT_EQ(reader_.read(path("none"), 1).error().operator_text,
              "cannot read " + path("none") + ": No such file or directory");
    EXPECT_EQ(reader_.list(path("none")).error().operator_text,
              "cannot read " + path("none") + ": No such file or directory");
}

TEST_F(path_reader, lists_a_folder_and_says_which_are_folders)
{
    write("file", "");
    std::filesystem::create_directory(path("folder"));
    std::filesystem::create_directory_symlink("folder", path("link"));
    std::filesystem::create_symlink("nowhere", path("dangling"));
    std::set<std::string> folders;
    std::set<std::string> others;
    for (const auto& entry : reader_.list(folder_.path()).value())
        (entry.is_folder.value() ? folders : others).insert(entry.name);
    EXPECT_EQ(folders, (std::set<std::string>{"folder", "link"}));
    EXPECT_EQ(others, (std::set<std::string>{"dangling", "file"}));
}

TEST_F(path_reader, shows_every_change_of_a_file)
{
    write("key", "one");
    auto before = reader_.state(path("key"));
    const auto older = std::filesystem::last_write_time(path("key")) - std::chrono::hours(1);
    std::filesystem::last_write_time(path("key"), older); // an older file may come in its place, too
    EXPECT_NE(reader_.state(path("key")), before);
    before = reader_.state(path("key"));
    EXPECT_EQ(reader_.state(path("key")), before);
    std::filesystem::remove(path("key"));
    EXPECT_EQ(reader_.state(path("key")), path("key") + " error " + std::to_string(ENOENT) + "\n");
}

/// A file that is closed to this user, and one that somebody may open in its place.
class path_reader_with_help : public path_reader {
protected:
    void SetUp() override
    {
        write("key", "");
        write("open", "secret");
        ASSERT_EQ(::chmod(path("key").c_str(), 0), 0);
        ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
        ASSERT_EQ(::seteuid(::getuid() == 0 ? nobody : ::getuid()), 0) << "root may read everything";
    }
    void TearDown() override { ASSERT_EQ(::seteuid(::getuid()), 0); }

    static constexpr uid_t nobody = 65534;
};

TEST_F(path_reader_with_help, asks_for_what_it_may_not_read)
{
    std::string asked;
    const disk::path_reader helped([&](const std::string& wanted) -> base::result<int> {
        asked = wanted;
        return ::open(path("open").c_str(), O_RDONLY | O_CLOEXEC);
    });
    EXPECT_EQ(helped.read(path("key"), 1).value().octets, "secret");
    EXPECT_EQ(asked, path("key"));
}

TEST_F(path_reader_with_help, says_why_nobody_opens_it)
{
    const disk::path_reader helped([](const std::string&) -> base::result<int> {
        return base::fail(base::permanent_error(failure::refused, "not for you"));
    });
    EXPECT_EQ(helped.read(path("key"), 1).error().operator_text,
              "cannot read " + path("key") + ": not for you");
    EXPECT_EQ(reader_.read(path("key"), 1).error().operator_text,
              "cannot read " + path("key") + ": Permission denied");
}
