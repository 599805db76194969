// The tables of the ledger, its statements, and how rows and records become each other.
#include "ledger/ledger_rows.hpp"

#include <array>
#include <string>
#include <vector>

namespace ledger {

namespace {

constexpr std::string_view record_columns =
    "account, unique_id, stage, hash, key, octets, header_hash, first_listed, stored_at, message_date, failures, note, "
    "taken_over, verified, second_copy, adopted, listed_octets, size_changes";

struct stage_name {
    stage value;
    std::string_view name;
};
constexpr std::array<stage_name, 9> stage_names{{
    {stage::listed, "listed"},
    {stage::intended, "intended"},
    {stage::skipped, "skipped"},
    {stage::failed, "failed"},
    {stage::stored, "stored"},
    {stage::delete_asked, "delete-asked"},
    {stage::delete_unknown, "delete-unknown"},
    {stage::deleted, "deleted"},
    {stage::vanished, "vanished"},
}};

std::optional<base::wall_time> time_or_none(const statement& rows, int column)
{
    if (rows.is_null(column)) return std::nullopt;
    return from_row(rows.integer(column));
}

base::error strange_row(std::string_view content)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = "the ledger is damaged",
            .operator_text = "the ledger holds " + std::string(content) + ", which this program never wrote"};
}

} // namespace

std::string_view name_of(stage stage)
{
    for (const stage_name& entry : stage_names)
        if (entry.value == stage) return entry.name;
    return "unknown";
}

std::optional<stage> stage_named(std::string_view name)
{
    for (const stage_name& entry : stage_names)
        if (entry.name == name) return entry.value;
    return std::nullopt;
}

std::string proof_of(std::string_view word, const message_record& record)
{
    constexpr std::size_t proof_octets = 16;
    content_hasher hasher;
    for (const std::string_view part : {word, std::string_view(record.account),
                                        std::string_view(record.unique_id), std::string_view(record.key)}) {
        hasher.add(std::to_string(part.size()) + ' ');
        hasher.add(part);
    }
    if (record.hash) hasher.add(record.hash->view());
    return std::string(hasher.finish().view().substr(0, proof_octets));
}

std::int64_t to_row(base::wall_time time)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

base::wall_time from_row(std::int64_t time)
{
    return base::wall_time(
        std::chrono::duration_cast<base::wall_time::duration>(std::chrono::nanoseconds(time)));
}

void bind_or_null(statement& row, int parameter, const std::optional<base::wall_time>& time)
{
    if (time)
        row.bind(parameter, to_row(*time));
    else
        row.bind_null(parameter);
}

void bind_octets_or_null(statement& row, int parameter, const std::optional<std::string>& octets)
{
    if (octets)
        row.bind_octets(parameter, *octets);
    else
        row.bind_null(parameter);
}

std::string select_records(std::string_view rest)
{
    return "SELECT " + std::string(record_columns) + " FROM lives " + std::string(rest);
}

std::string select_lives_of_version_1(std::string_view rest)
{
    const std::string_view known = record_columns.substr(0, record_columns.find(", adopted"));
    return "SELECT " + std::string(known) + ", " + std::string(adopted_in_version_1) +
           ", NULL, NULL FROM lives " + std::string(rest);
}

base::result<message_record> read_record(const statement& rows)
{
    const auto found = stage_named(rows.text(2));
    if (!found) return base::fail(strange_row("an unknown stage"));
    message_record read;
    read.account = rows.text(0);
    read.unique_id = rows.text(1);
    read.stage = *found;
    if (!rows.is_null(3)) {
        read.hash = content_hash::from_octets(rows.text(3));
        if (!read.hash) return base::fail(strange_row("a hash of a wrong length"));
    }
    read.key = rows.text(4);
    read.octets = static_cast<std::uint64_t>(rows.integer(5));
    if (!rows.is_null(6)) read.header_hash = rows.text(6);
    read.first_listed = from_row(rows.integer(7));
    read.stored_at = time_or_none(rows, 8);
    read.message_date = time_or_none(rows, 9);
    read.failures = static_cast<unsigned>(rows.integer(10));
    read.note = rows.text(11);
    read.taken_over = rows.integer(12) != 0;
    read.verified = !rows.is_null(13) && rows.text(13) == proof_of("verified", read);
    read.second_copy = !rows.is_null(14) && rows.text(14) == proof_of("second copy", read);
    read.adopted = !rows.is_null(15);
    if (!rows.is_null(16)) read.listed_octets = static_cast<std::uint64_t>(rows.integer(16));
    if (!rows.is_null(17)) read.size_changes = static_cast<unsigned>(rows.integer(17));
    return read;
}

