// What has had its time goes.
#include "store/maildir/sweep.hpp"

#include "store/maildir/held.hpp"
#include "store/maildir/session.hpp"
#include "store/maildir/snapshot.hpp"

#include <string>
#include <vector>

namespace store::maildir {

namespace {

constexpr std::chrono::hours leftover_age{36}; // the customary age since Maildir began

base::result<std::size_t> expire(backend& backend, folders& maildrop, const maildrop_policy& policy)
{
    if (!policy.expire) return 0;
    auto lock = session_lock::take(backend, maildrop);
    if (!lock && lock.error().kind == base::failure::in_use) return 0;
    if (!lock) return base::fail(lock.error());
    return expire_messages(backend, maildrop, policy);
}

} // namespace

base::result<std::size_t> remove_leftovers(disk::directory& directory, files_being_written& writing,
                                           base::wall_time now,
                                           const std::function<bool(std::string_view)>& wanted)
{
    std::vector<std::string> names;
    auto listed = directory.list([&](std::string_view name) {
        if (wanted(name) && !writing.contains(name)) names.emplace_back(name);
    });
    if (!listed) return base::fail(listed.error());
    std::size_t gone = 0;
    for (const auto& name : names) {
        const auto status = directory.status(name);
        if (!status || status->kind == disk::kind::directory) continue;
        if (status->modified + leftover_age >= now) continue;
        if (directory.remove(name)) ++gone;
    }
    return gone;
}

bool is_leftover(std::string_view name)
{
    return !name.starts_with('.');
}

base::result<std::size_t> sweep_maildrop(backend& backend, folders& maildrop, const maildrop_policy& policy)
{
    if (!backend.ages.ages_can_be_trusted()) return 0;
    const auto expired = expire(backend, maildrop, policy);
    if (!expired) return expired;
    const auto held = remove_held(maildrop, backend.clock.now() - policy.held_for);
    if (!held) return base::fail(held.error());
    auto temporary = maildrop.maildrop->open_directory("tmp");
    if (!temporary && temporary.error().kind != base::failure::vanished) return base::fail(temporary.error());
    std::size_t leftovers = 0;
    if (temporary) {
        const auto removed = remove_leftovers(**temporary, backend.writing, backend.clock.now(), is_leftover);
        if (!removed) return removed;
        leftovers = *removed;
    }
    // Cache files that a crash kept from getting their name; no messages, so not counted.
    const auto is_cache = [](std::string_view name) {
        return name.starts_with(snapshot_file_name) && name != snapshot_file_name;
    };
    const auto caches = remove_leftovers(*maildrop.maildrop, backend.writing, backend.clock.now(), is_cache);
    if (!caches) return caches;
    return *expired + held->messages + leftovers;
}

} // namespace store::maildir
