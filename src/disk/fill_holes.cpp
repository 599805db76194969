// fallocate(2).
#include "disk/fill_holes.hpp"

#include <fcntl.h>

#include <cerrno>

namespace disk {

bool fill_holes(int descriptor, std::int64_t offset, std::size_t octets)
{
    while (::fallocate(descriptor, 0, offset, static_cast<off_t>(octets)) != 0) {
        if (errno == EINTR) continue;
        return errno != ENOSPC && errno != EDQUOT;
    }
    return true;
}

} // namespace disk
