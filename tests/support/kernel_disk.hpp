// The machine's own disk, for archives that a test keeps in a temporary folder.
#pragma once

#include "archive/own_disk.hpp"
#include "disk/posix.hpp"

namespace support {

inline archive::own_disk kernel_disk()
{
    static disk::posix_file_system files;
    return {files};
}

} // namespace support
