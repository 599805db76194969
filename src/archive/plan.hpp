// What a listing means, held against what is known: what to fetch, what is here, what has gone. Pure.
#pragma once

#include "archive/settings.hpp"
#include "base/clock.hpp"
#include "client/maildrop.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace archive {

/// Every record of one account, by unique-id.
using known_records = std::map<std::string, ledger::message_record, std::less<>>;

/// Messages without a unique-id of their own get a record under this and their hash, so that their history can be told.
inline constexpr std::string_view nameless_prefix = "(no unique-id) sha256:";
/// The server's word is enough to know this message again.
bool has_own_name(const client::listed_message& message);
/// The name in closing accounts. `generation` counts the sessions after which the server may have renumbered.
std::string shown_name(const client::listed_message& message, unsigned generation);

/// What shall happen to one listed message.
enum class course {
    fetch,
    stored_before,
    skipped, ///< planned_message::why tells the reason
};

struct planned_message {
    client::listed_message message;
    std::string name; ///< shown_name()
    archive::course course = course::fetch;
    std::string reason;
    /// It is stored, we were about to ask the server to delete it, and it is listed still: TOP must show that it is the
    /// same (proof.hpp), else it is fetched.
    bool doubted = false;
};

struct fetch_plan {
    std::vector<planned_message> messages; ///< as listed
    /// Indexes of those with course::fetch, in the order to fetch them: what failed twice before comes last.
    std::vector<std::size_t> order;
    /// Lives whose stage the listing changes: deleted or vanished.
    std::vector<ledger::message_record> changed;
    std::uint64_t vanished = 0;
    std::uint64_t found_deleted = 0; ///< asked for before, and now seen to be gone
    /// An empty or wholly new listing: nothing is deleted in this run, and nothing counts as vanished.
    bool suspicious = false;
    std::vector<std::string> warnings;

    /// The message of this number, which must be there. Found at once where the listing goes 1, 2, 3… as it should.
    const planned_message& numbered(std::uint64_t number) const;
};

struct plan_facts {
    unsigned generation = 0;
    bool believe_listing = false;
    bool skipping_unchanged = false; ///< what was skipped before need not be looked at again
    /// How often a message has failed in this run, by shown name: at `failures_max` it is left for the next run.
    const std::map<std::string, unsigned>* failures = nullptr;
};

/// So many failures in one run are enough.
inline constexpr unsigned failures_max = 2;
/// So often may LIST change the size of a message that did not change: from then on its size tells nothing.
inline constexpr unsigned size_changes_max = 2;
/// So many messages must be known before it is strange that the server lists none of them.
inline constexpr std::size_t known_before_suspicion = 10;

fetch_plan make_plan(const client::maildrop_listing& listing, const known_records& records,
                     const account_settings& account, const plan_facts& facts);

} // namespace archive
