// The index: what list and search look in. One SQLite file with FTS5 that may be deleted: the mail makes it again.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/database.hpp"
#include "mail/mime/reading.hpp"
#include "search/search_words.hpp"
#include "search/word_hits.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// A message as list and search show it.
struct indexed_message {
    std::int64_t number = 0; ///< short, for typing; the same as long as the index lives
    std::string account, key, folder;
    store::message_marks marks;
    bool fresh = false; ///< as in store::kept_message
    std::string from, to, subject;
    std::string message_id{}; ///< without its angle brackets; empty: it has none
    base::wall_time date;     ///< the message's own, else its arrival
    std::uint64_t octets = 0;
    unsigned attachments = 0;
    std::int64_t thread = 0; ///< the same for all that answer each other (threading.hpp); may become another
    ledger::content_hash hash{}; ///< as it was read last
    std::string tags{};          ///< tags.hpp
};

struct query {
    std::string words;     ///< in the language of search_words.hpp; empty: no condition
    base::wall_time now{}; ///< of its relative times
    saved_searches saved{};
    std::optional<std::string> account{};
    std::optional<std::string> folder{};
    std::optional<bool> seen{}, flagged{};
    std::optional<base::wall_time> after{}, before{};
    std::size_t limit = 50;
    std::size_t skip = 0;
    bool oldest_first = false;
    bool by_thread =
        false; ///< of each thread the first that is found; limit, skip and count() are of threads
};

class index {
public:
    /// A damaged file, and one of another version, is made anew: catch_up() then reads all mail again.
    static base::result<std::unique_ptr<index>> open(const ledger::own_disk& disk, const std::string& path,
                                                     const ledger::database_key& key);
    /// Makes the file anew whatever it holds; messages keep the numbers that can still be read in it.
    static base::result<std::unique_ptr<index>>
    make_again(const ledger::own_disk& disk, const std::string& path, const ledger::database_key& key);
    ~index();

    /// A call has found the file damaged: make_again() helps.
    bool met_damage() const;

    /// The text of an attachment, for words to be found in it; empty: none can be had.
    using attachment_text =
        std::function<std::string(const mail::mime::attachment& attachment, std::string_view octets)>;
    /// catch_up() asks `text` for attachments of which `wanted` holds. `name` stands for how: where it is another one
    /// than the last time, all mail is read once more.
    base::result<> read_attachments(const std::string& name,
                                    std::function<bool(const mail::mime::attachment&)> wanted,
                                    attachment_text text);

    /// Makes the index agree with what lies in `mail` now: adds, moves, marks, forgets. Where the mail's state() is
    /// as it was when they last agreed, it is not listed. Resumable: it commits every few hundred messages; `stop`
    /// ends it early. `tell` is called with (done, all) now and then. How many were read.
    base::result<std::uint64_t> catch_up(const std::string& account, store::collection& mail,
                                         const std::function<void(std::uint64_t, std::uint64_t)>& tell,
                                         const std::atomic<bool>* stop);

    /// Newest first unless asked otherwise. `malformed` where the words cannot be read: the text says how they
    /// may look.
    base::result<std::vector<indexed_message>> search(const query& query);
    base::result<std::uint64_t> count(const query& query);
    /// How many messages the thread has.
    base::result<std::uint64_t> count_thread(std::int64_t thread);
    base::result<std::optional<indexed_message>> find(std::int64_t number);
    base::result<std::optional<indexed_message>> find(std::string_view account, std::string_view key);

    struct folder_summary {
        std::string account, folder;
        std::uint64_t messages = 0, unseen = 0, octets = 0;
    };
    base::result<std::vector<folder_summary>> folders(const std::optional<std::string>& account);

    // The ledger has the tags; what is here is a copy, so that they can be asked for quickly.
    struct tagged_content {
        std::string account;
        ledger::content_hash hash;
        std::string tags;
    };
    /// The copy is of the ledger's tags in this state (ledger::tags_state()).
    base::result<bool> knows_tags(std::string_view state);
    base::result<> take_tags(std::string_view state, const std::vector<tagged_content>& all);
    /// Each tag of messages that are here, and how many messages have it.
    base::result<std::map<std::string, std::uint64_t>> tag_counts();

private:
    static base::result<std::unique_ptr<index>> made_of(std::unique_ptr<ledger::database> file);
    explicit index(std::unique_ptr<ledger::database> file);
    std::unique_ptr<ledger::database> file_;
    word_hits hits_; ///< of the last search that found many
    std::function<bool(const mail::mime::attachment&)> wants_text_;
    attachment_text attachment_text_;
};

} // namespace search
