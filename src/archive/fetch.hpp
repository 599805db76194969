// One run for one account: what the server has → what is stored here, durably → what may go there.
//
// The sequence (each step is a test): intent → RETR into tmp/, hashing → group: sync, rename, sync directory → ledger →
// re-read and re-hash → DELE → QUIT and its +OK → ledger `deleted`. Whatever is killed between two steps, the next run
// finds either the message on the server or its content here, and knows it by its hash.
#pragma once

#include "archive/fetch_report.hpp"
#include "archive/settings.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "client/maildrop.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace deliver {
class delivery_target;
class virus_scanner;
} // namespace deliver

namespace archive {

/// Together so many messages cost one sync of each directory and one commit; see reception.hpp for other limits.
inline constexpr std::size_t group_messages_max = 128;

/// What a run is doing, for whoever waits.
struct progress {
    std::uint64_t messages_done = 0, messages_all = 0;
    std::uint64_t octets_done = 0, octets_all = 0; ///< by the server's sizes
    std::string_view doing;                        ///< "signing in", "fetching", "deleting"
};

/// A plan that the guard stopped: shown to a person, who says yes or no.
struct deletion_plan {
    std::string account;
    std::uint64_t on_server = 0;
    std::uint64_t to_delete = 0;
    std::string policy; ///< "keep = days=30, counted from when it was stored"
    std::string reason; ///< which limit it is above
};

/// What a run works with. The archive owns none of it.
struct fetch_parts {
    client::server& server;
    store::collection& mail;
    store::collection* second_copy = nullptr;
    std::string aside{}; ///< the directory for damaged files of `mail`; empty: they stay where they are
    std::function<store::collection*(std::string_view account)>
        other{}; ///< other accounts' mail, for publish_copy
    ledger::ledger& book;
    const base::clock& clock;
    base::log& log;
    std::vector<deliver::delivery_target*> targets{}; ///< a message counts as stored only after each took it
    deliver::virus_scanner* scanner = nullptr;
    std::function<void(const progress&)> on_progress{};
    std::function<bool(const deletion_plan&)> confirm{}; ///< unset: nobody is there, the guard stops
    const std::atomic<bool>* stop = nullptr;             ///< set: finish the group at hand, QUIT, end
    /// Messages are made durable on a second thread while the next ones come. Then `log` and `on_progress` are called
    /// from both, `mail` is added to by one and published by the other; all else is used by one thread at a time.
    bool beside = false;
    std::size_t group_messages = group_messages_max; ///< made durable together, at most
};

struct fetch_wish {
    bool dry_run = false;         ///< lists and plans, retrieves and deletes nothing
    bool believe_listing = false; ///< a person says that an empty or wholly changed listing is true
    bool believe_clock = false;   ///< a person says that the clock is right, though it jumped
};

/// Runs. An error only where nothing could begin (sign-in failed, the archive cannot be used); whatever happens later
/// is in the account, which then is not `well`.
base::result<fetch_report> fetch(const account_settings& account, const fetch_parts& parts,
                                 const fetch_wish& wish);

} // namespace archive