base::result<> each_record(statement& rows, const std::function<void(const message_record&)>& tell)
{
    for (;;) {
        auto row = rows.step();
        if (!row) return base::fail(row.error());
        if (!*row) return {};
        auto read = read_record(rows);
        if (!read) return base::fail(read.error());
        tell(*read);
    }
}

ledger::statements::statements(database& file)
    : find(file, select_records("WHERE account = ? AND unique_id = ?")),
      with_hash(file, select_records("WHERE hash = ? ORDER BY number")),
      insert(
          file,
          "INSERT INTO lives (" + std::string(record_columns) +
              ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
              " ON CONFLICT (account, unique_id) DO UPDATE SET stage = ?3, hash = ?4, key = ?5, octets = ?6,"
              " header_hash = ?7, first_listed = ?8, stored_at = ?9, message_date = ?10, failures = ?11,"
              " note = ?12, taken_over = ?13, verified = ?14, second_copy = ?15, adopted = ?16, listed_octets = ?17,"
              " size_changes = ?18 RETURNING number"),
      count(file, "SELECT count(*) FROM lives WHERE account = ?"),
      insert_event(file, "INSERT INTO happenings SELECT ?1, coalesce(max(ordinal), 0) + 1, ?2, ?3, ?4"
                         " FROM happenings WHERE life = ?1 RETURNING ordinal"),
      trim_events(file, "DELETE FROM happenings WHERE life = ? AND ordinal = ?"),
      insert_copy(file,
                  "INSERT INTO holdings (account, key, hash, octets, header_hash) VALUES (?1, ?2, ?3, ?4, ?5)"
                  " ON CONFLICT (account, key) DO UPDATE SET octets = ?4, header_hash ="
                  " CASE WHEN ?5 IS NULL AND hash = ?3 THEN header_hash ELSE ?5 END, hash = ?3"),
      delete_copy(file, "DELETE FROM holdings WHERE account = ? AND key = ?"),
      find_copy(file, "SELECT hash FROM holdings WHERE account = ? AND key = ?"),
      forget_key(file, "UPDATE lives SET key = x'', verified = NULL, second_copy = NULL"
                       " WHERE hash = ?1 AND account = ?2 AND key = ?3"),
      copies(file, "SELECT account, key, octets, header_hash, hash FROM holdings WHERE hash = ?1"
                   " ORDER BY account <> ?2, account, key"),
      copies_by_header(file,
                       "SELECT account, key, octets, header_hash, hash FROM holdings WHERE header_hash = ?"
                       " ORDER BY account, key"),
      insert_run(
          file,
          "INSERT INTO runs (account, at, well, text, last_well) VALUES (?1, ?2, ?3, ?4,"
          " CASE WHEN ?3 THEN ?2 END) ON CONFLICT (account) DO UPDATE SET at = ?2, well = ?3, text = ?4,"
          " last_well = CASE WHEN ?3 THEN ?2 ELSE last_well END"),
      last_run(file, "SELECT at, well, text, last_well FROM runs WHERE account = ?"),
      remember(file, "INSERT INTO memories (account, name, value) VALUES (?1, ?2, ?3)"
                     " ON CONFLICT (account, name) DO UPDATE SET value = ?3"),
      recall(file, "SELECT value FROM memories WHERE account = ? AND name = ?"),
      forget(file, "DELETE FROM memories WHERE account = ? AND name = ?"),
      insert_journal(file, "INSERT INTO journals (account, octets) VALUES (?1, ?2)"
                           " ON CONFLICT (account) DO UPDATE SET octets = ?2"),
      find_tags(file, "SELECT tags FROM tags WHERE account = ? AND hash = ?"),
      insert_tags(file, "INSERT OR REPLACE INTO tags (account, hash, tags) VALUES (?, ?, ?)"),
      delete_tags(file, "DELETE FROM tags WHERE account = ? AND hash = ?")
{
}

namespace {

constexpr std::int64_t ledger_version = 3;

// What version 3 added.
constexpr std::string_view tags_table = R"(CREATE TABLE tags (
  account TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  tags TEXT NOT NULL,
  PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID)";

// The columns of version 2, as ALTER TABLE writes them into the text of the table: a file that was brought up to it and
// a new one have the same texts.
constexpr std::string_view added_columns = ", adopted BLOB, listed_octets INTEGER, size_changes INTEGER";

