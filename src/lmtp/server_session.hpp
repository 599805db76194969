// One LMTP (RFC 2033) or SMTP (RFC 5321) session, the receiving end, as a pure machine: octets in,
// actions out. The loop is that of pop3/server_session.hpp.
//
// Extensions: SIZE (1870), PIPELINING (2920), 8BITMIME (6152), CHUNKING (3030), SMTPUTF8 (6531),
// ENHANCEDSTATUSCODES (2034, 3463), STARTTLS (3207).
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lmtp {

enum class protocol { lmtp, smtp };

// --- actions -----------------------------------------------------------------------------------

/// Send output(), then read from the peer and receive() it.
struct need_octets {};
/// Send output() (the 220), throw away what the socket still holds in plain text, shake hands, then
/// tls_started().
struct start_tls {
    std::size_t pending_plaintext = 0;
};
/// RCPT: may this address get mail? Outcome: recipient_accepted() or recipient_refused().
struct check_recipient {
    /// Without the angle brackets, the source route, and quotes that the local part does not need. May lack
    /// "@domain" (an account of this host, or postmaster); its local part is never empty.
    std::string address;
    std::optional<std::uint64_t> octets_declared; ///< SIZE= of MAIL
};
/// DATA or the first BDAT: begin a delivery for the accepted recipients. Outcome: message_begun() or
/// message_refused().
struct begin_message {
    std::string sender; ///< empty: the null reverse-path
    std::optional<std::uint64_t> octets_declared;
    bool smtputf8 = false;
    /// The accepted recipients of this transaction, as check_recipient gave them, in the order of acceptance:
    /// what RSET, a new MAIL or EHLO dropped (RFC 5321, section 4.1.1.5) is not among them.
    std::vector<std::string> recipients;
};
/// The next canonical octets of the message (un-stuffed, CRLF as they came). Valid until the next call.
/// Outcome: octets_written() or message_failed() (what follows is then read and dropped).
struct message_octets {
    std::string_view octets;
};
/// The message is complete. Outcome: delivered() with one result a recipient, in the order of acceptance.
struct end_message {};
/// The message will never be complete (RSET within BDAT, too large, a mail loop, the session ends), or a
/// write failed: drop the delivery. Comes once for every message_begun() that no end_message follows. No
/// outcome.
struct abandon_message {};
/// The transaction ended without a message (RSET, a new EHLO, STARTTLS, the session's end): forget the recipients
/// accepted since the last end_message, abandon_message or forget_recipients. No outcome.
struct forget_recipients {};
/// Send output(), then close.
struct close {};

using action = std::variant<need_octets, start_tls, check_recipient, begin_message, message_octets,
                            end_message, abandon_message, forget_recipients, close>;

struct session_policy {
    lmtp::protocol protocol = lmtp::protocol::lmtp;
    std::string host_name;
    bool tls_available = false;
    bool tls_active = false;
    std::uint64_t message_octets_max = 50ULL << 20U;
    unsigned recipients_max = 1000;
    unsigned bad_commands_max = 20;
    /// An unknown recipient and one in a foreign domain count as a bad command: for strangers, who could try names
    /// for ever. An MTA that was trusted with its queue may have many of them in one transaction.
    bool refused_recipients_count = false;
    /// MAIL, RSET, NOOP, VRFY, HELP, EHLO … between two messages; then 421, since the session only occupies a place.
    unsigned commands_without_message_max = 100;
    std::size_t received_headers_max = 100; ///< more is a mail loop: 554 5.4.6
};

class server_session {
public:
    explicit server_session(session_policy policy);
    ~server_session();
    server_session(const server_session&) = delete;
    server_session& operator=(const server_session&) = delete;

    void greet();
    void receive(std::string_view octets);
    std::size_t buffered() const;
    action next();
    std::string& output();

    void tls_started();
    void recipient_accepted();
    void recipient_refused(const base::error& error);
    void message_begun();
    void message_refused(const base::error& error);
    void octets_written();
    void message_failed(const base::error& error);
    void delivered(std::span<const base::result<>> per_recipient);
    /// The server ends this session: next() answers what is due, then 421 and close. May be called while an
    /// outcome is awaited, which then need not come.
    void end(std::string_view text);

    /// What LHLO, EHLO or HELO said, for Received.
    const std::string& peer_name() const;
    /// "LMTP", "LMTPS", "SMTP", "ESMTP", "ESMTPS", "UTF8LMTP"…: the with-clause (RFC 3848, 6531).
    std::string with_protocol() const;
    std::uint64_t message_octets_taken() const; ///< of the present message

private:
    struct machine;
    std::unique_ptr<machine> machine_;
};

} // namespace lmtp
