// The tables of the ledger, and the one version of them.
#include "ledger/ledger_schema.hpp"

#include "ledger/ledger_rows.hpp"

#include <array>
#include <string>
#include <vector>

namespace ledger {

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
    transaction all(file);
    if (auto begun = all.begun(); !begun) return begun;
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
    return all.commit();
}

/// The tables as an older version had them.
base::result<> expect_version(database& file, std::int64_t version)
{
    std::string lives(schema.front());
    if (version == 1) lives.erase(lives.find(added_columns), added_columns.size());
    std::vector<std::string_view> old(schema.begin(), schema.end());
    old.front() = lives;
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
    transaction all(file);
    if (auto begun = all.begun(); !begun) return begun;
    auto found = file.schema_version(); // again, now that nobody else can be at it
    if (!found) return base::fail(found.error());
    if (*found < 1 || *found >= ledger_version) return {};
    if (auto ours = expect_version(file, *found); !ours) return ours;
    if (*found == 1)
        if (auto added = add_columns(file); !added) return added;
    if (auto made = file.execute(tags_table); !made) return made;
    if (auto set = file.set_schema_version(ledger_version); !set) return set;
    return all.commit();
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
