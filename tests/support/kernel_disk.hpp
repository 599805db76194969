// The machine's own disk, for archives that a test keeps in a temporary folder.
#pragma once

#include "disk/posix.hpp"
#include "ledger/database.hpp"

namespace support {

inline ledger::own_disk kernel_disk()
{
    static disk::posix_file_system files;
    return {files};
}

} // namespace support
