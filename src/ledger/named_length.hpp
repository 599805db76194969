// Kept messages whose files are not as long as their own names say.
//
// Whoever writes a Maildir knows the length of a file before it gets its name, and Maildir++ has it in there (",S=").
// Where nothing else tells what a message was, that shows a file that a crash, a full disk or a hand has cut.
#pragma once

#include "base/result.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <string>
#include <string_view>

namespace ledger {

/// For people.
inline constexpr std::string_view not_as_named =
    "it is not as long as its name says: it was cut short or changed since it was written";

/// Not as long as its name says, and its octets (`hash`) are no message's that the ledger knows: rather what is left of
/// a message than one.
base::result<bool> is_cut(ledger& book, const std::string& account, const store::stored_message& message,
                          const content_hash& hash);
/// The same of a message that was read a moment ago.
base::result<bool> is_cut(ledger& book, const std::string& account, store::collection& mail,
                          const std::string& key, const content_hash& hash);

} // namespace ledger
