// Descriptors, errors and stat(2) in the words of this room.
#include "disk/posix_calls.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace disk {

owned_descriptor::~owned_descriptor()
{
    if (is_open()) ::close(number_);
}

base::error posix_error(std::string_view doing, std::string_view name)
{
    const int number = errno;
    base::error out = base::error_from_errno(number, std::string(doing) + " '" + std::string(name) + "'");
    // O_NOFOLLOW answers ELOOP for a link, O_DIRECTORY answers ENOTDIR, a socket ENXIO, a directory EISDIR.
    if (number == ELOOP || number == ENOTDIR || number == ENXIO || number == EISDIR) {
        out.kind = base::failure::refused;
        out.temporary = false;
    }
    return out;
}

base::error not_regular(std::string_view name)
{
    return base::permanent_error(base::failure::refused,
                                 "open '" + std::string(name) + "': it is not a regular file; move it away");
}

base::error locked_already(std::string_view name)
{
    return base::temporary_error(base::failure::in_use,
                                 "lock '" + std::string(name) + "': another process or session holds it");
}

base::error cannot_link(std::string_view name)
{
    return base::permanent_error(base::failure::refused,
                                 "link '" + std::string(name) + "': the disk gives it no second name there");
}

namespace {

class posix_lock final : public lock {
public:
    explicit posix_lock(owned_descriptor descriptor) : descriptor_(std::move(descriptor)) {}

private:
    owned_descriptor descriptor_; // closing it frees the lock
};

kind to_kind(mode_t mode)
{
    if (S_ISREG(mode)) return kind::regular;
    if (S_ISDIR(mode)) return kind::directory;
    if (S_ISLNK(mode)) return kind::symbolic_link;
    return kind::other;
}

base::wall_time to_wall_time(const timespec& time)
{
    return base::wall_time(std::chrono::duration_cast<base::wall_time::duration>(
        std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

} // namespace

bool is_local(int directory)
{
    constexpr std::int64_t zfs_magic = 0x2fc12fc1;
    constexpr std::int64_t bcachefs_magic = 0xca451a4e;
    constexpr std::int64_t xfs_magic = 0x58465342;
    constexpr std::int64_t local_kinds[] = {
        EXT4_SUPER_MAGIC, // ext2 and ext3, too
        xfs_magic,        BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,      zfs_magic,
        bcachefs_magic,   TMPFS_MAGIC,       OVERLAYFS_SUPER_MAGIC,
    };
    struct statfs status{};
    return ::fstatfs(directory, &status) == 0 &&
           std::ranges::find(local_kinds, status.f_type) != std::end(local_kinds);
}

base::result<std::unique_ptr<lock>> lock_whole(owned_descriptor opened, std::string_view name)
{
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (retried([&] { return ::fcntl(opened.number(), F_OFD_SETLK, &whole); }) == 0)
        return std::make_unique<posix_lock>(std::move(opened));
    if (errno == EAGAIN || errno == EACCES) return base::fail(locked_already(name));
    return base::fail(posix_error("lock", name));
}

status to_status(const struct stat& status)
{
    return {.kind = to_kind(status.st_mode),
            .octets = static_cast<std::uint64_t>(status.st_size),
            .modified = to_wall_time(status.st_mtim),
            .changed = to_wall_time(status.st_ctim),
            .owner = status.st_uid,
            .mode = status.st_mode & 07777,
            .links = status.st_nlink,
            .inode = status.st_ino};
}

} // namespace disk
