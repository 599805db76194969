// The name of a message's file: what it says, its flags, and the unique-id that follows from it.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace store::maildir {

constexpr std::size_t name_octets_max = 255; // NAME_MAX of every file system that Linux has

/// A file name taken apart; the views are into the name that was parsed.
struct parsed_name {
    std::string_view base; ///< up to the first ':'; the identity of the message
    std::string_view info; ///< from that ':' on, e.g. ":2,S"; may be empty
    /// Microseconds since 1970, out of "<seconds>." and "M<microseconds>"; nothing where the name has no such
    /// start.
    std::optional<std::uint64_t> arrival_microseconds;
    std::optional<std::uint64_t> stored_octets;    ///< ,S=
    std::optional<std::uint64_t> canonical_octets; ///< ,W=
};

/// Nothing for what is no message: names that begin with a dot (".nfs…" too) or have no base.
std::optional<parsed_name> parse_name(std::string_view name);

// The parts by themselves, for lists of a million names.

/// Empty for what is no message.
std::string_view base_of(std::string_view name);
/// "1732460000.M123456P…": seconds, and microseconds where they are told.
std::optional<std::uint64_t> arrival_microseconds_of(std::string_view base);
std::optional<std::uint64_t> stored_octets_of(std::string_view base);
std::optional<std::uint64_t> canonical_octets_of(std::string_view base);

/// How far a name's sizes can be believed without a look at the file.
enum class size_claim {
    none,    ///< another program's name
    content, ///< ours, of a file whose last line may have no end: RETR then sends two octets more than ,W= says
    wire,    ///< ours, and ,W= is what RETR sends
};
size_claim size_claim_of(std::string_view base);

/// Microseconds since 1970, as names tell them; 0 for what is before.
std::uint64_t to_microseconds(base::wall_time time);

/// The base itself where it is 1 to 70 octets of 0x21 to 0x7E (RFC 1939, section 7), else hashed_unique_id().
std::string unique_id_of(std::string_view base);

/// base64url of the SHA-256 of the base, 43 octets.
std::string hashed_unique_id(std::string_view base);

/// Names for the messages that this process delivers; safe from any thread.
class name_maker {
public:
    /// Of `host` its first label is used, as far as it fits.
    name_maker(const base::clock& clock, base::random& random, std::string_view host);

    /// A name for a file in tmp/.
    std::string temporary();
    /// A base name of at most 70 octets for file names, so that it is its own unique-id:
    /// "<seconds>.M<microseconds>P<process>E<64 random bits>.<host>,S=<stored>,W=<canonical>". The message is empty
    /// or ends in CRLF: size_claim::wire.
    /// Later calls give later times, even when the clock stands still or is set back a little.
    std::string delivered(std::uint64_t stored_octets, std::uint64_t canonical_octets);
    /// The same, with 'R' before the random bits, for a message that ends as it came: size_claim::content.
    std::string kept(std::uint64_t stored_octets, std::uint64_t canonical_octets);
    /// kept() for a message that arrived at another time.
    std::string kept(std::uint64_t stored_octets, std::uint64_t canonical_octets, base::wall_time arrival);

private:
    std::uint64_t next_microseconds();
    std::string beginning(std::uint64_t microseconds, char mark);
    std::string with_sizes(std::string beginning, std::uint64_t stored_octets,
                           std::uint64_t canonical_octets);

    const base::clock& clock_;
    base::random& random_;
    std::string host_;
    std::string process_;
    std::mutex mutex_;
    std::uint64_t last_microseconds_ = 0;
};

/// Of the info part of a name, ":2,FS"; none of other or no info.
message_marks marks_of(std::string_view info);

/// `info` with these marks: letters that are none of ours (other programs' keywords) stay. In ASCII order, as mail
/// programs want them.
std::string info_with(std::string_view info, const message_marks& marks);

} // namespace store::maildir
