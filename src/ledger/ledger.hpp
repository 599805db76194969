// The ledger: each message's record, from the first time a server listed it. One SQLite file that rebuild() can make
// again.
//
// A record is named by (account, unique-id). What it holds is named by its content hash. Everything written is durable
// on return (database.hpp, durability::full), whole calls at a time. One object by one thread at a time; other threads
// and programs open the same file for themselves.
//
// What no Maildir could tell, which unique-ids are stored, is written a second time, into a text file beside the ledger
// (unique_id_journal.hpp). A ledger that was lost or put back from an old copy finds it there when it is opened.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/database.hpp"
#include "ledger/shutdown_marker.hpp"
#include "ledger/tags.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ledger {

struct journal_entry;

/// How far a message has come. The order is that of a record; `explain` tells them by these names.
enum class stage {
    listed,         ///< the server showed it; nothing stored
    intended,       ///< about to be retrieved
    skipped,        ///< not wanted: `note` says why
    failed,         ///< could not be had: `note` says why; tried again
    stored,         ///< durable here under `key`, with `hash`
    delete_asked,   ///< DELE is about to be sent, or was
    delete_unknown, ///< QUIT had no answer: the next listing tells
    deleted,        ///< gone from the server, by our word
    vanished,       ///< gone from the server, not by us
};
std::string_view name_of(stage stage);
std::optional<stage> stage_named(std::string_view name);

struct message_record {
    std::string account{};
    std::string unique_id{};
    ledger::stage stage = stage::listed;
    std::optional<content_hash>
        hash{};        ///< from `stored` on; also for what another tool's state or adopt() proved
    std::string key{}; ///< in the account's collection; empty: not kept here (delivered only, imported state)
    std::uint64_t octets = 0; ///< canonical, of what was stored; before that what LIST said
    std::optional<std::string>
        header_hash{}; ///< SHA-256 of the header section, 32 octets: what TOP can be held against
    base::wall_time first_listed{};
    std::optional<base::wall_time> stored_at{};
    std::optional<base::wall_time> message_date{}; ///< its Date field
    unsigned failures = 0;                         ///< tries that failed in a row
    std::string note{};                            ///< why skipped or failed; for people
    bool taken_over = false;  ///< known from another program's state: fetched once, not by us
    bool verified = false;    ///< re-read and re-hashed after it was stored
    bool second_copy = false; ///< the second copy was verified
    /// adopt() met it. With a hash: matched by its header section alone, so it is fetched whole and compared before
    /// anything is deleted. Without one: several messages had that header section, or it had another size; the next
    /// fetch compares it with all that has its sender's fields.
    bool adopted = false;
    std::optional<std::uint64_t>
        listed_octets{};       ///< what LIST said when the server's message was last compared
    unsigned size_changes = 0; ///< how often LIST's size changed and the message had not
};

/// One line of a record's history, for `explain`.
struct event {
    base::wall_time when;
    ledger::stage stage = stage::listed;
    std::string text;
};

/// Where a content lies.
struct stored_copy {
    std::string account;
    std::string key;
    std::uint64_t octets = 0;
    std::optional<std::string> header_hash;
};

/// A content, and where it is.
using held_content = std::pair<content_hash, stored_copy>;

/// The last end of a run, for `status` and for LOGIN-DELAY.
struct run_note {
    base::wall_time when;
    bool well = false;
    std::string text; ///< one line for people
    std::optional<base::wall_time> last_well;
};

/// Tags that a person gives to a content of an account, or takes off it.
struct tagging {
    std::string account;
    content_hash hash;
    tag_change change;
};

class ledger {
public:
    enum class reading {
        through, ///< find out now whether the file is sound
        known,   ///< this process has had it open, and some of its threads may have it open still
    };

    /// Opens or makes the file; its folder must be there. `malformed` where the file is damaged: rebuild it
    /// (rebuild.hpp). `refused` where a later version of this program made it. Two programs at once: the second
    /// waits up to 10 s, then in_use. What the journals know and the file does not becomes `stored`, and then
    /// nothing of that account counts as verified any more.
    /// The file is read through, but where shutdown_marker.hpp tells that it need not be.
    static base::result<std::unique_ptr<ledger>> open(const own_disk& disk, const std::string& path,
                                                      const database_key& key, const base::clock& clock,
                                                      reading read = reading::through);
    ~ledger();

    base::result<std::optional<message_record>> find(std::string_view account, std::string_view unique_id);
    /// Every record of an account, in order of first listing, one at a time in memory. `tell` may call this ledger.
    base::result<> for_each_record(std::string_view account,
                                   const std::function<void(const message_record&)>& tell);
    base::result<std::uint64_t> count(std::string_view account);
    base::result<bool> has_copies(std::string_view account);
    /// Every record, in any account, whose content this is.
    base::result<std::vector<message_record>> records_with_hash(const content_hash& hash);
    /// Every record that is kept under this key.
    base::result<std::vector<message_record>> records_at(std::string_view account, std::string_view key);
    /// The accounts that have records, copies or runs, sorted.
    base::result<std::vector<std::string>> accounts();

    /// Writes records (insert or replace by account and unique-id) in one transaction, with an event each whose
    /// text is `record.note` where that is set. A record with hash and key is a stored copy as well. A unique-id may
    /// not be empty.
    base::result<> record(std::span<const message_record> records);

