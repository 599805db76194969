// Which listings are settled.
#include "archive/settled.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <variant>

namespace archive {

ledger::content_hash hash_of_listing(const client::maildrop_listing& listing)
{
    constexpr std::size_t piece_octets = 16u << 10;
    ledger::content_hasher hasher;
    std::string piece = listing.unique_ids ? "ids\n" : "no ids\n";
    for (const client::listed_message& message : listing.messages) {
        // A unique-id may hold anything, so its length stands before it.
        fmt::format_to(std::back_inserter(piece), "{} {} {} ", message.number, message.ambiguous,
                       message.unique_id.size());
        piece += message.unique_id;
        if (message.octets) fmt::format_to(std::back_inserter(piece), " {}", *message.octets);
        piece += '\n';
        if (piece.size() < piece_octets) continue;
        hasher.add(piece);
        piece.clear();
    }
    hasher.add(piece);
    return hasher.finish();
}

bool may_settle(const account_settings& account)
{
    return std::holds_alternative<keep_all>(account.keep);
}

bool is_settled(const run& current, const run_session& session)
{
    if (current.inputs.wish.dry_run || current.report.suspicious || !may_settle(current.inputs.account) ||
        !current.report.uncopied.empty())
        return false;
    return std::ranges::all_of(session.plan.messages, [&](const planned_message& planned) {
        return has_own_name(planned.message) && !planned.doubted &&
               current.report.counted.is_stored(planned.name);
    });
}

} // namespace archive
