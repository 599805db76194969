// The file of the index.
#include "archive/index_schema.hpp"

#include <chrono>

namespace archive {
namespace {

constexpr std::int64_t index_version = 1;

// FTS5 keeps the text itself: only so can it show the words around a hit, and take a message out again, with
// the SQLite of Debian 12 (contentless tables cannot delete before 3.43). Numbers are never given twice.
constexpr std::string_view tables = R"(
CREATE TABLE messages (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL, key TEXT NOT NULL,
  folder TEXT NOT NULL, marks INTEGER NOT NULL,
  date INTEGER NOT NULL, octets INTEGER NOT NULL,
  sender TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL,
  attachments INTEGER NOT NULL,
  UNIQUE (account, key)
) STRICT;
CREATE INDEX messages_by_date ON messages (date);
CREATE INDEX messages_by_account ON messages (account, date);
CREATE VIRTUAL TABLE words USING fts5 (
  sender, recipients, subject, attachments, body,
  tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
)";

base::error of_another_version(const std::string& path, std::int64_t found)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = "the index is of another version",
            .operator_text = path + " has version " + std::to_string(found) +
                             ", this program writes version " + std::to_string(index_version)};
}

} // namespace

base::result<std::unique_ptr<database>> open_index(const std::string& path, const database_key& key)
{
    auto file = database::open(path, durability::normal, key);
    if (!file) return file;
    auto found = (*file)->schema_version();
    if (!found) return base::fail(found.error());
    if (*found == index_version) return file;
    if (*found != 0) return base::fail(of_another_version(path, *found));
    transaction making(**file); // another program may be at it
    if (auto begun = making.begun(); !begun) return base::fail(begun.error());
    found = (*file)->schema_version();
    if (!found) return base::fail(found.error());
    if (*found == 0) {
        if (auto made = (*file)->execute(tables); !made) return base::fail(made.error());
        if (auto set = (*file)->set_schema_version(index_version); !set) return base::fail(set.error());
    }
    if (auto done = making.commit(); !done) return base::fail(done.error());
    return file;
}

std::int64_t to_number(const store::message_marks& marks)
{
    return (marks.seen ? seen_bit : 0) | (marks.answered ? 2 : 0) | (marks.flagged ? flagged_bit : 0) |
           (marks.forwarded ? 8 : 0) | (marks.trashed ? 16 : 0) | (marks.draft ? 32 : 0);
}

store::message_marks to_marks(std::int64_t number)
{
    return {.seen = (number & seen_bit) != 0,
            .answered = (number & 2) != 0,
            .flagged = (number & flagged_bit) != 0,
            .forwarded = (number & 8) != 0,
            .trashed = (number & 16) != 0,
            .draft = (number & 32) != 0};
}

std::int64_t to_seconds(base::wall_time when)
{
    return std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
}

base::wall_time to_time(std::int64_t seconds)
{
    return base::wall_time(std::chrono::seconds(seconds));
}

} // namespace archive
