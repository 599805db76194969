// What every system call of this room needs: an owned descriptor, retries, and errors in our words.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace disk {

/// Owns a descriptor; closes it when destroyed, whose error nobody hears.
class owned_descriptor {
public:
    explicit owned_descriptor(int number = -1) : number_(number) {}
    owned_descriptor(owned_descriptor&& other) noexcept : number_(other.release()) {}
    owned_descriptor& operator=(owned_descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~owned_descriptor();

    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

constexpr int stale_retries_max =
    10; // NFS answers ESTALE while a name is being replaced; it settles at once or never

/// Calls until the answer is not EINTR, nor ESTALE more than stale_retries_max times. Not for close(2) and
/// fsync(2), which must not be called again.
template <typename Call>
auto retried(Call call)
{
    for (int stale = 0;;) {
        const auto answer = call();
        if (answer != -1 || (errno != EINTR && (errno != ESTALE || ++stale > stale_retries_max)))
            return answer;
    }
}

/// The error that errno tells, of `doing` (a verb) to `name`; a link, a socket, a directory or a
/// non-directory in the way is `refused`.
base::error posix_error(std::string_view doing, std::string_view name);

/// `name` is there and is not what may be opened.
base::error not_regular(std::string_view name);

/// Someone holds the lock on `name`.
base::error locked_already(std::string_view name);

/// The file system of an open directory is known to be a local one, by what statfs(2) tells.
bool is_local(int directory);

/// Takes an exclusive OFD lock on the open file `name`: `in_use` at once where someone has it.
base::result<std::unique_ptr<lock>> lock_whole(owned_descriptor opened, std::string_view name);

/// The disk cannot give `name` a second name where it was wanted.
base::error cannot_link(std::string_view name);

status to_status(const struct stat& status);

} // namespace disk
