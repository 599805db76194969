// Who may open which maildrop, and what is true for that user alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// One user. Whatever is not set follows the site.
struct account {
    std::string name; ///< canonical: as in the users file, ASCII letters in lower case
    bool disabled = false;
    std::optional<std::uint64_t> quota_octets, quota_messages; ///< 0: no limit
    std::optional<std::chrono::seconds> expire;                ///< 0: never
    std::optional<std::chrono::seconds> held_for;
    std::optional<std::chrono::seconds> login_delay;
    std::optional<std::string> lock;         ///< "exclusive" or "snapshot"
    std::vector<std::string> allow_networks; ///< CIDR; empty: from anywhere
};

/// Canonical form of a name typed at log-in or RCPT: ASCII letters in lower case; nothing where it
/// cannot be a user: empty, over 255 octets, not UTF-8, or with '/', NUL, controls, or a dot or space at an
/// end of the local part or the domain.
std::optional<std::string> canonical_name(std::string_view typed);

/// ASCII letters in lower case, all else as it is.
std::string lower_case(std::string_view text);

} // namespace auth
