// Deleted mail that can still be put back, in the folder .restante-held of a maildrop, and what was put back of it.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "store/maildir/directory_sync.hpp"
#include "store/maildir/place.hpp"
#include "store/values.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace store::maildir {

constexpr std::string_view held_name = ".restante-held";

/// A held file's name: "<seconds of the deletion>,<session>,<the name it had>". An empty file whose last part is
/// ".not-held-<number>" notes how many of that session could not be held.
struct held_message {
    base::wall_time deleted;
    std::string_view session;
    std::string_view name; ///< as it was in new/ or cur/
};

/// Octets of `session` other than letters, digits, '-', '_' and '.' become '_', and 64 are kept: the form in
/// which a session's name stands in file names.
std::string session_in_names(std::string_view session);

/// Nothing where the name would be longer than a file's name can be.
std::optional<std::string> format_held_name(base::wall_time deleted, std::string_view session,
                                            std::string_view name);
std::optional<held_message> parse_held_name(std::string_view name);

/// A note of messages that could not be held.
struct not_held_note {
    base::wall_time deleted;
    std::string_view session;
    std::size_t messages = 0;
};
std::optional<not_held_note> parse_not_held(std::string_view name);

/// Notes that `messages` could not be held, where there is room for that now that they are gone; else the log alone
/// has it.
void note_not_held(folders& maildrop, base::wall_time deleted, std::string_view session,
                   std::size_t messages);

/// Opens the folder; makes it, durable, where it is missing.
base::result<std::unique_ptr<disk::directory>> open_or_make_held(folders& maildrop);

/// Opens the held message with that base name; `vanished` where none is held.
base::result<std::unique_ptr<disk::file>> open_held_message(folders& maildrop, std::string_view base);

/// Puts messages back: into cur/ where their name has flags, into new/ where not; durable, as is until when they are
/// safe from expiry.
base::result<undeletion> put_back(folders& maildrop, const undelete_request& request, base::wall_time now,
                                  directory_sync& syncs);

/// Removes for good what was deleted at `until` or before. What it freed.
base::result<usage> remove_held(folders& maildrop, base::wall_time until);

/// All that is held; sizes are those in the names, or the files' own where a name has none.
base::result<usage> measure_held(folders& maildrop);

constexpr std::string_view put_back_name = "restante-put-back";
constexpr std::string_view put_back_lock_name = ".restante-put-back-lock";

/// Base name to the time until which the message does not expire.
using put_back_times = std::map<std::string, base::wall_time, std::less<>>;

/// Reads the format of docs/formats.md; a line that is wrong does not count. Empty where the file is missing;
/// malformed where its first line is not ours.
base::result<put_back_times> read_put_back(disk::directory& maildrop);

/// Held while the file is read and replaced, or the lines of another undelete would be lost. Waits for its turn;
/// `in_use` after ten seconds.
base::result<std::unique_ptr<disk::lock>> lock_put_back(disk::directory& maildrop);

/// Replaces the file, durable. Times are kept in whole seconds, rounded up.
base::result<> write_put_back(disk::directory& maildrop, const put_back_times& times);

} // namespace store::maildir
