// The second copy of an account's mail: found by content, added to, and read through.
//
// Its messages have names of their own, so that what lies there is known by its octets alone. Each is a file of its
// own too, never a second name of the archive's file: what damages the one must not be able to damage the other.
#pragma once

#include "base/result.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/ledger.hpp"
#include "ledger/verify.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace archive {

/// A collection, asked for contents. Lists it once, at the first question, and reads only messages of the wanted size.
class content_finder {
public:
    explicit content_finder(store::collection& collection) : where_(collection) {}

    /// The key of a message with these octets, read and hashed by this object; nothing where there is none. A message
    /// that cannot be read is none.
    base::result<std::optional<std::string>> find(const ledger::content_hash& hash, std::uint64_t octets);
    /// So much is known of a message that was added meanwhile.
    void remember(const std::string& key, const ledger::content_hash& hash, std::uint64_t octets);

private:
    base::result<> list();

    store::collection& where_;
    bool listed_ = false;
    std::multimap<std::uint64_t, std::string> keys_;                  ///< by size
    std::map<std::string, std::optional<ledger::content_hash>> read_; ///< by key; nothing: it cannot be read
};

/// Copies a message, octet by octet, and reads the copy back; its key. `storage` where it reads back otherwise than
/// `hash`, and then nothing is left of it.
base::result<std::string> copy_message(store::collection& source, std::string_view key,
                                       const ledger::content_hash& hash, store::collection& target,
                                       const store::placement& placement);

/// What a reading of the whole second copy found.
struct copy_verification {
    std::uint64_t messages = 0; ///< read and hashed there
    std::uint64_t octets = 0;
    std::uint64_t verified = 0; ///< messages of the archive that lie there, to the octet
    std::uint64_t lacking =
        0;                    ///< messages of the archive that are not there and were not expected; no damage
    std::uint64_t copied = 0; ///< with `repair`: put there now
    bool stopped = false;
    std::vector<ledger::difference> differences;
    std::optional<base::error>
        trouble{}; ///< with `repair`: why the first of those that lack could not be copied
    bool whole() const { return differences.empty() && lacking == 0 && !stopped; }
};

/// Reads every message of the second copy and holds it against the ledger, which then knows what lies there and when
/// that was seen. With `wish.repair` what is not there, and is good here, is copied; nothing is removed. An error only
/// where nothing could be proved.
base::result<copy_verification> verify_second_copy(const std::string& account, store::collection& mail,
                                                   store::collection& copy, ledger::ledger& book,
                                                   base::wall_time now, const ledger::verify_wish& wish);

/// These were read there just now, whole, and lie here: what has no record is noted, too. verify_second_copy() notes
/// all anew.
base::result<> note_read_in_second_copy(ledger::ledger& book, const std::string& account,
                                        const std::set<ledger::content_hash>& hashes);

/// When verify_second_copy() last read it to its end; nothing: never.
base::result<std::optional<base::wall_time>> second_copy_verified_at(ledger::ledger& book,
                                                                     const std::string& account);
/// The contents that the ledger believes to lie in the account's second copy: read back from there when they were
/// copied, or by verify_second_copy() since.
base::result<std::set<ledger::content_hash>> contents_in_second_copy(ledger::ledger& book,
                                                                     const std::string& account);

/// The id that bind_second_copy() had last; nothing: it had none.
base::result<std::optional<std::string>> bound_second_copy(ledger::ledger& book, const std::string& account);
/// Says which second copy the ledger's proofs are about. Where it was another, or none, no proof holds any more.
base::result<> bind_second_copy(ledger::ledger& book, const std::string& account, std::string_view id);

} // namespace archive
