// The index catches up with what lies in the mail.
#include "archive/index.hpp"

#include "archive/index_schema.hpp"
#include "disk/posix.hpp"
#include "mail/mime/reading.hpp"

#include <chrono>
#include <unordered_map>

namespace archive {
namespace {

constexpr std::size_t commit_octets_max = 16u << 20;  // of text in memory before it is committed
constexpr std::size_t text_octets_max = 1u << 20;     // of a message's text: more than any letter
constexpr std::size_t message_octets_max = 64u << 20; // what lies behind is not read for the index
constexpr unsigned unreadable_max = 10;               // then the disk is at fault, not a message
constexpr std::chrono::hours date_ahead_max{48};      // a Date further ahead of the arrival is false

/// One message as it goes into the tables.
struct entry {
    store::kept_message what;
    std::string sender, recipients, subject, names, body;
    base::wall_time date;
    std::size_t attachments = 0;
};

base::result<std::string> octets_of(store::collection& mail, const std::string& key)
{
    auto message = mail.open(key);
    if (!message) return base::fail(message.error());
    std::string octets;
    const auto take = [&](std::string_view piece) -> base::result<> {
        octets += piece.substr(0, message_octets_max - octets.size());
        return {};
    };
    if (auto read = store::read_canonical(**message, take); !read) return base::fail(read.error());
    return octets;
}

entry entry_of(const store::kept_message& what, std::string_view octets)
{
    mail::mime::reading told = mail::mime::read(octets, {.text_octets_max = text_octets_max});
    entry made{.what = what,
               .sender = std::move(told.from),
               .recipients = told.cc.empty() ? told.to : told.to + ", " + told.cc,
               .subject = std::move(told.subject),
               .names = {},
               .body = std::move(told.text),
               .date = told.date.value_or(what.arrival),
               .attachments = told.attachments.size()};
    if (made.date > what.arrival + date_ahead_max) made.date = what.arrival;
    for (const auto& each : told.attachments) made.names += each.name + "\n";
    return made;
}

/// Statements that put a group into the tables, each prepared once.
class tables_writer {
public:
    explicit tables_writer(database& file, std::string_view account)
        : file_(file),
          account_(account),
          add_(
              file,
              "INSERT INTO messages (account, key, folder, marks, date, octets, sender, recipients, subject, "
              "attachments) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
          add_words_(file, "INSERT INTO words (rowid, sender, recipients, subject, attachments, body) "
                           "VALUES (?, ?, ?, ?, ?, ?)"),
          change_(file, "UPDATE messages SET folder = ?, marks = ? WHERE account = ? AND key = ?"),
          forget_words_(file, "DELETE FROM words WHERE rowid = ?"),
          forget_(file, "DELETE FROM messages WHERE number = ?")
    {
    }

    base::result<> add(const entry& each)
    {
        add_.bind(1, account_)
            .bind(2, each.what.key)
            .bind(3, each.what.folder)
            .bind(4, to_number(each.what.marks));
        add_.bind(5, to_seconds(each.date)).bind(6, static_cast<std::int64_t>(each.what.octets));
        add_.bind(7, each.sender).bind(8, each.recipients).bind(9, each.subject);
        add_.bind(10, static_cast<std::int64_t>(each.attachments));
        if (auto done = add_.run(); !done) return done;
        if (file_.changes() == 0) return {}; // another program was quicker
        add_words_.bind(1, file_.last_row()).bind(2, each.sender).bind(3, each.recipients);
        add_words_.bind(4, each.subject).bind(5, each.names).bind(6, each.body);
        return add_words_.run();
    }

    base::result<> change(const store::kept_message& each)
    {
        return change_.bind(1, each.folder)
            .bind(2, to_number(each.marks))
            .bind(3, account_)
            .bind(4, each.key)
            .run();
    }

    base::result<> forget(std::int64_t number)
    {
        if (auto done = forget_words_.bind(1, number).run(); !done) return done;
        return forget_.bind(1, number).run();
    }

private:
    database& file_;
    std::string_view account_;
    statement add_, add_words_, change_, forget_words_, forget_;
};

/// What the tables know of a message.
struct known {
    std::int64_t number = 0;
    std::string folder;
    std::int64_t marks = 0;
};

using known_messages = std::unordered_map<std::string, known>;

base::result<known_messages> known_of(database& file, std::string_view account)
{
    known_messages all;
    statement asked(file, "SELECT key, number, folder, marks FROM messages WHERE account = ?");
    asked.bind(1, account);
    for (;;) {
        auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) return all;
        all.emplace(asked.text(0), known{asked.integer(1), std::string(asked.text(2)), asked.integer(3)});
    }
}

struct differences {
    std::vector<store::kept_message> added, changed;
    std::vector<std::int64_t> gone;
};

base::result<differences> compare(store::collection& mail, known_messages before)
{
    differences found;
    auto listed = mail.list([&](const store::kept_message& each) {
        const auto at = before.find(each.key);
        if (at == before.end()) return found.added.push_back(each);
        if (at->second.folder != each.folder || at->second.marks != to_number(each.marks))
            found.changed.push_back(each);
        before.erase(at);
    });
    if (!listed) return base::fail(listed.error());
    for (const auto& [key, what] : before) found.gone.push_back(what.number);
    return found;
}

base::result<> change_and_forget(database& file, tables_writer& into, const differences& found)
{
    if (found.changed.empty() && found.gone.empty()) return {};
    transaction changing(file);
    if (auto begun = changing.begun(); !begun) return begun;
    for (const auto& each : found.changed)
        if (auto done = into.change(each); !done) return done;
    for (const auto number : found.gone)
        if (auto done = into.forget(number); !done) return done;
    return changing.commit();
}

base::result<> commit_group(database& file, tables_writer& into, const std::vector<entry>& group)
{
    transaction adding(file);
    if (auto begun = adding.begun(); !begun) return begun;
    for (const entry& each : group)
        if (auto done = into.add(each); !done) return done;
    return adding.commit();
}

/// Removes a damaged index: it is made again from the mail.
base::result<> remove_index(const std::string& path)
{
    const auto slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    disk::posix_file_system files;
    auto directory = files.open(folder);
    if (!directory) return base::fail(directory.error());
    for (const std::string_view suffix : {"-wal", "-shm", ""}) {
        auto removed = (*directory)->remove(name + std::string(suffix));
        if (!removed && removed.error().kind != base::failure::vanished) return removed;
    }
    return {};
}

} // namespace

index::index(std::unique_ptr<database> file) : file_(std::move(file)) {}
index::~index() = default;

base::result<std::unique_ptr<index>> index::open(const std::string& path, const database_key& key)
{
    auto file = open_index(path, key);
    if (!file && file.error().kind == base::failure::malformed) {
        if (auto removed = remove_index(path); !removed) return base::fail(removed.error());
        file = open_index(path, key);
    }
    if (!file) return base::fail(file.error());
    return std::unique_ptr<index>(new index(*std::move(file)));
}

base::result<std::uint64_t> index::catch_up(const std::string& account, store::collection& mail,
                                            const std::function<void(std::uint64_t, std::uint64_t)>& tell,
                                            const std::atomic<bool>* stop)
{
    auto before = known_of(*file_, account);
    if (!before) return base::fail(before.error());
    auto found = compare(mail, *std::move(before));
    if (!found) return base::fail(found.error());
    tables_writer into(*file_, account);
    if (auto done = change_and_forget(*file_, into, *found); !done) return base::fail(done.error());

    std::uint64_t added = 0;
    unsigned unreadable = 0;
    for (std::size_t at = 0; at < found->added.size() && (stop == nullptr || !*stop);) {
        std::vector<entry> group;
        for (std::size_t octets = 0; at < found->added.size() && group.size() < commit_rows_max &&
                                     octets < commit_octets_max && (stop == nullptr || !*stop);
             ++at) {
            auto message = octets_of(mail, found->added[at].key);
            if (message)
                octets += group.emplace_back(entry_of(found->added[at], *message)).body.size();
            else if (message.error().kind != base::failure::vanished && ++unreadable > unreadable_max)
                return base::fail(
                    message.error()); // one that cannot be read must not hide the others; verify tells it
        }
        if (auto done = commit_group(*file_, into, group); !done) return base::fail(done.error());
        added += group.size();
        if (tell) tell(at, found->added.size());
    }
    return added;
}

} // namespace archive