// Unique-ids, hashes and keys are octets that others choose. Times are nanoseconds since 1970. `verified` and
// `second_copy` are proofs (ledger_rows.hpp).
constexpr std::array<std::string_view, 10> schema{
    R"(CREATE TABLE lives (
  number INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  unique_id BLOB NOT NULL CHECK (length(unique_id) > 0),
  stage TEXT NOT NULL,
  hash BLOB CHECK (length(hash) = 32),
  key BLOB NOT NULL,
  octets INTEGER NOT NULL,
  header_hash BLOB CHECK (length(header_hash) = 32),
  first_listed INTEGER NOT NULL,
  stored_at INTEGER,
  message_date INTEGER,
  failures INTEGER NOT NULL,
  note TEXT NOT NULL,
  taken_over INTEGER NOT NULL,
  verified BLOB,
  second_copy BLOB, adopted BLOB, listed_octets INTEGER, size_changes INTEGER,
  UNIQUE (account, unique_id)
) STRICT)",
    "CREATE INDEX lives_by_hash ON lives (hash) WHERE hash IS NOT NULL",
    R"(CREATE TABLE happenings (
  life INTEGER NOT NULL REFERENCES lives (number) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  at INTEGER NOT NULL,
  stage TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (life, ordinal)
) STRICT, WITHOUT ROWID)",
    R"(CREATE TABLE holdings (
  account TEXT NOT NULL,
  key BLOB NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  octets INTEGER NOT NULL,
  header_hash BLOB CHECK (length(header_hash) = 32),
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID)",
    "CREATE INDEX holdings_by_hash ON holdings (hash)",
    "CREATE INDEX holdings_by_header ON holdings (header_hash) WHERE header_hash IS NOT NULL",
    R"(CREATE TABLE runs (
  account TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  well INTEGER NOT NULL,
  text TEXT NOT NULL,
  last_well INTEGER
) STRICT, WITHOUT ROWID)",
    R"(CREATE TABLE memories (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID)",
    R"(CREATE TABLE journals (
  account TEXT NOT NULL PRIMARY KEY,
  octets INTEGER NOT NULL
) STRICT, WITHOUT ROWID)",
    tags_table,
};

base::result<> make(database& file)
{
    transaction change(file);
    if (auto begun = change.begun(); !begun) return begun;
    auto found = file.schema_version(); // again, now that nobody else can be making it
    if (!found) return base::fail(found.error());
    if (*found == ledger_version) return {};
    if (auto empty = file.expect_schema({}); !empty) return empty;
    for (const std::string_view text : schema)
        if (auto made = file.execute(text); !made) return made;
    // Whether mail lies there that it does not know is for its user to find out (ledger::mail_is_unread).
    if (auto noted = file.execute("INSERT INTO memories VALUES ('', 'mail-is-unread', 'yes')"); !noted)
        return noted;
    if (auto set = file.set_schema_version(ledger_version); !set) return set;
    return change.commit();
}

/// The tables as an older version had them.
base::result<> expect_version(database& file, std::int64_t version)
{
    std::string records(schema.front());
    if (version == 1) records.erase(records.find(added_columns), added_columns.size());
    std::vector<std::string_view> old(schema.begin(), schema.end());
    old.front() = records;
    std::erase(old, tags_table);
    return file.expect_schema(old);
}

base::result<> add_columns(database& file)
{
    const std::string marked = "UPDATE lives SET adopted = " + std::string(adopted_in_version_1);
    for (const std::string_view text :
         {std::string_view("ALTER TABLE lives ADD COLUMN adopted BLOB"),
          std::string_view("ALTER TABLE lives ADD COLUMN listed_octets INTEGER"),
          std::string_view("ALTER TABLE lives ADD COLUMN size_changes INTEGER"), std::string_view(marked)})
        if (auto done = file.execute(text); !done) return done;
    return {};
}

base::result<> upgrade(database& file)
{
    transaction change(file);
    if (auto begun = change.begun(); !begun) return begun;
    auto found = file.schema_version(); // again, now that nobody else can be at it
    if (!found) return base::fail(found.error());
    if (*found < 1 || *found >= ledger_version) return {};
    if (auto ours = expect_version(file, *found); !ours) return ours;
    if (*found == 1)
        if (auto added = add_columns(file); !added) return added;
    if (auto made = file.execute(tags_table); !made) return made;
    if (auto set = file.set_schema_version(ledger_version); !set) return set;
    return change.commit();
}

} // namespace

base::result<> prepare_ledger_schema(database& file)
{
    auto found = file.schema_version();
    if (!found) return base::fail(found.error());
    if (*found == 0)
        if (auto made = make(file); !made) return made;
    if (*found >= 1 && *found < ledger_version)
        if (auto upgraded = upgrade(file); !upgraded) return upgraded;
    if (*found > ledger_version)
        return base::fail(
            {.kind = base::failure::refused,
             .temporary = false,
             .peer_text = "the ledger is of a later version",
             .operator_text = "a later version of this program made the ledger (its tables are of version " +
                              std::to_string(*found) + "): use that one"});
    return file.expect_schema(schema);
}

} // namespace ledger
