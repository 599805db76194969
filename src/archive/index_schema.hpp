// The tables of the index, and what a row of it is.
#pragma once

#include "archive/index.hpp"

#include <memory>

namespace archive {

/// Opens the file and makes what is missing. `malformed` where it is damaged or of another version.
base::result<std::unique_ptr<database>> open_index(const std::string& path, const database_key& key);

/// Marks as one number, and back.
std::int64_t to_number(const store::message_marks& marks);
store::message_marks to_marks(std::int64_t number);
constexpr std::int64_t seen_bit = 1, flagged_bit = 4;

std::int64_t to_seconds(base::wall_time when);
base::wall_time to_time(std::int64_t seconds);

} // namespace archive
