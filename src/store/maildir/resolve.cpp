// Attempts and rescans in turn.
#include "store/maildir/resolve.hpp"

#include "store/maildir/scan.hpp"

#include <chrono>

namespace store::maildir {

namespace {

/// More than a million names take, and less than a client waits.
constexpr std::chrono::seconds chase_time_max{20};

bool vanished(const base::result<>& outcome)
{
    return !outcome && outcome.error().kind == base::failure::vanished;
}

/// Takes over what the scan shows; false where the message is not there.
bool update(target& known, const found_names& found)
{
    const auto now = find_base(found, known.base);
    if (now == nullptr) return false;
    known.folder = now->folder;
    known.name = found.name(*now);
    return true;
}

} // namespace

base::error moved_too_fast(std::string_view base)
{
    return {.kind = base::failure::storage,
            .temporary = true,
            .peer_text = {},
            .operator_text = "message '" + std::string(base) +
                             "': another program renames it faster than it can be opened"};
}

std::vector<base::result<>> attempt_each(folders& maildrop, const base::clock& clock,
                                         std::vector<target>& targets, const file_action& act)
{
    std::vector<base::result<>> outcomes;
    std::vector<std::size_t> missing;
    outcomes.reserve(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        outcomes.push_back(act(i, targets[i]));
        if (vanished(outcomes.back())) missing.push_back(i);
    }
    // Of many that are renamed without pause a scan leads to some: the names of the others are old when their turn
    // comes. So it goes on as long as each scan leads to one at least.
    const auto until = clock.steady_now() + chase_time_max;
    int in_vain = 0;
    for (int rescan = 0; !missing.empty() && in_vain < rescans_max; ++rescan) {
        if (rescan >= rescans_max && clock.steady_now() >= until) break;
        const auto scanned = scan_names(maildrop, clock);
        std::vector<std::size_t> missing_still;
        for (const std::size_t i : missing) {
            if (!scanned) {
                outcomes[i] = base::fail(scanned.error());
            } else if (update(targets[i], scanned->found)) {
                outcomes[i] = act(i, targets[i]);
                if (vanished(outcomes[i])) missing_still.push_back(i);
            }
        }
        in_vain = missing_still.size() < missing.size() ? 0 : in_vain + 1;
        missing = std::move(missing_still);
    }
    for (const std::size_t i : missing) outcomes[i] = base::fail(moved_too_fast(targets[i].base));
    return outcomes;
}

} // namespace store::maildir
