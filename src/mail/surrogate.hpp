// The surrogate of an internationalised message for a client without UTF8 (RFC 6858, simplified downgrade).
//
// Done, field by field, only to fields that hold an octet above 0x7F; all others stay as they are, to the
// octet:
//   addresses (section 2.1)   From, Sender, Reply-To, To, Cc, Bcc, Resent-…, Return-Path: where only the name
//   is not
//                             ASCII, the name is encoded (RFC 2047) and the address stays, so that a reply
//                             arrives; where the address is not, it becomes
//                             <invalid@internationalized-address.invalid>, with name and address as the
//                             display-name. Comments go.
//   parameters (section 2.2)  Content-Type, Content-Disposition: such a parameter is taken out, with its
//                             continuations (RFC 2231)
//   Subject (section 2.3)     encoded (RFC 2047)
//   all others (section 2.4)  taken out: Message-ID, References, In-Reply-To, Received, Comments, …
// Not done: header fields of MIME parts in the body (section 2.2 names them too) stay as they are, because
// the server never parses MIME; the body is the one that was received, to the octet, and sizes differ by the
// header alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mail {

/// Some field holds characters above ASCII in UTF-8 (RFC 6532). A header section whose 8-bit octets are no
/// UTF-8 is not internationalised but an old fault of the sender, which every client has met: it goes out as
/// it came.
bool internationalised(std::string_view header_section);

/// The surrogate header section: pure ASCII, with the empty line where there was one. Fields whose 8-bit
/// octets are no UTF-8 are treated alike, with the charset unknown-8bit (RFC 1428). What is ASCII already
/// comes back unchanged.
std::string surrogate(std::string_view header_section);

/// How many octets RETR sends (before byte-stuffing) of a message of `octets` once `surrogate` stands in place
/// of its header section: a last line without an end gets one (RFC 1939, section 3).
std::uint64_t octets_with_surrogate(std::uint64_t octets, std::string_view header_section,
                                    std::string_view surrogate);

} // namespace mail
