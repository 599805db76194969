// The header fields that a delivery puts in front of a message (RFC 5321, section 4.4).
#pragma once

#include "base/clock.hpp"

#include <string>
#include <string_view>

namespace lmtp {

/// What is known about one copy on its way in. All but `received_at` may come from a peer and hold anything.
struct trace {
    std::string_view sender;        ///< reverse-path; empty: the null one
    std::string_view recipient;     ///< as RCPT gave it
    std::string_view delivered_to;  ///< the maildrop it went to, after aliases; empty: no Delivered-To
    std::string_view peer_name;     ///< what LHLO, EHLO or HELO said
    std::string_view peer_address;  ///< "192.0.2.1", "2001:db8::1"; empty for a Unix socket
    std::string_view host_name;     ///< ours
    std::string_view with_protocol; ///< server_session::with_protocol()
    std::string_view session_id;    ///< as the log shows it
    base::wall_time received_at;
};

/// Return-Path, Delivered-To and Received (folded), each with CRLF. No octet of a value can end a line or a
/// comment: in names everything but letters, digits and "-._:[]" becomes '?', in addresses every
/// control and everything that is no UTF-8. Values longer than 512 octets are cut, so that no line is above
/// 998.
std::string trace_header(const trace& trace);

/// A date-time of RFC 5322, section 3.3, in UTC: "Tue, 24 Nov 2026 15:04:05 +0000".
std::string date_time(base::wall_time when);

} // namespace lmtp
