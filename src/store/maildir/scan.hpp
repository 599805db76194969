// Which messages are in new/ and cur/, while other programs rename them.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/maildir/place.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace store::maildir {

/// One message as its name tells it.
struct found_name {
    std::uint64_t arrival_microseconds = 0; ///< 0 where the name tells none
    std::uint64_t begin = 0;                ///< of the name in found_names::text
    std::uint8_t name_octets = 0;
    std::uint8_t base_octets = 0;
    maildir::folder folder = folder::fresh;
};

/// Messages in order of arrival: by the time in the name, then by the base name; names without a time come
/// first. No base name is there twice.
struct found_names {
    std::string text;
    std::vector<found_name> names;

    std::string_view name(const found_name& found) const
    {
        return std::string_view(text).substr(found.begin, found.name_octets);
    }
    std::string_view base(const found_name& found) const
    {
        return std::string_view(text).substr(found.begin, found.base_octets);
    }
};

/// The message with that base name; null where there is none.
const found_name* find_base(const found_names& names, std::string_view base);

/// The state of the two directories that a list of their names belongs to.
struct directories_state {
    std::uint64_t fresh_inode = 0;
    std::uint64_t current_inode = 0;
    base::wall_time fresh_modified;
    base::wall_time current_modified;

    friend bool operator==(const directories_state&, const directories_state&) = default;
};

struct scan {
    found_names found;
    directories_state state;
    /// Nothing can have changed since without changing `state`. False when the directories were edited during
    /// the scan or so shortly before it that the next edit may get the same time stamp.
    bool settled = false;
    /// Names in new/ of files whose base name another one in cur/ has. Known only of a settled scan: in any other, it
    /// may be one file that was moved meanwhile.
    std::vector<std::string> shadowed;
};

/// Why a name of scan::shadowed is passed over.
constexpr std::string_view reason_shadowed =
    "another file has the same base name, and that one is taken; rename one of them";

base::result<directories_state> state_of(folders& maildrop);

/// A change within this time after another may leave the directory's time stamp as it was: one second on old
/// NFS and HFS, two on FAT.
constexpr std::chrono::seconds time_stamp_step{2};

/// Old enough at `now` that any later change must show.
bool is_settled(const directories_state& state, base::wall_time now);

/// Reads both directories: once when nobody edits them, else until two passes agree or two in a row find
/// nothing that earlier ones did not. What any pass saw is in the result, so a message that is renamed over
/// and over is not missed; one that was removed meanwhile may be in it, and is found vanished when opened.
base::result<scan> scan_names(folders& maildrop, const base::clock& clock);

} // namespace store::maildir
