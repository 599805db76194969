// How many files the process may have open.
#pragma once

#include <cstdint>

namespace base {

/// Raises the limit of open files to `wanted`, as far as the system lets; what it is now.
std::uint64_t raise_open_files(std::uint64_t wanted);

/// How far raise_open_files() comes without root's rights.
std::uint64_t open_files_limit();

} // namespace base
