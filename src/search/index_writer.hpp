// Statements that put messages of one account into the index.
#pragma once

#include "ledger/content_hash.hpp"
#include "ledger/database.hpp"
#include "search/threading.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace search {

/// A message that the index has no words of.
struct unread_message {
    store::kept_message message;
    std::int64_t number = 0; ///< that it has already; 0: none
};

/// One message as it goes into the tables.
struct index_entry {
    std::int64_t number = 0; ///< as of the unread message
    store::kept_message message;
    std::string sender, recipients, copies, subject, message_id, names, body;
    base::wall_time date;
    std::size_t attachments = 0;
    ledger::content_hash hash{};           ///< of the whole message
    std::vector<std::string> thread_names; ///< threading.hpp
};

/// Marks and place of a message as a row has them.
std::int64_t place_number(const store::kept_message& message);

/// Each statement is prepared once. All but the states belong into a transaction of the caller.
class index_writer {
public:
    index_writer(ledger::database& file, std::string_view account);

    base::result<> add(const index_entry& entry);
    base::result<> change(const store::kept_message& message);
    base::result<> forget(std::int64_t number);
    /// So many were forgotten, and their words are here still.
    base::result<> note_gone(std::size_t messages);

    /// The state (store::collection::state()) in which the mail was when the index last agreed with it.
    base::result<std::optional<std::string>> known_state();
    base::result<> note_state(std::string_view state);

private:
    base::result<std::optional<std::int64_t>> row_for(const index_entry& entry);

    ledger::database& file_;
    std::string account_;
    thread_writer threads_;
    ledger::statement insert_, fill_, set_thread_, add_words_, change_, forget_;
};

/// Where the texts of attachments were read in another way than `name` stands for (empty: not at all), does the same.
base::result<> forget_words_read_otherwise(ledger::database& file, std::string_view name);
/// Where most words are of messages that are gone: forgets all words, and that any message was read.
base::result<> forget_stale_words(ledger::database& file);

} // namespace search
