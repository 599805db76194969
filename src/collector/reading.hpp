// Kept mail as a person reads it: what a search found, one message, a thread.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "collector/message_lookup.hpp"
#include "exchange/attachments.hpp"
#include "mail/mime/parts.hpp"
#include "mail/mime/reading.hpp"
#include "search/index.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace collector {

/// What a query found, in its order; excerpt_reader reads the words around what was searched for.
struct listing {
    std::vector<search::indexed_message> messages;
    std::vector<std::uint64_t> thread_messages; ///< of each, where the query is by thread; else empty
    search::query query;                        ///< what was asked of the index
};

/// `unknown_user`, `vanished` or `malformed` where the query names an account, a folder or a time that is none.
base::result<listing> list_messages(archive_folder& folder, search::index& index, const query_wish& wish);

struct show_request {
    bool parsed = true; ///< else its octets alone
    bool peek = false;  ///< it stays unseen
};

struct shown_message {
    const search::indexed_message& entry;
    const std::string& octets;                  ///< canonical
    std::optional<mail::mime::part_tree> parts; ///< where it was to be parsed; views of `octets`
    std::optional<mail::mime::reading> reading; ///< of those parts
};

/// Reads a message, hands it to `show`, and marks it seen then.
base::result<> show_message(found_message& found, const show_request& request,
                            const std::function<void(const shown_message&)>& show);

/// Saves attachments of these numbers (none: all) into a folder of any disk, which is made where it is missing
/// (exchange/attachments.hpp). The error is one of that folder, where check_attachments() has found them all.
base::result<std::vector<exchange::saved_attachment>> save_attachments(archive_folder& folder,
                                                                       std::string_view octets,
                                                                       std::span<const unsigned> numbers,
                                                                       const std::string& target);

/// The message that was named, and all that answer it or that it answers: the oldest first.
base::result<std::vector<search::indexed_message>> thread_of(archive_folder& folder, search::index& index,
                                                             const std::string& typed);

} // namespace collector
