// What only the kernel's file system can show: planted links, FIFOs and sockets, and other processes.
#include "disk/posix.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

using base::failure;

namespace {

class posix : public testing::Test {
protected:
    std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

    support::temporary_directory folder_;
    disk::posix_file_system disk_;
    std::unique_ptr<disk::directory> top_ = disk_.open(folder_.path()).value();
};

} // namespace

TEST_F(posix, never_follows_a_link)
{
    std::ofstream(path("secret")) << "another's mail";
    std::filesystem::create_symlink("secret", path("link"));
    std::filesystem::create_directory(path("folder"));
    std::filesystem::create_directory_symlink("folder", path("folder_link"));
    std::filesystem::create_symlink("nowhere", path("dangling"));

    EXPECT_EQ(top_->open("link").error().kind, failure::refused);
    EXPECT_EQ(top_->open_directory("folder_link").error().kind, failure::refused);
    EXPECT_EQ(top_->lock_file("link").error().kind, failure::refused);
    EXPECT_EQ(top_->lock_file("dangling").error().kind, failure::refused);
    EXPECT_FALSE(top_->open_cached("link"));
    EXPECT_FALSE(top_->open_directory_cached("folder_link"));
    EXPECT_FALSE(top_->lock_file_cached("link"));
    EXPECT_EQ(top_->create("dangling").error().kind, failure::exists);
    EXPECT_FALSE(std::filesystem::exists(path("nowhere")));
    EXPECT_EQ(top_->status("link")->kind, disk::kind::symbolic_link);
    EXPECT_TRUE(top_->remove("link")) << "the link itself";
    EXPECT_TRUE(std::filesystem::exists(path("secret")));
}

TEST_F(posix, does_not_wait_for_a_fifo_nor_open_a_socket_or_device)
{
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_EQ(top_->open("fifo").error().kind, failure::refused);
    EXPECT_FALSE(top_->open_cached("fifo"));
    EXPECT_FALSE(top_->lock_file_cached("fifo"));
    EXPECT_EQ(top_->lock_file("fifo").error().kind, failure::refused);
    EXPECT_EQ(top_->status("fifo")->kind, disk::kind::other);

    const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(top_->open("socket").error().kind, failure::refused);
    EXPECT_FALSE(top_->open_cached("socket"));
    ::close(listening);

    EXPECT_EQ(disk_.open("/dev").value()->open("null").error().kind, failure::refused);
}

TEST_F(posix, follows_links_in_the_operators_path)
{
    std::filesystem::create_directory(path("real"));
    std::filesystem::create_directory_symlink("real", path("link"));
    EXPECT_TRUE(disk_.open(path("link")));
    EXPECT_TRUE(disk_.make_path(path("link/below")));
    EXPECT_TRUE(std::filesystem::is_directory(path("real/below")));
}

TEST_F(posix, is_at_once_only_where_the_disk_is_known_to_be_local)
{
    EXPECT_TRUE(disk_.open_cached(folder_.path()));
    disk::posix_file_system another;
    EXPECT_FALSE(another.open_cached(folder_.path())) << "nobody has looked";
    ASSERT_TRUE(disk_.open("/proc"));
    EXPECT_FALSE(disk_.open_cached("/proc"));
    const auto remote = disk_.open("/proc").value();
    EXPECT_FALSE(remote->open_cached("version"));
    errno = ENOENT;
    EXPECT_NE(remote->status_cached("version").error().kind, failure::vanished) << "nobody has asked";
    const auto root = disk_.open("/").value();
    EXPECT_TRUE(root->open_directory("proc"));
    EXPECT_FALSE(root->open_directory_cached("proc")) << "another file system";
}

TEST_F(posix, stays_in_a_directory_that_is_renamed)
{
    std::filesystem::create_directory(path("before"));
    const auto opened = top_->open_directory("before").value();
    std::filesystem::rename(path("before"), path("after"));
    ASSERT_TRUE(opened->create("letter"));
    EXPECT_TRUE(std::filesystem::exists(path("after/letter")));
}

TEST_F(posix, frees_the_lock_of_a_process_that_was_killed)
{
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe(ready.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto held = disk_.open(folder_.path()).value()->lock_file("lock");
        const char outcome = held ? 'y' : 'n';
        static_cast<void>(!::write(ready[1], &outcome, 1));
        ::pause();
        ::_exit(0);
    }
    char outcome = 0;
    ASSERT_EQ(::read(ready[0], &outcome, 1), 1);
    EXPECT_EQ(outcome, 'y');
    EXPECT_EQ(top_->lock_file("lock").error().kind, failure::in_use);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_TRUE(top_->lock_file("lock"));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(posix, gives_descriptors_that_exec_does_not_inherit)
{
    const auto file = top_->create("file").value();
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone; // the iterator's own descriptor is listed too
        if (std::filesystem::read_symlink(entry, gone) != folder_.path() + "/file") continue;
        ++found;
        const int descriptor = std::stoi(entry.path().filename());
        EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    }
    EXPECT_EQ(found, 1U);
}

TEST_F(posix, reads_what_the_page_cache_holds_without_waiting)
{
    const auto file = top_->create("file").value();
    std::string piece(8, '\0');
    EXPECT_EQ(file->read_cached(piece, 0), 0U);
    ASSERT_TRUE(file->write("0123456789"));
    EXPECT_EQ(file->read_cached(piece, 4), 6U);
    EXPECT_EQ(piece.substr(0, 6), "456789");
    EXPECT_EQ(file->read_cached(piece, 10), 0U);
}

TEST_F(posix, carries_on_after_a_short_write_until_the_error_shows)
{
    // The limit of file sizes makes the kernel take a part first, and refuse the rest.
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{.rlim_cur = 10, .rlim_max = 10};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto file = top_->create("letter").value();
        const auto written = file->write("more than ten octets");
        const bool told = !written && written.error().temporary && file->status()->octets == 10;
        ::_exit(told ? 0 : 1);
    }
    int outcome = -1;
    ASSERT_EQ(::waitpid(child, &outcome, 0), child);
    EXPECT_TRUE(WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0);
}

TEST_F(posix, says_what_it_tried_and_to_which_name)
{
    EXPECT_EQ(top_->open("missing").error().operator_text, "open 'missing': No such file or directory");
    EXPECT_EQ(top_->open("missing").error().peer_text.find("missing"), std::string::npos);
}
