// Reverse-path and forward-path: the addresses of MAIL and RCPT (RFC 5321, section 4.1.2; RFC 6531,
// section 3.3).
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace lmtp {

/// RFC 5321, section 4.5.3.1.3 wants 256; VERP senders and UTF-8 need more, and Return-Path must stay
/// below the 998 octets of a line (RFC 5322, section 2.1.1).
constexpr std::size_t path_octets_max = 512;

enum class path_kind {
    reverse, ///< of MAIL: may be empty; dots may stand anywhere in its local part, as some providers hand
             ///< such out
    forward, ///< of RCPT: never empty
};

enum class path_fault { syntax, too_long };

struct path {
    std::string address;            ///< without angle brackets and source route; empty: the null reverse-path
    bool internationalised = false; ///< holds UTF-8: needs SMTPUTF8
};

struct parsed_path {
    lmtp::path path;
    std::string_view rest; ///< what follows the '>'
};

/// Parses `<…>` at the beginning of `text`. A source route is checked and left out (appendix C). Quotes that
/// a local part does not need are taken away (section 4.1.2 asks for the simplest form), so that `"ann"@x`
/// and `ann@x` are one address. An address without a domain is taken, as this is no relay: only an account
/// here can be meant (the RFC knows one such, postmaster). An empty quoted local part names nobody: syntax.
/// Controls, NUL, broken UTF-8 and characters that turn the direction of text are never let through.
std::expected<parsed_path, path_fault> parse_path(std::string_view text, path_kind kind);

} // namespace lmtp
