// A kept message, read and held against its hash.
#include "ledger/copy_state.hpp"

namespace ledger {

base::result<content_hash> read_and_hash(store::collection& mail, std::string_view key)
{
    auto message = mail.open(key);
    if (!message) return base::fail(message.error());
    content_hasher hasher;
    auto read = store::read_canonical(**message, [&](std::string_view octets) -> base::result<> {
        hasher.add(octets);
        return {};
    });
    if (!read) return base::fail(read.error());
    return hasher.finish();
}

base::result<copy_state> state_of_copy(store::collection& mail, const std::string& key,
                                       const content_hash& hash)
{
    auto found = read_and_hash(mail, key);
    if (found) return *found == hash ? copy_state::good : copy_state::damaged;
    switch (found.error().kind) {
    case base::failure::vanished: return copy_state::gone;
    case base::failure::malformed: return copy_state::damaged;
    default: break;
    }
    found.error().operator_text =
        "the message " + key + ", which is here already, cannot be read: " + found.error().operator_text;
    return base::fail(found.error());
}

void lost_copies::add(const std::string& key, copy_state state)
{
    if (state == copy_state::gone) gone.push_back(key);
    if (state == copy_state::damaged) damaged.push_back(key);
}

store::placement place_of_damaged(store::collection& mail, const lost_copies& lost,
                                  const store::placement& placement)
{
    for (const std::string& key : lost.damaged)
        if (const auto kept = mail.find(key)) return {kept->folder, kept->marks, kept->arrival};
    return placement;
}

} // namespace ledger
