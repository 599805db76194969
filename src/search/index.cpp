// The index catches up with what lies in the mail.
#include "search/index.hpp"

#include "ledger/tags.hpp"
#include "mail/mime/reading.hpp"
#include "search/index_schema.hpp"
#include "search/index_writer.hpp"

#include <algorithm>
#include <chrono>

namespace search {

namespace {

constexpr std::size_t commit_octets_max = 16u << 20;     // of text in memory before it is committed
constexpr std::size_t text_octets_max = 1u << 20;        // of a message's text: more than any letter
constexpr std::size_t attachments_octets_max = 4u << 20; // of the texts of all attachments of a message
constexpr std::size_t message_octets_max = 64u << 20;    // what lies behind is not read for the index
constexpr unsigned unreadable_max = 10;                  // then the disk is at fault, not a message

/// The beginning of a message, and the hash of all of it.
base::result<std::string> octets_of(store::collection& mail, const std::string& key,
                                    ledger::content_hash& hash)
{
    auto message = mail.open(key);
    if (!message) return base::fail(message.error());
    std::string octets;
    ledger::content_hasher hasher;
    const auto take = [&](std::string_view piece) -> base::result<> {
        hasher.add(piece);
        octets += piece.substr(0, message_octets_max - octets.size());
        return {};
    };
    if (auto read = store::read_canonical(**message, take); !read) return base::fail(read.error());
    hash = hasher.finish();
    return octets;
}

/// What words are found in, beside its text: names of attachments, and their texts where somebody can read them.
void add_attachments(index_entry& entry, const std::vector<mail::mime::attachment>& attachments,
                     const mail::mime::part_tree& message,
                     const std::function<bool(const mail::mime::attachment&)>& wanted,
                     const index::attachment_text& text)
{
    if (!wanted || std::ranges::none_of(attachments, wanted)) {
        for (const auto& attachment : attachments) entry.names += attachment.name + "\n";
        return;
    }
    mail::mime::each_attachment(
        message, [&](const mail::mime::attachment& attachment, std::string_view decoded) {
            entry.names += attachment.name + "\n";
            if (wanted(attachment) && entry.names.size() < attachments_octets_max)
                entry.names.append(text(attachment, decoded), 0, attachments_octets_max - entry.names.size())
                    .append("\n");
            return true;
        });
}

index_entry entry_of(const unread_message& which, std::string_view octets, const ledger::content_hash& hash,
                     const std::function<bool(const mail::mime::attachment&)>& wanted,
                     const index::attachment_text& text)
{
    const mail::mime::part_tree message = mail::mime::parts_of(octets);
    mail::mime::reading reading = mail::mime::read(message, text_octets_max);
    auto names = thread_names(reading);
    index_entry made{.number = which.number,
                     .message = which.message,
                     .sender = std::move(reading.from),
                     .recipients = std::move(reading.to),
                     .copies = std::move(reading.cc),
                     .subject = std::move(reading.subject),
                     .message_id = std::move(reading.message_id),
                     .names = {},
                     .body = std::move(reading.text),
                     .date = mail::mime::dated(reading, which.message.arrival),
                     .attachments = reading.attachments.size(),
                     .hash = hash,
                     .thread_names = std::move(names)};
    add_attachments(made, reading.attachments, message, wanted, text);
    return made;
}

/// What the mail has, in the order of the keys.
base::result<std::vector<store::kept_message>> listed_by_key(store::collection& mail)
{
    std::vector<store::kept_message> all;
    auto listed = mail.list([&](const store::kept_message& message) { all.push_back(message); });
    if (!listed) return base::fail(listed.error());
    std::ranges::sort(all, {}, &store::kept_message::key);
    return all;
}

struct differences {
    std::vector<unread_message> unread;
    std::vector<store::kept_message> changed;
    std::vector<std::int64_t> gone;
};

/// Both sides in the order of the keys, so that no more than one row is held.
base::result<differences> compare(ledger::database& file, std::string_view account, store::collection& mail)
{
    auto listed = listed_by_key(mail);
    if (!listed) return base::fail(listed.error());
    differences found;
    auto at = listed->begin();
    ledger::statement rows(
        file, "SELECT key, number, folder, marks, read FROM messages WHERE account = ? ORDER BY key");
    rows.bind(1, account);
    for (;;) {
        const auto row = rows.step();
        if (!row) return base::fail(row.error());
        const std::string_view key = *row ? rows.text(0) : std::string_view();
        for (; at != listed->end() && (!*row || at->key < key); ++at)
            found.unread.push_back({.message = std::move(*at), .number = 0});
        if (!*row) return found;
        if (at == listed->end() || at->key != key) {
            found.gone.push_back(rows.integer(1));
            continue;
        }
        if (rows.integer(4) == 0)
            found.unread.push_back({.message = std::move(*at), .number = rows.integer(1)});
        else if (rows.text(2) != at->folder || rows.integer(3) != place_number(*at))
            found.changed.push_back(std::move(*at));
        ++at;
    }
}

base::result<> change_and_forget(ledger::database& file, index_writer& writer, const differences& found)
{
    if (found.changed.empty() && found.gone.empty()) return {};
    ledger::transaction changing(file);
    if (auto begun = changing.begun(); !begun) return begun;
    for (const auto& message : found.changed)
        if (auto done = writer.change(message); !done) return done;
    for (const auto number : found.gone)
        if (auto done = writer.forget(number); !done) return done;
    if (auto done = writer.note_gone(found.gone.size()); !done) return done;
    return changing.commit();
}

std::size_t octets_in(const index_entry& entry)
{
    return entry.body.size() + entry.names.size();
}

base::result<> commit_group(ledger::database& file, index_writer& writer,
                            const std::vector<index_entry>& group)
{
    ledger::transaction adding(file);
    if (auto begun = adding.begun(); !begun) return begun;
    for (const index_entry& entry : group)
        if (auto done = writer.add(entry); !done) return done;
    return adding.commit();
}

} // namespace

index::index(std::unique_ptr<ledger::database> file) : file_(std::move(file)) {}
index::~index() = default;

base::result<std::unique_ptr<index>> index::made_of(std::unique_ptr<ledger::database> file)
{
    std::unique_ptr<index> made(new index(std::move(file)));
    if (auto known = made->hits_.make_known(*made->file_); !known) return base::fail(known.error());
    return made;
}

base::result<std::unique_ptr<index>> index::open(const ledger::own_disk& disk, const std::string& path,
                                                 const ledger::database_key& key)
{
    auto file = open_index(disk, path, key);
    if (!file && file.error().kind == base::failure::malformed) return make_again(disk, path, key);
    if (!file) return base::fail(file.error());
    return made_of(*std::move(file));
}

base::result<std::unique_ptr<index>> index::make_again(const ledger::own_disk& disk, const std::string& path,
                                                       const ledger::database_key& key)
{
    const auto numbers = numbers_in_index(disk, path, key);
    if (auto removed = remove_index(disk.files, path); !removed) return base::fail(removed.error());
    auto file = open_index(disk, path, key);
    if (!file) return base::fail(file.error());
    if (auto kept = keep_numbers(**file, numbers); !kept) return base::fail(kept.error());
    return made_of(*std::move(file));
}

bool index::met_damage() const
{
    return file_->met_damage();
}

base::result<> index::read_attachments(const std::string& name,
                                       std::function<bool(const mail::mime::attachment&)> wanted,
                                       attachment_text text)
{
    wants_text_ = std::move(wanted);
    attachment_text_ = std::move(text);
    return forget_words_read_otherwise(*file_, name);
}

base::result<std::uint64_t> index::catch_up(const std::string& account, store::collection& mail,
                                            const std::function<void(std::uint64_t, std::uint64_t)>& tell,
                                            const std::atomic<bool>* stop)
{
    const auto state = mail.state(); // before the listing, so that what changes meanwhile shows the next time
    if (!state) return base::fail(state.error());
    index_writer writer(*file_, account);
    if (*state) {
        const auto known = writer.known_state();
        if (!known) return base::fail(known.error());
        if (*known == *state) return 0;
    }
    if (auto done = forget_stale_words(*file_); !done) return base::fail(done.error());
    auto found = compare(*file_, account, mail);
    if (!found) return base::fail(found.error());
    if (auto done = change_and_forget(*file_, writer, *found); !done) return base::fail(done.error());

    std::uint64_t added = 0;
    unsigned unreadable = 0;
    const auto& unread = found->unread;
    const auto stopped = [&] { return stop != nullptr && *stop; };
    for (std::size_t position = 0; position < unread.size() && !stopped();) {
        std::vector<index_entry> group;
        for (std::size_t octets = 0; position < unread.size() && group.size() < ledger::commit_rows_max &&
                                     octets < commit_octets_max && !stopped();
             ++position) {
            ledger::content_hash hash;
            auto message = octets_of(mail, unread[position].message.key, hash);
            if (message)
                octets += octets_in(group.emplace_back(
                    entry_of(unread[position], *message, hash, wants_text_, attachment_text_)));
            else if (message.error().kind != base::failure::vanished && ++unreadable > unreadable_max)
                return base::fail(
                    message.error()); // one that cannot be read must not hide the others; verify tells it
        }
        if (auto done = commit_group(*file_, writer, group); !done) return base::fail(done.error());
        added += group.size();
        if (tell) tell(position, unread.size());
    }
    if (*state && !stopped() && unreadable == 0)
        if (auto noted = writer.note_state(**state); !noted) return base::fail(noted.error());
    return added;
}

namespace {

constexpr std::string_view tags_note = "tags";

} // namespace

base::result<bool> index::knows_tags(std::string_view state)
{
    ledger::statement asked(*file_, "SELECT value FROM notes WHERE name = ?");
    const auto row = asked.bind(1, tags_note).step();
    if (!row) return base::fail(row.error());
    return *row && asked.text(0) == state; // a new index asks the ledger once
}

base::result<> index::take_tags(std::string_view state, const std::vector<tagged_content>& all)
{
    ledger::transaction taking(*file_);
    if (auto begun = taking.begun(); !begun) return begun;
    if (auto emptied = file_->execute("DELETE FROM tags"); !emptied) return emptied;
    ledger::statement add(*file_, "INSERT INTO tags VALUES (?, ?, ?)");
    for (const tagged_content& each : all)
        if (auto done = add.bind(1, each.account).bind_octets(2, each.hash.view()).bind(3, each.tags).run();
            !done)
            return done;
    ledger::statement note(*file_, "INSERT OR REPLACE INTO notes VALUES (?, ?)");
    if (auto done = note.bind(1, tags_note).bind(2, state).run(); !done) return done;
    return taking.commit();
}

base::result<std::map<std::string, std::uint64_t>> index::tag_counts()
{
    ledger::statement asked(
        *file_, "SELECT tags, count(*) FROM tags JOIN messages USING (account, hash) WHERE read = 1"
                " GROUP BY tags");
    std::map<std::string, std::uint64_t> counts;
    for (;;) {
        const auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) return counts;
        for (const std::string& each : ledger::tags_in(asked.text(0)))
            counts[each] += static_cast<std::uint64_t>(asked.integer(1));
    }
}

} // namespace search
