// The file of the index.
#include "search/index_schema.hpp"

#include "search/word_splitter.hpp"

#include <sqlite3.h>

#include <chrono>

namespace search {

namespace {

constexpr std::int64_t index_version = 7; // of the tables, and of how words are folded

// FTS5 keeps no text, and its words of a message that is gone stay: numbers are never given twice, and a word counts
// only where its message is there. `notes` has the state in which each account's mail was last found, and how many
// messages are gone whose words are here still. `tags` is the ledger's table once more, as it was when the ledger had
// the state that `notes` tells.
constexpr std::string_view tables = R"(
CREATE TABLE messages (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL, key TEXT NOT NULL,
  folder TEXT NOT NULL, marks INTEGER NOT NULL,
  date INTEGER NOT NULL, octets INTEGER NOT NULL,
  sender TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL,
  attachments INTEGER NOT NULL,
  read INTEGER NOT NULL,
  hash BLOB NOT NULL,
  thread INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  UNIQUE (account, key)
) STRICT;
CREATE INDEX messages_by_date ON messages (date);
CREATE INDEX messages_by_account ON messages (account, date);
CREATE INDEX messages_unread ON messages (number) WHERE read = 0;
CREATE INDEX messages_by_hash ON messages (hash);
CREATE INDEX messages_by_thread ON messages (thread);
CREATE TABLE thread_names (name BLOB PRIMARY KEY NOT NULL, thread INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX thread_names_by_thread ON thread_names (thread);
CREATE TABLE tags (
  account TEXT NOT NULL, hash BLOB NOT NULL, tags TEXT NOT NULL,
  PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
  sender, recipients, copies, subject, attachments, body,
  content = '', columnsize = 0, tokenize = 'restante'
);
CREATE TABLE notes (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;
)";

base::error of_another_version(const std::string& path, std::int64_t found)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = "the index is of another version",
            .operator_text = path + " has version " + std::to_string(found) +
                             ", this program writes version " + std::to_string(index_version)};
}

base::result<> make_tables(ledger::database& file)
{
    ledger::transaction making(file); // another program may be at it
    if (auto begun = making.begun(); !begun) return begun;
    const auto found = file.schema_version();
    if (!found) return base::fail(found.error());
    if (*found == 0) {
        if (auto made = file.execute(tables); !made) return made;
        if (auto set = file.set_schema_version(index_version); !set) return set;
    }
    return making.commit();
}

} // namespace

base::result<std::unique_ptr<ledger::database>>
open_index(const ledger::own_disk& disk, const std::string& path, const ledger::database_key& key)
{
    auto file = ledger::database::open(disk, path, ledger::durability::normal, key);
    if (!file) return file;
    (*file)->set_remedy("restante rebuild makes it again from the mail");
    if (auto known = register_tokenizer(**file); !known) return base::fail(known.error());
    auto found = (*file)->schema_version();
    if (!found) return base::fail(found.error());
    if (*found == index_version) return file;
    if (*found != 0) return base::fail(of_another_version(path, *found));
    if (auto made = make_tables(**file); !made) return base::fail(made.error());
    return file;
}

base::result<> remove_index(disk::file_system& files, const std::string& path)
{
    auto directory = files.open(ledger::folder_of(path));
    if (!directory) return base::fail(directory.error());
    for (const std::string_view suffix : {"-wal", "-shm", ""}) {
        auto removed = (*directory)->remove(ledger::file_name_of(path) + std::string(suffix));
        if (!removed && removed.error().kind != base::failure::vanished) return removed;
    }
    return {};
}

std::vector<numbered_message> numbers_in_index(const ledger::own_disk& disk, const std::string& path,
                                               const ledger::database_key& key)
{
    std::vector<numbered_message> out;
    const auto file = ledger::database::open(disk, path, ledger::durability::normal, key);
    if (!file) return out;
    ledger::statement asked(**file, "SELECT number, account, key FROM messages ORDER BY number");
    for (;;) {
        const auto row = asked.step();
        if (!row || !*row) return out;
        out.push_back({asked.integer(0), std::string(asked.text(1)), std::string(asked.text(2))});
    }
}

base::result<> keep_numbers(ledger::database& file, std::span<const numbered_message> messages)
{
    ledger::transaction keeping(file);
    if (auto begun = keeping.begun(); !begun) return begun;
    ledger::statement add(
        file,
        "INSERT INTO messages VALUES (?, ?, ?, '', 0, 0, 0, '', '', '', 0, 0, x'', 0, '') ON CONFLICT DO NOTHING");
    for (const auto& each : messages)
        if (auto done = add.bind(1, each.number).bind(2, each.account).bind(3, each.key).run(); !done)
            return done;
    return keeping.commit();
}

std::int64_t to_number(const store::message_marks& marks)
{
    return (marks.seen ? seen_bit : 0) | (marks.answered ? answered_bit : 0) |
           (marks.flagged ? flagged_bit : 0) | (marks.forwarded ? 8 : 0) | (marks.trashed ? 16 : 0) |
           (marks.draft ? 32 : 0);
}

store::message_marks to_marks(std::int64_t number)
{
    return {.seen = (number & seen_bit) != 0,
            .answered = (number & answered_bit) != 0,
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

namespace {

int make(void* /*context*/, const char** /*arguments*/, int /*count*/, Fts5Tokenizer** made)
{
    static char no_state = 0; // its address is all that SQLite asks for
    *made = reinterpret_cast<Fts5Tokenizer*>(&no_state);
    return SQLITE_OK;
}

void remove(Fts5Tokenizer* /*made*/) {}

int tokenize(Fts5Tokenizer* /*self*/, void* context, int /*why*/, const char* text, int octets,
             int (*take)(void*, int, const char*, int, int, int))
{
    if (text == nullptr || octets <= 0) return SQLITE_OK;
    int code = SQLITE_OK;
    try {
        each_word({text, static_cast<std::size_t>(octets)}, [&](const split_word& word) {
            code = take(context, 0, word.folded.data(), static_cast<int>(word.folded.size()),
                        static_cast<int>(word.begin), static_cast<int>(word.end));
            return code == SQLITE_OK;
        });
    } catch (...) {
        return SQLITE_ERROR; // no exception may pass through C
    }
    return code;
}

/// FTS5's own table of functions, as it hands it out: through a pointer that a statement is given.
fts5_api* fts5_of(sqlite3* connection)
{
    fts5_api* found = nullptr;
    sqlite3_stmt* asked = nullptr;
    if (sqlite3_prepare_v2(connection, "SELECT fts5(?1)", -1, &asked, nullptr) == SQLITE_OK) {
        sqlite3_bind_pointer(asked, 1, static_cast<void*>(&found), "fts5_api_ptr", nullptr);
        sqlite3_step(asked);
    }
    sqlite3_finalize(asked);
    return found;
}

} // namespace

base::result<> register_tokenizer(ledger::database& file)
{
    fts5_api* const fts5 = fts5_of(file.native());
    fts5_tokenizer functions{.xCreate = make, .xDelete = remove, .xTokenize = tokenize};
    if (fts5 == nullptr ||
        fts5->xCreateTokenizer(fts5, tokenizer_name, nullptr, &functions, nullptr) != SQLITE_OK)
        return base::fail(base::error{base::failure::internal, false, "the index cannot be used",
                                      "the installed SQLite has no FTS5, which the index needs"});
    return {};
}

} // namespace search
