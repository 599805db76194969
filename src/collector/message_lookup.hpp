// From what a person typed to a message: its number in the index, or the unique-id that its server gave it.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "search/index.hpp"
#include "search/search_words.hpp"
#include "store/collection.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace collector {

/// What a person looks for.
struct query_wish {
    std::vector<std::string> words;
    std::optional<std::string> account, folder, after, before;
    bool unseen = false, flagged = false, oldest_first = false;
    bool threads = false; ///< a line for each thread; list and search alone
    std::size_t limit = 50;
};

/// The archive, its index and the message that was asked for.
struct found_message {
    search::indexed_message entry;
    std::unique_ptr<store::collection> mail; ///< of its account
};

/// `vanished` where there is none: the text says how to find it.
base::result<found_message> find_message(archive_folder& folder, search::index& index,
                                         const std::string& typed);

/// The names that servers gave it, as the ledger knows them; none of one that was imported.
base::result<std::vector<std::string>> unique_ids_of(archive_folder& folder,
                                                     const search::indexed_message& message);

/// The whole message, canonical.
base::result<std::string> read_message(const found_message& message);

/// The words around what was searched for, out of the message itself: the index keeps no text.
class excerpt_reader {
public:
    excerpt_reader(archive_folder& folder, const search::query& query);
    /// One line; empty where the search asks for no words of texts, or the message cannot be read.
    std::string read(const search::indexed_message& entry);

private:
    archive_folder& folder_;
    std::vector<search::searched_phrase> phrases_;
    std::map<std::string, std::unique_ptr<store::collection>> mail_; ///< by account
};

/// Where nothing was found: `vanished` if the folder of `wish` is not there. An empty folder is.
base::result<> check_folder(archive_folder& folder, const query_wish& wish);

/// Of what the words of a query name: `unknown_user` where an account is not there, `vanished` where a folder is not.
base::result<> check_names(archive_folder& folder, search::index& index, const search::query& query);

/// What a query on the command line means; `malformed` where a time cannot be read.
base::result<search::query> to_query(const query_wish& wish, base::wall_time now,
                                     const search::saved_searches& saved = {});

} // namespace collector
