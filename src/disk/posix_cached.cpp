// What needs no waiting: look-ups that the kernel answers from memory, or not at all.
#include "disk/name_check.hpp"
#include "disk/posix.hpp"
#include "disk/posix_directory.hpp"
#include "disk/posix_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace disk {

namespace {

/// Without a text: nobody is told of it.
base::error not_at_once(base::failure kind = base::failure::storage)
{
    return {.kind = kind, .temporary = true, .peer_text = {}, .operator_text = {}};
}

/// openat2(2) with RESOLVE_CACHED (Linux 5.12): EAGAIN where a name or its inode would have to be read. An older
/// kernel or a filter of system calls refuses it always.
owned_descriptor open_in_memory(int directory, const char* path, int flags, std::uint64_t resolve)
{
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
    how.resolve = resolve | RESOLVE_CACHED;
    return owned_descriptor(static_cast<int>(::syscall(SYS_openat2, directory, path, &how, sizeof how)));
}

base::result<opened_file> as_regular(owned_descriptor opened, std::string_view name)
{
    struct stat of{};
    if (!opened.is_open() || ::fstat(opened.number(), &of) != 0 || !S_ISREG(of.st_mode))
        return base::fail(not_at_once());
    return opened_file{std::make_unique<posix_file>(std::move(opened), std::string(name)), to_status(of)};
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
    struct stat of{};
    if (::fstat(found.number(), &of) != 0) return base::fail(not_at_once());
    return to_status(of);
}

base::result<std::unique_ptr<lock>> posix_directory::lock_file_cached(std::string_view name)
{
    auto opened = open_name_cached(name, O_RDWR | O_NONBLOCK | O_NOCTTY);
    struct stat of{};
    if (!opened.is_open() || ::fstat(opened.number(), &of) != 0 || !S_ISREG(of.st_mode))
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

} // namespace disk