    /// What the archive holds under a hash, in any account; the account's own first.
    base::result<std::vector<stored_copy>> copies(const content_hash& hash, std::string_view account);
    /// Held messages with this header section, for adopt (TOP).
    base::result<std::vector<held_content>> copies_by_header(std::string_view header_hash);
    /// Remembers which key of which account holds which hash: for what is in the Maildir and has no record (import,
    /// rebuild). In one transaction.
    base::result<> record_copies(std::span<const held_content> contents);
    /// The key is there no more (a person removed it). Lives that lay there keep stage and hash, and lose key,
    /// `verified` and `second_copy`: what is not here can be no reason to delete anywhere.
    base::result<> forget_copy(std::string_view account, std::string_view key);
    base::result<> each_copy(std::string_view account,
                             const std::function<void(const stored_copy&, const content_hash&)>& tell);

    /// Oldest first: the first 10 and the last 100, that a message which fails for years does not fill the disk.
    base::result<std::vector<event>> history(std::string_view account, std::string_view unique_id);

    /// `last_well` is kept by the ledger: that of `note` does not count.
    base::result<> record_run(std::string_view account, const run_note& note);
    /// The same for a run that ended well and changed nothing: a power cut may take the note (no_op_run.hpp).
    base::result<> record_no_op_run(std::string_view account, const run_note& note);
    base::result<std::optional<run_note>> last_run(std::string_view account);
    /// When the newest message was stored, by the clock of then.
    base::result<std::optional<base::wall_time>> newest_stored(std::string_view account);

    /// Small named values of an account (a pin of first use, a host's quirks). Writes nothing where it is so already.
    base::result<> remember(std::string_view account, std::string_view name, std::string_view value);
    base::result<std::optional<std::string>> recall(std::string_view account, std::string_view name);

    // ledger_copies.cpp. Which targets (client::delivery_target::identity) took a content that is not stored yet,
    // since others did not: a restart must not give it to them again.
    base::result<> note_taken(std::string_view account, const content_hash& hash, std::string_view target);
    base::result<bool> was_taken(std::string_view account, const content_hash& hash, std::string_view target);
    /// All took them, and their records say so.
    base::result<> forget_taken(std::string_view account, std::span<const content_hash> hashes);

    // Names of memories that doubt() changes.
    static constexpr std::string_view copy_verified_name = "second-copy-verified";    // second_copy.cpp
    static constexpr std::string_view copied_imports_name = "second-copy-of-imports"; // second_copy.cpp
    static constexpr std::string_view unshown_name = "not-shown";                     // shown.hpp
    /// Of `unshown_name`: no listing came yet.
    static constexpr std::string_view nothing_shown = "*";

    /// This ledger was made anew, and nobody has looked since which mail was there before it.
    base::result<bool> mail_is_unread();
    base::result<> mail_was_read();

    // ledger_copies.cpp. Tags belong to the content, so that they stay when its file moves, is lost or comes back.
    /// All or none of them.
    base::result<> tag(std::span<const tagging> taggings);
    /// What is tagged with `from` becomes tagged with the tags of both: the same letter with other octets.
    base::result<> copy_tags(std::string_view account, const content_hash& from, const content_hash& to);
    /// Lists of tags (tags.hpp), none of them empty.
    base::result<> each_tagged(
        const std::function<void(std::string_view account, const content_hash&, std::string_view)>& tell);
    /// Another one after each change of tags; empty: there never were any. What it becomes stands in the file
    /// `tags_state_name` beside the ledger before the change is made, so that the index need not open the ledger
    /// to see that nothing has changed.
    base::result<std::string> tags_state();
    static constexpr std::string_view tags_state_name = "tags-state";

    /// The hash of a listing of which nothing is left to do (settled.hpp). The next record() for the account forgets
    /// it.
    base::result<> settle(std::string_view account, const content_hash& listing);
    base::result<std::optional<content_hash>> settled(std::string_view account);

    /// Nothing of the account counts as verified any more, here and in a second copy, and nothing as being on the
    /// server: it is done again before a deletion, and by the next listing.
    base::result<> doubt(std::string_view account);
    /// Of the account's messages exactly those whose hash is in `hashes` count as verified in the second copy. No
    /// event is told of that.
    base::result<> note_second_copies(std::string_view account, const std::set<content_hash>& hashes);

private:
    struct statements;
    ledger(disk::file_system& files, std::unique_ptr<database> file, const std::string& path, bool journalled,
           const base::clock& clock);
    base::result<> write(const message_record& record);
    base::result<> write_copy(const stored_copy& copy, const content_hash& hash);
    base::result<bool> write_forgotten(std::string_view account, std::string_view key); ///< was it there

    base::result<std::string> tags_of(std::string_view account, const content_hash& hash);
    base::result<> write_tags(std::string_view account, const content_hash& hash, std::string_view tags);
    base::result<> note_tags_change();
    base::result<std::string> lines_of_tags(std::string_view account);

    base::result<std::optional<run_note>> recorded_run(std::string_view account);

    // All but the first inside a transaction.
    base::result<> agree_with_journals();
    base::result<> agree_with_journal(const std::string& account);
    base::result<> take_from_journal(const std::string& account);
    base::result<> take(const std::string& account, const journal_entry& entry);
    base::result<std::string> line_for(const message_record& record); ///< empty: the journal knows it
    base::result<> write_lines(std::string_view account, std::string_view lines);
    base::result<> write_all_lines(const std::string& account);
    base::result<> unsettle(std::string_view account);
    base::result<> note_journal(std::string_view account, std::uint64_t octets);
    base::result<std::uint64_t> noted_octets(std::string_view account);

    disk::file_system& files_;
    std::unique_ptr<database> file_;
    std::unique_ptr<statements> prepared_; ///< before file_ goes, these must
    shutdown_marker sound_;
    std::string folder_;     ///< of the journals
    bool journalled_ = true; ///< false: encrypted, and a journal would tell what is held
    const base::clock& clock_;
};

} // namespace ledger
