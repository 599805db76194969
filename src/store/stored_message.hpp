// A message as it is kept, being read.
#pragma once

#include "base/result.hpp"
#include "mail/line_ends.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace store {

/// A stored message, being read. Octets come in the stored form.
class stored_message {
public:
    virtual ~stored_message() = default;
    virtual mail::form form() const = 0;
    /// Canonical octets, exact: what RETR sends without the byte-stuffing, with the CRLF that it puts behind a last
    /// line without one (RFC 1939, sections 5 and 11).
    virtual std::uint64_t octets() const = 0;
    /// Octets in the stored form.
    virtual std::uint64_t stored_octets() const = 0;
    /// Reads up to `into.size()` stored octets at `offset`; 0 is the end. Shorter than
    /// stored_octets() says is an error, never an end.
    virtual base::result<std::size_t> read(std::span<char> buffer, std::uint64_t offset) = 0;
    /// read() that waits for nothing: what memory holds at `offset`, 0 where that is nothing. Then read() does it.
    virtual std::size_t read_cached(std::span<char>, std::uint64_t) { return 0; }
    /// False: the name of its file tells another length than the file has (",S=" of Maildir++), so that it was cut
    /// short or changed after it got that name. Says nothing where the name does not tell.
    virtual bool as_long_as_named() const { return true; }
};

/// The header section, canonical, with the empty line. Empty where it is longer than 1 MiB: nobody's mail
/// program writes such a one, and such a message is sent as it is.
base::result<std::string> read_header_section(stored_message& message);

/// As mail::listing::surrogate_octets(). Reads the header section.
base::result<std::optional<std::uint64_t>> count_surrogate_octets(stored_message& message);

} // namespace store
