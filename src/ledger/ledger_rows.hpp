// The tables of the ledger (docs/formats.md), its statements, prepared once, and how rows and records become each
// other.
#pragma once

#include "base/result.hpp"
#include "ledger/database.hpp"
#include "ledger/ledger.hpp"

#include <string>

namespace ledger {

struct ledger::statements {
    explicit statements(database& file);
    statement find, with_hash, insert, count, insert_event, trim_events;
    statement insert_copy, delete_copy, find_copy, forget_key, copies, copies_by_header;
    statement insert_run, last_run, remember, recall, forget, insert_journal;
    statement find_tags, insert_tags, delete_tags;
};

/// Puts a statement back where its caller leaves before the last row.
class reset_at_end {
public:
    explicit reset_at_end(statement& rows) : of_(rows) {}
    ~reset_at_end() { of_.reset(); }
    reset_at_end(const reset_at_end&) = delete;
    reset_at_end& operator=(const reset_at_end&) = delete;

private:
    statement& of_;
};

/// A query for records: its columns are those that read_record() expects. `rest` begins with WHERE.
std::string select_records(std::string_view rest);
/// The same from tables of version 1.
std::string select_lives_of_version_1(std::string_view rest);
/// What `adopted` would be there: NULL, or what is not. Such a record had nothing but this note to tell it by.
inline constexpr std::string_view adopted_in_version_1 =
    "CASE WHEN note = 'matched by its header section' THEN x'01' END";
/// Steps to the end and tells each row's record.
base::result<> each_record(statement& rows, const std::function<void(const message_record&)>& tell);
/// `malformed` where the row is none that we wrote.
base::result<message_record> read_record(const statement& rows);

/// What stands in a record's row for the yes of `verified` and `second_copy`: a hash of that word and of account,
/// unique-id, key and content hash. SQLite's pages have no checksums; a bit that turns in any of these takes the
/// leave to delete away, and none can give it.
std::string proof_of(std::string_view word, const message_record& record);

std::int64_t to_row(base::wall_time time);
base::wall_time from_row(std::int64_t time);
void bind_or_null(statement& row, int parameter, const std::optional<base::wall_time>& time);
void bind_octets_or_null(statement& row, int parameter, const std::optional<std::string>& octets);

/// Makes the tables in a new file; sees that those of an old one are ours. `malformed` where they are not; `refused`
/// where a later version of this program made them.
base::result<> prepare_ledger_schema(database& file);

} // namespace ledger
