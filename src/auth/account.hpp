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
    /// As the users file spells it, ASCII letters in lower case: so the maildrop stays where it always was. Compare
    /// names by canonical_name() alone.
    std::string name;
    bool disabled = false;
    std::optional<std::uint64_t> quota_octets, quota_messages; ///< 0: no limit
    std::optional<std::chrono::seconds> expire;                ///< 0: never
    std::optional<std::chrono::seconds> held_for;
    std::optional<std::chrono::seconds> login_delay;
    std::optional<std::string> lock;         ///< "exclusive" or "snapshot"
    std::vector<std::string> allow_networks; ///< CIDR; empty: from anywhere
};

/// The form in which names are compared, whatever road they come by: prepared_name() with the domain in A-labels
/// (RFC 5890), so that "user@münchen.example" and "user@xn--mnchen-3ya.example" are one. Nothing where it cannot be a
/// user.
std::optional<std::string> canonical_name(std::string_view typed);

/// How the name of a new user is written down: in SASLprep form (RFC 6856, section 2.2), ASCII letters in lower case,
/// the domain as typed. Nothing where it cannot be a user: empty, over 255 octets, not UTF-8, with '/', NUL, controls,
/// or what SASLprep or IDNA forbids, or with a dot or space at an end of the local part or the domain.
std::optional<std::string> prepared_name(std::string_view typed);

/// A domain alone, as canonical_name() has it.
std::optional<std::string> canonical_domain(std::string_view typed);

} // namespace auth
