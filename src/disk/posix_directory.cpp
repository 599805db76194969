// An open directory of the kernel: the *at(2) family on single names, links never followed.
#include "disk/posix_directory.hpp"

#include "disk/file_system.hpp"
#include "disk/posix.hpp"
#include "disk/sync_pool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace disk {

namespace {

// O_NONBLOCK: a FIFO that someone planted must not hold us until it has a writer. It means nothing for regular files.
constexpr int open_flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr mode_t file_mode = 0600;
constexpr mode_t directory_mode = 0700;

base::error foreign_directory(std::string_view name)
{
    return {.kind = base::failure::internal,
            .temporary = false,
            .peer_text = {},
            .operator_text =
                "rename '" + std::string(name) + "': the target is a directory of another file system class"};
}

// Where the file system knows no RENAME_NOREPLACE: link(2) does not replace either.
int rename_by_link(int from, const std::string& name, int to, const std::string& to_name)
{
    if (retried([&] { return ::linkat(from, name.c_str(), to, to_name.c_str(), 0); }) != 0) return -1;
    if (retried([&] { return ::unlinkat(from, name.c_str(), 0); }) == 0) return 0;
    const int number = errno;
    ::unlinkat(to, to_name.c_str(), 0); // an error must mean that nothing was renamed
    errno = number;
    return -1;
}

int rename_without_replacing(int from, const std::string& name, int to, const std::string& to_name)
{
    const int answer =
        retried([&] { return ::renameat2(from, name.c_str(), to, to_name.c_str(), RENAME_NOREPLACE); });
    if (answer == 0 || (errno != EINVAL && errno != ENOSYS)) return answer;
    return rename_by_link(from, name, to, to_name);
}

} // namespace

base::result<std::unique_ptr<file>> posix_directory::create(std::string_view name)
{
    auto opened = open_regular(name, O_RDWR | O_CREAT | O_EXCL, "create");
    if (!opened) return base::fail(opened.error());
    return std::make_unique<posix_file>(std::move(*opened), std::string(name));
}

base::result<std::unique_ptr<file>> posix_directory::open(std::string_view name)
{
    auto opened = open_regular(name, O_RDONLY, "open");
    if (!opened) return base::fail(opened.error());
    return std::make_unique<posix_file>(std::move(*opened), std::string(name));
}

base::result<std::unique_ptr<file>> posix_directory::open_to_append(std::string_view name)
{
    auto opened = open_regular(name, O_RDWR | O_APPEND | O_CREAT, "open for appending");
    if (!opened) return base::fail(opened.error());
    return std::make_unique<posix_file>(std::move(*opened), std::string(name));
}

base::result<owned_descriptor> posix_directory::open_regular(std::string_view name, int flags,
                                                             std::string_view doing)
{
    if (auto good = check_name(name); !good) return base::fail(good.error());
    const std::string path(name);
    owned_descriptor opened(
        retried([&] { return ::openat(descriptor_.number(), path.c_str(), flags | open_flags, file_mode); }));
    if (!opened.is_open()) return base::fail(posix_error(doing, name));
    struct stat status{};
    if (::fstat(opened.number(), &status) != 0) return base::fail(posix_error("stat", name));
    if (!S_ISREG(status.st_mode)) return base::fail(not_regular(name));
    return opened;
}

