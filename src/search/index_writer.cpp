// Rows and words.
#include "search/index_writer.hpp"

#include "search/index_schema.hpp"

namespace search {
namespace {

constexpr std::int64_t stale_min = 1000; // fewer are not worth the reading of all mail

constexpr std::string_view attachments_note = "attachments";

/// In a transaction of the caller.
base::result<> forget_all_words(ledger::database& file)
{
    for (const std::string_view text :
         {"INSERT INTO words (words) VALUES ('delete-all')", "UPDATE messages SET read = 0",
          "DELETE FROM notes WHERE name <> 'attachments'"})
        if (auto done = file.execute(text); !done) return done;
    return {};
}

std::string state_note(std::string_view account)
{
    return "state " + std::string(account);
}

std::string shown_recipients(const index_entry& entry)
{
    return entry.copies.empty() ? entry.recipients : entry.recipients + ", " + entry.copies;
}

} // namespace

std::int64_t place_number(const store::kept_message& message)
{
    return to_number(message.marks) | (message.fresh ? fresh_bit : 0);
}

index_writer::index_writer(ledger::database& file, std::string_view account)
    : file_(file),
      account_(account),
      threads_(file),
      insert_(
          file,
          "INSERT INTO messages (account, key, folder, marks, date, octets, sender, recipients, subject, "
          "attachments, read, hash, thread, message_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?11, 0, "
          "?12) "
          "ON CONFLICT DO NOTHING"),
      fill_(
          file,
          "UPDATE messages SET folder = ?3, marks = ?4, date = ?5, octets = ?6, sender = ?7, recipients = ?8, "
          "subject = ?9, attachments = ?10, read = 1, hash = ?11, message_id = ?12 "
          "WHERE account = ?1 AND key = ?2 AND read = 0"),
      set_thread_(file, "UPDATE messages SET thread = ? WHERE number = ?"),
      add_words_(file, "INSERT INTO words (rowid, sender, recipients, copies, subject, attachments, body) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      change_(file, "UPDATE messages SET folder = ?, marks = ? WHERE account = ? AND key = ?"),
      forget_(file, "DELETE FROM messages WHERE number = ?")
{
}

base::result<std::optional<std::int64_t>> index_writer::row_for(const index_entry& entry)
{
    ledger::statement& row = entry.number == 0 ? insert_ : fill_;
    row.bind(1, account_)
        .bind(2, entry.message.key)
        .bind(3, entry.message.folder)
        .bind(4, place_number(entry.message));
    row.bind(5, to_seconds(entry.date)).bind(6, static_cast<std::int64_t>(entry.message.octets));
    row.bind(7, entry.sender).bind(8, shown_recipients(entry)).bind(9, entry.subject);
    row.bind(10, static_cast<std::int64_t>(entry.attachments)).bind_octets(11, entry.hash.view());
    row.bind(12, entry.message_id);
    if (auto done = row.run(); !done) return base::fail(done.error());
    if (file_.changes() == 0) return std::nullopt; // another program was quicker
    return entry.number == 0 ? file_.last_row() : entry.number;
}

base::result<> index_writer::add(const index_entry& entry)
{
    const auto number = row_for(entry);
    if (!number) return base::fail(number.error());
    if (!*number) return {};
    const auto thread = threads_.thread_of(**number, entry.thread_names);
    if (!thread) return base::fail(thread.error());
    if (auto set = set_thread_.bind(1, *thread).bind(2, **number).run(); !set) return set;
    add_words_.bind(1, **number).bind(2, entry.sender).bind(3, entry.recipients).bind(4, entry.copies);
    add_words_.bind(5, entry.subject).bind(6, entry.names).bind(7, entry.body);
    return add_words_.run();
}

base::result<> index_writer::change(const store::kept_message& message)
{
    return change_.bind(1, message.folder)
        .bind(2, place_number(message))
        .bind(3, account_)
        .bind(4, message.key)
        .run();
}

base::result<> index_writer::forget(std::int64_t number)
{
    return forget_.bind(1, number).run();
}

base::result<> index_writer::note_gone(std::size_t messages)
{
    ledger::statement note(
        file_, "INSERT INTO notes VALUES ('gone', ?1) ON CONFLICT DO UPDATE SET value = value + ?1");
    return note.bind(1, static_cast<std::int64_t>(messages)).run();
}

base::result<std::optional<std::string>> index_writer::known_state()
{
    ledger::statement asked(file_, "SELECT value FROM notes WHERE name = ?");
    const auto row = asked.bind(1, state_note(account_)).step();
    if (!row) return base::fail(row.error());
    if (!*row) return std::nullopt;
    return std::string(asked.text(0));
}

base::result<> index_writer::note_state(std::string_view state)
{
    ledger::statement note(file_, "INSERT OR REPLACE INTO notes VALUES (?, ?)");
    return note.bind(1, state_note(account_)).bind(2, state).run();
}

base::result<> forget_words_read_otherwise(ledger::database& file, std::string_view name)
{
    ledger::statement asked(file, "SELECT value FROM notes WHERE name = ?");
    const auto row = asked.bind(1, attachments_note).step();
    if (!row) return base::fail(row.error());
    if (*row ? asked.text(0) == name : name.empty()) return {};
    asked.reset();
    ledger::transaction forgetting(file);
    if (auto begun = forgetting.begun(); !begun) return begun;
    if (auto forgotten = forget_all_words(file); !forgotten) return forgotten;
    ledger::statement note(file, "INSERT OR REPLACE INTO notes VALUES (?, ?)");
    if (auto noted = note.bind(1, attachments_note).bind(2, name).run(); !noted) return noted;
    return forgetting.commit();
}

base::result<> forget_stale_words(ledger::database& file)
{
    ledger::statement asked(
        file,
        "SELECT CAST(value AS INTEGER), (SELECT count(*) FROM messages) FROM notes WHERE name = 'gone'");
    const auto row = asked.step();
    if (!row) return base::fail(row.error());
    if (!*row || asked.integer(0) < stale_min || asked.integer(0) < asked.integer(1)) return {};
    asked.reset();
    ledger::transaction forgetting(file);
    if (auto begun = forgetting.begun(); !begun) return begun;
    if (auto forgotten = forget_all_words(file); !forgotten) return forgotten;
    return forgetting.commit();
}

} // namespace search
