// Which files in a Maildir are served, and how many octets they have.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

namespace store::maildir {

/// Why a file in a maildrop of `owner` is not served; empty where it is. Links are never followed, other
/// users' files never read out, and set-user-id or unreadable ones are no mail.
std::string_view reason_not_served(const disk::status& file, std::uint32_t owner);

struct message_octets {
    std::uint64_t stored = 0;
    std::uint64_t canonical = 0;
};

/// Reads the whole file and counts. `expected`: stored octets as its status told, so that a small file takes one read
/// and no more room than it needs; 0 where nobody asked.
base::result<message_octets> count_octets(disk::file& from, std::uint64_t expected = 0);

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
