// A ledger made again: from the journals, from what a damaged file still tells, and from the mail itself.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ledger {

/// What replace_ledger() did.
struct replacement {
    std::unique_ptr<ledger> book;
    std::string put_aside;              ///< where the damaged file lies now; empty: there was none
    std::uint64_t records = 0;          ///< known again, from the journals
    std::uint64_t records_salvaged = 0; ///< known again, from the damaged file alone
};

/// Puts a ledger that open() called `malformed` aside and makes a new one in its place: the journals first, then,
/// row by row, what can be read of the old file. Whatever that says of deletions comes back as `stored` and not
/// verified. No other program may have the ledger open.
base::result<replacement> replace_ledger(const own_disk& disk, const std::string& path,
                                         const database_key& key, const base::clock& clock);

/// What rebuild() did for one account.
struct rebuilding {
    std::uint64_t messages = 0; ///< in the collection
    std::uint64_t hashed = 0;   ///< read, and known by their hash now
    /// Keys of those whose octets are not the ones that the ledger, or a journal, has under that key. With
    /// `believe_files` they are what the ledger knows now; else they are damage, and it knows what it knew.
    std::vector<std::string> changed{};
    std::uint64_t moved = 0;      ///< in the collection under another key than the ledger had
    std::uint64_t forgotten = 0;  ///< in the ledger and not in the collection
    std::uint64_t unreadable = 0; ///< and so not entered; with those of `cut`
    /// Keys of those that the ledger does not know, and that are not as long as their names say (named_length.hpp).
    std::vector<std::string> cut{};
    bool stopped = false;
};

struct rebuild_wish {
    bool believe_files = false; ///< a person says that changed and cut files are meant to be as they are
    std::function<void(std::uint64_t done, std::uint64_t total)> tell{}; ///< after each commit
    const std::atomic<bool>* stop = nullptr; ///< ends it early; the next call begins anew
};

/// Reads and hashes every message of the collection and enters into the ledger what it does not know. Then records
/// whose
/// message is gone get the key under which its octets lie now, or lose theirs; and no record is verified until it has
/// been verified anew. A hash that is known stays, whatever the file has now: it is the only thing that tells damage.
/// Commits every few hundred messages. A message that cannot be read is counted, not an error. Stopped, it takes
/// nothing for gone.
base::result<rebuilding> rebuild(ledger& book, const std::string& account, store::collection& mail,
                                 const rebuild_wish& wish);

/// There is mail in the collection and not one stored copy in the ledger: it was lost, rebuild it before a fetch.
base::result<bool> wants_rebuild(ledger& book, const std::string& account, store::collection& mail);

} // namespace ledger
