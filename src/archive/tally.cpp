// Counting messages once.
#include "archive/tally.hpp"

namespace archive {

void tally::listed(const std::string& name)
{
    if (entries_.try_emplace(name).second) ++listed_;
}

void tally::settle(const std::string& name, outcome what, std::string why, bool temporary)
{
    entry& one = entries_[name];
    if (one.what == outcome::stored) return;
    one = {what, std::move(why), temporary};
}

bool tally::is(const std::string& name, outcome what) const
{
    const auto found = entries_.find(name);
    return found != entries_.end() && found->second.what == what;
}

bool tally::is_stored(const std::string& name) const
{
    return is(name, outcome::stored) || is(name, outcome::stored_before) || is(name, outcome::same);
}

void tally::tell(closing_account& into) const
{
    into.on_server = on_server();
    into.stored_before = known_whole_;
    for (const auto& [name, one] : entries_) switch (one.what) {
        case outcome::stored: ++into.stored; break;
        case outcome::stored_before: ++into.stored_before; break;
        case outcome::removed_here:
            ++into.removed_here;
            into.removals.push_back(name);
            break;
        case outcome::same:
            ++into.stored_before;
            ++into.same_as_others;
            break;
        case outcome::skipped: into.skipped.push_back({name, one.why}); break;
        case outcome::failed: into.failed.push_back({name, one.why, one.temporary}); break;
        case outcome::none: ++into.not_reached; break;
        }
}

} // namespace archive
