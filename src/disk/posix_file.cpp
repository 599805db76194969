// An open file of the kernel.
#include "disk/posix_file.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace disk {

base::result<std::size_t> posix_file::read(std::span<char> into, std::uint64_t offset)
{
    const ssize_t got = retried(
        [&] { return ::pread(descriptor_.number(), into.data(), into.size(), static_cast<off_t>(offset)); });
    if (got < 0) return base::fail(posix_error("read", name_));
    return static_cast<std::size_t>(got);
}

std::size_t posix_file::read_cached(std::span<char> into, std::uint64_t offset)
{
    const iovec piece{.iov_base = into.data(), .iov_len = into.size()};
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
    struct stat of{};
    if (::fstat(descriptor_.number(), &of) != 0) return base::fail(posix_error("stat", name_));
    return to_status(of);
}

base::result<> posix_file::set_modified(base::wall_time at)
{
    const auto since_epoch = at.time_since_epoch();
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
