// Which files in a Maildir are served, and how many octets they have.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "mail/line_ends.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

namespace store::maildir {

/// Why a file in a maildrop of `owner` is not served; empty where it is. Links are never followed, other
/// users' files never read out, and set-user-id or unreadable ones are no mail.
std::string_view reason_not_served(const disk::status& file, std::uint32_t owner);

/// Why a file's content is not served: mail::packed_form_of() its beginning; empty where it may be a message.
base::result<std::string_view> reason_unreadable(disk::file& from);

struct message_octets {
    std::uint64_t stored = 0;
    std::uint64_t canonical = 0; ///< as RETR sends them: with a CRLF behind a last line that has no end
    mail::form form = mail::form::lf;

    friend bool operator==(const message_octets&, const message_octets&) = default;
};

/// What a name tells by its ,S= and ,W=: equal, they are of a file that holds the message as it was received.
message_octets octets_as_named(std::uint64_t stored, std::uint64_t canonical);

/// Reads the whole file and counts. `expected`: stored octets as its status told, so that a small file takes one read
/// and no more room than it needs; 0 where nobody asked.
base::result<message_octets> count_octets(disk::file& from, std::uint64_t expected = 0);

/// `content` is exact but for the end of a last line that has none: reads the last two octets and counts that too.
base::result<message_octets> with_last_line_end(disk::file& from, message_octets content);

/// Tells the log of each skipped file once, not at each log-in; safe from any thread.
class skipped_files {
public:
    explicit skipped_files(base::log& log) : log_(log) {}
    void report(std::string_view path, std::string_view name, std::string_view reason);

private:
    base::log& log_;
    std::mutex mutex_;
    std::unordered_set<std::string> reported_;
};

} // namespace store::maildir
