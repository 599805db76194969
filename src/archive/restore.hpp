// The way back: messages that are damaged or gone here, brought back from the second copy or from the server.
//
// Nothing that is good is ever written over: what comes back is a new file, published like any other, read again and
// held against the hash that the ledger knows. Then the ledger points to it, and what was damaged is put aside.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "client/maildrop.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/ledger.hpp"
#include "ledger/verify.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace archive {

/// A message that was stored here and is not here as it was.
struct lost_message {
    ledger::content_hash hash{};
    std::uint64_t octets = 0;
    std::string key{};        ///< under which it was kept; empty: nobody knows any more
    bool damaged = false;     ///< a file lies there, and is not it
    store::placement place{}; ///< folder and marks of the damaged file
};

struct restore_wish {
    std::optional<std::set<ledger::content_hash>> only{}; ///< these, also where a person removed them
    bool full = false;   ///< also what was removed, and whatever else lies in the second copy
    std::string aside{}; ///< the directory for damaged files
    bool sealed =
        false; ///< of an encrypted archive: what can be read in its second copy is as it was written
    std::function<void(std::uint64_t done, std::uint64_t total)> tell{};
    const std::atomic<bool>* stop = nullptr;
};

/// What of the account is damaged or gone. Reads all its mail, or that of `wish.only`.
base::result<std::vector<lost_message>> find_lost(const std::string& account, store::collection& mail,
                                                  ledger::ledger& book, const restore_wish& wish);

struct restoration {
    std::uint64_t restored = 0;
    std::uint64_t put_aside = 0; ///< damaged files
    bool stopped = false;
    std::vector<ledger::difference> left; ///< what could not be brought back, and why
};

/// What is worked with.
struct restore_parts {
    const std::string& account;
    store::collection& mail;
    ledger::ledger& book;
    const base::clock& clock;
};

/// What lies here in another file as well needs no source: the ledger points there, and what was damaged is put aside.
/// Takes it out of `lost`.
base::result<restoration> restore_from_here(const restore_parts& parts, std::vector<lost_message>& lost,
                                            const restore_wish& wish);

/// From the second copy. With `wish.all` what lies there and is not held here comes too; into an account of which the
/// ledger knows nothing, all of it.
base::result<restoration> restore_from_copy(const restore_parts& parts, store::collection& copy,
                                            const std::vector<lost_message>& lost, const restore_wish& wish);

/// From the server, by unique-id, in a session that the caller leaves. Only what has the hash that the ledger knows.
base::result<restoration> restore_from_server(const restore_parts& parts, client::maildrop& drop,
                                              const std::vector<lost_message>& lost,
                                              const restore_wish& wish);

} // namespace archive