base::result<std::unique_ptr<directory>> posix_directory::open_directory(std::string_view name)
{
    if (auto good = check_name(name); !good) return base::fail(good.error());
    const std::string path(name);
    owned_descriptor opened(retried([&] {
        return ::openat(descriptor_.number(), path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }));
    if (!opened.is_open()) return base::fail(posix_error("open directory", name));
    const bool local = is_local(opened.number());
    return std::make_unique<posix_directory>(std::move(opened), path, local);
}

base::result<> posix_directory::make_directory(std::string_view name)
{
    if (auto good = check_name(name); !good) return good;
    const std::string path(name);
    if (retried([&] { return ::mkdirat(descriptor_.number(), path.c_str(), directory_mode); }) != 0)
        return base::fail(posix_error("make directory", name));
    return {};
}

base::result<> posix_directory::rename(std::string_view name, directory& to, std::string_view to_name)
{
    if (auto good = check_name(name); !good) return good;
    if (auto good = check_name(to_name); !good) return good;
    const auto* target = dynamic_cast<posix_directory*>(&to);
    if (target == nullptr) return base::fail(foreign_directory(name));
    if (rename_without_replacing(descriptor_.number(), std::string(name), target->descriptor_.number(),
                                 std::string(to_name)) != 0)
        return base::fail(posix_error("rename", name));
    return {};
}

base::result<> posix_directory::replace(std::string_view name, directory& to, std::string_view to_name)
{
    if (auto good = check_name(name); !good) return good;
    if (auto good = check_name(to_name); !good) return good;
    const auto* target = dynamic_cast<posix_directory*>(&to);
    if (target == nullptr) return base::fail(foreign_directory(name));
    const std::string from_path(name);
    const std::string to_path(to_name);
    if (retried([&] {
            return ::renameat(descriptor_.number(), from_path.c_str(), target->descriptor_.number(),
                              to_path.c_str());
        }) != 0)
        return base::fail(posix_error("rename", name));
    return {};
}

base::result<> posix_directory::link(std::string_view name, directory& to, std::string_view to_name)
{
    if (auto good = check_name(name); !good) return good;
    if (auto good = check_name(to_name); !good) return good;
    const auto* target = dynamic_cast<posix_directory*>(&to);
    if (target == nullptr) return base::fail(cannot_link(name));
    const std::string from_path(name);
    const std::string to_path(to_name);
    if (retried([&] {
            return ::linkat(descriptor_.number(), from_path.c_str(), target->descriptor_.number(),
                            to_path.c_str(), 0);
        }) == 0)
        return {};
    const bool unable =
        errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP || errno == ENOSYS;
    return base::fail(unable ? cannot_link(name) : posix_error("link", name));
}

base::result<> posix_directory::remove(std::string_view name)
{
    if (auto good = check_name(name); !good) return good;
    const std::string path(name);
    if (retried([&] { return ::unlinkat(descriptor_.number(), path.c_str(), 0); }) != 0)
        return base::fail(posix_error("remove", name));
    return {};
}

base::result<> posix_directory::list(const std::function<void(std::string_view name)>& visit)
{
    // A descriptor of its own: the position of a listing is shared by all who share the descriptor.
    owned_descriptor opened(
        retried([&] { return ::openat(descriptor_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!opened.is_open()) return base::fail(posix_error("list", name_));
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(opened.number()), ::closedir);
    if (!stream) return base::fail(posix_error("list", name_));
    opened.release();
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(stream.get());
        if (entry == nullptr) break;
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") visit(name);
    }
    if (errno != 0) return base::fail(posix_error("list", name_));
    return {};
}

base::result<disk::status> posix_directory::status(std::string_view name)
{
    if (auto good = check_name(name); !good) return base::fail(good.error());
    const std::string path(name);
    struct stat status{};
    if (retried(
            [&] { return ::fstatat(descriptor_.number(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW); }) != 0)
        return base::fail(posix_error("stat", name));
    return to_status(status);
}

base::result<disk::status> posix_directory::status()
{
    struct stat status{};
    if (::fstat(descriptor_.number(), &status) != 0) return base::fail(posix_error("stat", name_));
    return to_status(status);
}

base::result<> posix_directory::sync()
{
    if (::fsync(descriptor_.number()) != 0) return base::fail(posix_error("fsync directory", name_));
    return {};
}

base::result<std::unique_ptr<lock>> posix_directory::lock_file(std::string_view name)
{
    // The file stays for ever: were it removed, one holder could lock the old file while another locks the new.
    auto opened = open_regular(name, O_RDWR | O_CREAT, "open lock file");
    if (!opened) return base::fail(opened.error());
    return lock_whole(std::move(*opened), name);
}

std::vector<base::result<>> directory::sync_files(std::span<file* const> files)
{
    std::vector<base::result<>> done;
    for (file* const file : files) done.push_back(file->sync());
    return done;
}

posix_directory::posix_directory(owned_descriptor descriptor, std::string name, bool local)
    : descriptor_(std::move(descriptor)), name_(std::move(name)), local_(local)
{
}

posix_directory::~posix_directory() = default;

std::vector<base::result<>> posix_directory::sync_files(std::span<file* const> files)
{
    if (files.size() < 2) return directory::sync_files(files);
    std::call_once(pool_begun_, [this] { pool_ = std::make_unique<sync_pool>(); });
    return pool_->sync(files);
}

namespace {

/// Without a text: nobody is told of it.
base::error not_at_once(base::failure kind = base::failure::storage)
{
    return base::temporary_error(kind, {});
}

/// openat2(2) with RESOLVE_CACHED (Linux 5.12): EAGAIN where a name or its inode would have to be read. An older
/// kernel or a filter of system calls refuses it always.
owned_descriptor open_in_memory(int directory, const char* path, int flags, std::uint64_t resolve)
{
    open_how options{};
    options.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
    options.resolve = resolve | RESOLVE_CACHED;
    return owned_descriptor(
        static_cast<int>(::syscall(SYS_openat2, directory, path, &options, sizeof options)));
}

base::result<opened_file> as_regular(owned_descriptor opened, std::string_view name)
{
    struct stat status{};
    if (!opened.is_open() || ::fstat(opened.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return base::fail(not_at_once());
    return opened_file{std::make_unique<posix_file>(std::move(opened), std::string(name)), to_status(status)};
}

} // namespace

base::result<opened_file> directory::open_cached(std::string_view)
{
    return base::fail(not_at_once());
}

base::result<std::unique_ptr<directory>> directory::open_directory_cached(std::string_view)
{
    return base::fail(not_at_once());
}

base::result<disk::status> directory::status_cached(std::string_view)
{
    return base::fail(not_at_once());
}

base::result<std::unique_ptr<lock>> directory::lock_file_cached(std::string_view)
{
    return base::fail(not_at_once());
}

base::result<std::unique_ptr<directory>> file_system::open_cached(const std::string&)
{
    return base::fail(not_at_once());
}

/// Links are not followed, and other file systems not entered. errno tells why nothing is open.
owned_descriptor posix_directory::open_name_cached(std::string_view name, int flags) const
{
    if (!local_ || !check_name(name)) {
        errno = EAGAIN;
        return owned_descriptor();
    }
    const std::string path(name);
    return open_in_memory(descriptor_.number(), path.c_str(), flags | O_NOFOLLOW,
                          RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

base::result<opened_file> posix_directory::open_cached(std::string_view name)
{
    return as_regular(open_name_cached(name, O_RDONLY | O_NONBLOCK | O_NOCTTY), name);
}

base::result<std::unique_ptr<directory>> posix_directory::open_directory_cached(std::string_view name)
{
    auto opened = open_name_cached(name, O_RDONLY | O_DIRECTORY);
    if (!opened.is_open()) return base::fail(not_at_once());
    return std::make_unique<posix_directory>(std::move(opened), std::string(name), true);
}

base::result<disk::status> posix_directory::status_cached(std::string_view name)
{
    const auto found = open_name_cached(name, O_PATH);
    if (!found.is_open())
        return base::fail(not_at_once(errno == ENOENT ? base::failure::vanished : base::failure::storage));
    struct stat status{};
    if (::fstat(found.number(), &status) != 0) return base::fail(not_at_once());
    return to_status(status);
}

base::result<std::unique_ptr<lock>> posix_directory::lock_file_cached(std::string_view name)
{
    auto opened = open_name_cached(name, O_RDWR | O_NONBLOCK | O_NOCTTY);
    struct stat status{};
    if (!opened.is_open() || ::fstat(opened.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return base::fail(not_at_once());
    return lock_whole(std::move(opened), name);
}

base::result<std::unique_ptr<directory>> posix_file_system::open_cached(const std::string& path)
{
    {
        const std::lock_guard guard(mutex_);
        if (!local_.contains(path)) return base::fail(not_at_once());
    }
    auto opened = open_in_memory(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY, 0);
    if (!opened.is_open()) return base::fail(not_at_once());
    return std::make_unique<posix_directory>(std::move(opened), path, true);
}

base::result<std::size_t> posix_file::read(std::span<char> buffer, std::uint64_t offset)
{
    const ssize_t got = retried([&] {
        return ::pread(descriptor_.number(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
    });
    if (got < 0) return base::fail(posix_error("read", name_));
    return static_cast<std::size_t>(got);
}

std::size_t posix_file::read_cached(std::span<char> buffer, std::uint64_t offset)
{
    const iovec piece{.iov_base = buffer.data(), .iov_len = buffer.size()};
    const ssize_t got = ::preadv2(descriptor_.number(), &piece, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

base::result<> posix_file::write(std::string_view octets)
{
    while (!octets.empty()) {
        const ssize_t put =
            retried([&] { return ::write(descriptor_.number(), octets.data(), octets.size()); });
        if (put == 0) errno = EIO; // nothing taken and no reason given: it would be so for ever
        if (put <= 0) return base::fail(posix_error("write", name_));
        octets.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

base::result<> posix_file::sync()
{
    // Once only: the kernel may mark the lost pages clean, and a second call would then succeed.
    if (::fsync(descriptor_.number()) != 0) return base::fail(posix_error("fsync", name_));
    return {};
}

base::result<> posix_file::close()
{
    // Linux has freed the descriptor whatever close(2) answers; EINTR says nothing about the octets.
    if (::close(descriptor_.release()) != 0 && errno != EINTR) return base::fail(posix_error("close", name_));
    return {};
}

base::result<disk::status> posix_file::status()
{
    struct stat status{};
    if (::fstat(descriptor_.number(), &status) != 0) return base::fail(posix_error("stat", name_));
    return to_status(status);
}

base::result<> posix_file::set_modified(base::wall_time time)
{
    const auto since_epoch = time.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds);
    const timespec times[] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                              {.tv_sec = seconds.count(), .tv_nsec = rest.count()}};
    if (::futimens(descriptor_.number(), times) != 0)
        return base::fail(posix_error("set the time of", name_));
    return {};
}

base::result<> posix_file::shorten(std::uint64_t octets)
{
    if (retried([&] { return ::ftruncate(descriptor_.number(), static_cast<off_t>(octets)); }) != 0)
        return base::fail(posix_error("shorten", name_));
    return {};
}

} // namespace disk
