// Blocks for a part of a file, before somebody writes there who cannot be told that the disk is full.
#pragma once

#include <cstddef>
#include <cstdint>

namespace disk {

/// Gives the open file all blocks of `octets` from `offset` on; what it holds stays, and it grows where that lies
/// behind its end. False where the disk or a quota is full. A file system that cannot do it leaves the holes.
bool fill_holes(int descriptor, std::int64_t offset, std::size_t octets);

} // namespace disk
