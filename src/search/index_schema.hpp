// The tables of the index, and what a row of it is.
#pragma once

#include "ledger/database.hpp"
#include "search/index.hpp"

#include <memory>
#include <span>

namespace search {

/// Opens the file and makes what is missing. `malformed` where it is damaged or of another version.
base::result<std::unique_ptr<ledger::database>>
open_index(const ledger::own_disk& disk, const std::string& path, const ledger::database_key& key);
/// Removes a file that is damaged or of another version: it is made again from the mail.
base::result<> remove_index(disk::file_system& files, const std::string& path);

/// People have written numbers down: an index that is made again gives the same ones.
struct numbered_message {
    std::int64_t number = 0;
    std::string account, key;
};
/// As many as can be read of an index of any version; none where it is damaged.
std::vector<numbered_message> numbers_in_index(const ledger::own_disk& disk, const std::string& path,
                                               const ledger::database_key& key);
/// Enters messages that catch_up() has yet to read.
base::result<> keep_numbers(ledger::database& file, std::span<const numbered_message> messages);

/// Marks as one number, and back.
std::int64_t to_number(const store::message_marks& marks);
store::message_marks to_marks(std::int64_t number);
constexpr std::int64_t seen_bit = 1, answered_bit = 2, flagged_bit = 4;
constexpr std::int64_t fresh_bit = 64; ///< beside the marks in a row: the message lies in new/

std::int64_t to_seconds(base::wall_time when);
base::wall_time to_time(std::int64_t seconds);

// The words of word_splitter.hpp for FTS5.

/// The name that the index's tables know it by.
constexpr const char* tokenizer_name = "restante";

/// Makes it known to this connection; before a table that names it is used.
base::result<> register_tokenizer(ledger::database& file);

} // namespace search
