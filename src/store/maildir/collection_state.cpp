// The state of all directories of a collection as one text.
#include "store/maildir/collection_state.hpp"

#include "store/maildir/scan.hpp"

#include <algorithm>
#include <chrono>

namespace store::maildir {

namespace {

std::string nanoseconds_text(base::wall_time when)
{
    return std::to_string(
        std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count());
}

} // namespace

base::result<std::optional<std::string>> state_text(std::span<const std::shared_ptr<open_folder>> all,
                                                    base::wall_time now)
{
    std::string out;
    for (const auto& each : all) {
        out += std::to_string(each->name.size()) + ":" + each->name;
        for (const auto* directory : {&each->at.fresh, &each->at.current}) {
            const auto status = (*directory)->status();
            if (!status) return base::fail(status.error());
            if (std::max(status->modified, status->changed) + time_stamp_step >= now) return std::nullopt;
            out += " " + std::to_string(status->inode) + " " + nanoseconds_text(status->modified) + " " +
                   nanoseconds_text(status->changed);
        }
        out += "\n";
    }
    return out;
}

} // namespace store::maildir
