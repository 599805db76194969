// Which header fields are the sender's, and which ones servers and mail programs put in afterwards for themselves.
//
// A server may put "Status: RO" into what was read once; mpop, getmail, fetchmail and fdm put a Received field at
// the top of what they fetch; Thunderbird, mutt and KMail keep their marks in the header section. None of that makes
// another message.
#pragma once

#include "ledger/content_hash.hpp"
#include "mail/header_section.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ledger {

/// A field that may change between two looks at one message, wherever it stands: marks, local numbers, sizes, and
/// Return-Path, which each final delivery makes anew (RFC 5321, section 4.4). Case does not count.
bool is_bookkeeping_field(std::string_view name);

/// A field that whoever hands a message on puts above all others: Received, Delivered-To and their kin.
bool is_trace_field(std::string_view name);

/// A message without what may have been put into it.
struct bare_message {
    std::string header;               ///< canonical fields in their order, without bookkeeping; no empty line
    content_hash body;                ///< of the octets behind the empty line, without `body_line_ends`
    std::uint64_t body_line_ends = 0; ///< how many CRLF stand at the very end
    std::uint64_t header_octets = 0;  ///< of all its fields, bookkeeping too
    bool header_whole = true;         ///< false: it is longer than bare_header_octets_max, and proves nothing
};

inline constexpr std::size_t bare_header_octets_max = 256u << 10; ///< longer ones exist as attacks only

/// Fed piece by piece with the canonical octets of a message, or with what TOP gave.
class bare_message_reader {
public:
    void add(std::string_view octets);
    bare_message finish(); ///< and begins anew

private:
    void add_body(std::string_view octets);
    void hash_held_back();

    mail::header_section_end end_;
    std::string header_;
    content_hasher body_;
    bool header_whole_ = true;
    std::uint64_t line_ends_ = 0; // met last in the body, and not hashed yet
    bool cr_ = false;             // behind them, and no LF yet
};

/// Header sections alone: what is held is what the server has, but for bookkeeping, and with any number of trace fields
/// more among those that stand at its top: fdm puts its own above the first Received, below a Delivered-To.
bool same_header_but_added(const bare_message& held, const bare_message& served);

/// The bodies: what is held is what the server has, perhaps with an empty line more at its end, as fdm writes it into
/// an mbox.
bool same_body_but_added(const bare_message& held, const bare_message& served);

/// What two header sections share for which same_header_but_added() holds: the hash of all fields that are neither
/// bookkeeping nor trace, 32 octets. For looking up; it proves nothing.
std::string sender_fields_hash(const bare_message& message);

} // namespace ledger
