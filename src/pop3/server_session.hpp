// One POP3 session, the server's end, as a pure machine: octets in, actions out.
//
// The driver loops: `receive()` what the socket gave, then `next()` until it answers `need_octets`.
// Replies pile up in `output()`; the driver sends and clears them whenever an action asks for I/O, so
// pipelined commands are answered with one write. An action that expects an outcome is followed by
// exactly one outcome call, then next() again.
//
// Sources: RFC 1939, 2449, 2595, 3206, 5034, 6856.
#pragma once

#include "base/error.hpp"
#include "mail/listing.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pop3 {

enum class state { authorization, transaction, update };

// --- actions: what the driver must do next -----------------------------------------------------

/// Send output(), then read from the peer and receive() it.
struct need_octets {};
/// Send output() now, then call next() again: a long listing goes out in pieces of bounded size.
struct flush {};
/// Send output() (the +OK), throw away whatever the socket still holds in plain text, shake hands;
/// then tls_started(), or close the connection. Anything received behind STLS in plain text was an
/// injection: `pending_plaintext` octets were dropped, for the log.
struct start_tls {
    std::size_t pending_plaintext = 0;
};
/// USER and PASS (RFC 1939, section 7). Outcome: logged_in() or refused().
struct check_password {
    std::string user;
    std::string secret;
};
/// APOP (RFC 1939, section 7). Outcome: logged_in() or refused().
struct check_apop {
    std::string user;
    std::string digest; ///< 32 lower-case hexadecimal digits as the client sent them
};
/// AUTH (RFC 5034): begin a SASL exchange. Octets are decoded. Outcome: challenge(), logged_in(), refused().
struct sasl_begin {
    std::string mechanism; ///< upper case, one of those announced
    std::optional<std::string> initial_response;
};
/// The client's next SASL response, decoded. Outcome as for sasl_begin.
struct sasl_respond {
    std::string response;
};
/// The client gave up or sent no base64: forget the exchange. The -ERR is in output() already. No outcome.
struct sasl_abort {};
/// RETR or TOP: send message `index` (0-based). Outcome: sending(), then the driver streams the dot-stuffed
/// message after output() and calls sent(); or message_failed() instead of both.
struct send_message {
    std::size_t index = 0;
    std::optional<std::uint64_t> body_lines; ///< TOP's n; none: the whole message
};
/// QUIT in TRANSACTION: remove these for good. Outcome: updated().
struct update {
    std::vector<std::size_t> marked; ///< 0-based, ascending
};
/// Send output(), then close the connection. The session is over.
struct close {
    bool orderly = false; ///< after QUIT; otherwise the session was ended by a limit
};

using action = std::variant<need_octets, flush, start_tls, check_password, check_apop, sasl_begin,
                            sasl_respond, sasl_abort, send_message, update, close>;

// --- what the driver tells the machine ----------------------------------------------------------

/// A value that RFC 2449 lets depend on the user: before log-in the widest is announced with `USER`.
struct expire_policy {
    std::optional<std::uint32_t> days; ///< none: NEVER
    bool per_user = false;
};
struct login_delay_policy {
    std::chrono::seconds seconds{0}; ///< 0: not announced
    bool per_user = false;
};

/// What a client without UTF8 gets of an internationalised message (RFC 6856, section 1; RFC 6858).
enum class utf8_fallback { as_is, surrogate, refuse };

/// A SASL mechanism, and what is to be known of it here.
struct offered_mechanism {
    std::string name; ///< upper case
    /// The password itself is sent: left out where passwords are not taken.
    bool shows_secret = true;
    /// An initial response breaks it (RFC 5034, section 4).
    bool server_first = false;
};

/// What this connection may do: fixed by the listener, except `tls_active`, which STLS changes.
struct session_policy {
    std::string host_name;      ///< for the greeting
    std::string implementation; ///< IMPLEMENTATION, e.g. "Restante-0.1.0"; empty: not announced
    std::string apop_timestamp; ///< "<…@…>"; empty: APOP is off
    bool tls_active = false;
    bool tls_available = false;                    ///< STLS can be offered while tls_active is false
    bool plaintext_allowed = false;                ///< passwords without TLS
    std::vector<offered_mechanism> mechanisms;     ///< while TLS is not active
    std::vector<offered_mechanism> tls_mechanisms; ///< while TLS is active
    expire_policy expire;
    login_delay_policy login_delay;
    utf8_fallback fallback = utf8_fallback::surrogate;
    /// LANG; the first is what "*" asks for. Those without texts (language.hpp: en, de) are left out.
    std::vector<std::string> languages{"en"};
    unsigned bad_commands_before_login = 3; ///< the third is the last: -ERR, then close
    unsigned bad_commands_after_login = 20; ///< counted anew from log-in
    unsigned log_in_failures_max = 3;       ///< then the connection is closed
};

/// What log-in brought: the snapshot, and the values that are true for this user.
struct opened_maildrop {
    /// Knows which messages are internationalised, unless the fallback is as_is.
    std::shared_ptr<const mail::listing> listing;
    std::optional<std::uint32_t> expire_days; ///< none: NEVER
    std::chrono::seconds login_delay{0};
    std::string user; ///< who is logged in, as AUTH found it out; empty: whom USER or APOP named
};

/// For the log-out line.
struct session_counts {
    std::uint64_t retrieved = 0, retrieved_octets = 0; ///< RETR, canonical octets
    std::uint64_t topped = 0;
    std::uint64_t deleted = 0;
    std::uint64_t bad_commands = 0;
};

class server_session {
public:
    explicit server_session(session_policy policy);
    ~server_session();
    server_session(const server_session&) = delete;
    server_session& operator=(const server_session&) = delete;

    /// Puts the greeting into output(). Once, first (on POP3S after the handshake).
    void greet();
    /// Takes octets from the peer. Held until next() uses them: the driver reads no more while
    /// buffered() is above its bound, so a client that never reads replies stops being read.
    void receive(std::string_view octets);
    std::size_t buffered() const;
    action next();

    std::string& output();

    // outcomes
    void tls_started();
    /// The credentials are right and the maildrop is open.
    void logged_in(opened_maildrop maildrop);
    /// Log-in failed: the reply's response code follows from the error (response_code.hpp).
    void refused(const base::error& error);
    void challenge(std::string_view octets);
    /// The message is open: puts "+OK n octets" into output() (for TOP a +OK without a number). `octets` are
    /// those that RETR will send, before byte-stuffing; for TOP any number will do.
    void sending(std::uint64_t octets);
    /// The terminating line went out.
    void sent();
    void message_failed(const base::error& error);
    /// `removed` of the marked are gone; an error when some are not, or may not be.
    void updated(std::size_t removed, const base::error* trouble);
    /// The server ends this session (shutdown, kick, idle): what follows is close, and no outcome. The text
    /// goes out as
    /// "-ERR [SYS/TEMP] text", unless a multi-line response is under way. RFC 1939 wants no text at
    /// autologout; pass an empty one then.
    void end(std::string_view text);

    pop3::state state() const;
    bool utf8() const; ///< UTF8 was issued
    bool tls_active() const;
    /// The user named by USER or, once known, the one logged in: for logs and throttling.
    const std::string& user() const;
    const session_counts& counts() const;

private:
    struct machine;
    std::unique_ptr<machine> machine_;
};

} // namespace pop3
