// Proves the archive whole: what the ledger holds lies there, to the octet, and the ledger knows all that lies there.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger {

enum class difference_kind {
    missing,      ///< the ledger holds it; it is not in the mail
    changed,      ///< it lies there with other octets than were stored
    unreadable,   ///< it lies there and cannot be read whole, or is not as long as its name says
    unrecorded,   ///< it lies there and the ledger does not know it
    copy_missing, ///< it was in the second copy, and is not any more
    copy_damaged, ///< a file of the second copy cannot be read, or has octets that nobody knows
};
std::string_view name_of(difference_kind kind);

struct difference {
    std::string account, key;
    difference_kind kind = difference_kind::missing;
    std::string description; ///< for people
    std::string what_to_do;  ///< for people
    bool repaired = false;
};

struct verification {
    std::uint64_t messages = 0; ///< read and hashed
    std::uint64_t octets = 0;
    std::uint64_t copies = 0;   ///< in the ledger
    std::uint64_t repaired = 0; ///< copies that were recorded now
    /// The ledger has them under a key that is gone, and their octets were read under another one: no difference.
    std::uint64_t moved = 0;
    bool stopped =
        false; ///< before the end: what was not looked at is not proved, nor compared with the ledger
    std::vector<difference> differences;
    bool whole() const { return differences.size() == repaired && !stopped; }
};

struct verify_wish {
    /// Records the unrecorded, and under which keys the moved lie now. Never removes or changes mail, nor what the
    /// ledger says of its octets.
    bool repair = false;
    std::function<void(std::uint64_t done, std::uint64_t total)> tell{};
    const std::atomic<bool>* stop = nullptr;
};

/// Reads every message of the account. What a person removes or moves meanwhile is no difference, unless the
/// ledger holds it still. An error only where nothing could be proved: the listing or the ledger failed.
base::result<verification> verify(const std::string& account, store::collection& mail, ledger& book,
                                  const verify_wish& wish);

/// Remembers what verify(), which began at `began`, found. Nothing where it was stopped.
base::result<> note_verified(ledger& book, const std::string& account, const verification& found,
                             base::wall_time began);
/// When the kept copy was last read and found to be what was stored: by verify(), or before its deletion on the server
/// was asked for. Nothing: never, or it is not kept.
base::result<std::optional<base::wall_time>> last_verified(ledger& book, const message_record& record);

/// What a message's octets are, as the ledger names them. Read piece by piece.
base::result<held_content> hash_kept(store::collection& mail, const std::string& account,
                                     const std::string& key);

} // namespace ledger
