// A maildrop on a server, as the collector sees it: list, retrieve, mark, leave.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace client {

/// One message as the server lists it. Everything here is the server's word: sizes are for show, never for safety.
struct listed_message {
    std::uint64_t number = 0;              ///< in this session
    std::string unique_id;                 ///< opaque octets; empty: the server has none for it
    std::optional<std::uint64_t> octets{}; ///< as LIST says
    bool ambiguous = false;                ///< another message of this listing has the same unique-id
};

struct maildrop_listing {
    std::vector<listed_message> messages; ///< in the server's order
    bool unique_ids = true; ///< false: the server cannot do UIDL; nothing may be left there and known again
};

/// What one message's octets are given to, in order: begin, octets…, then end or failed. A result that is an error ends
/// the retrieval (the disk is full); the session is then only good for being left.
class message_sink {
public:
    virtual ~message_sink() = default;
    virtual base::result<> begin(const listed_message& message) = 0;
    /// Canonical octets (dots unstuffed).
    virtual base::result<> octets(std::string_view chunk) = 0;
    /// The termination octet came: the message is whole. `doubtful`: the server ended without it in the way that
    /// some do (see docs/client.md); the message may be kept and must not be deleted.
    virtual base::result<> end(bool doubtful) = 0;
    /// The server refused this one message (-ERR), before any octet. Others follow.
    virtual base::result<> failed(const listed_message& message, const base::error& error) = 0;
    /// Asked before each command: false: no further message is asked for. What was asked for still comes, and then the
    /// retrieval is over, without an error.
    virtual bool wants_more() const { return true; }
};

/// How a session ended, as far as deletions go.
enum class quit_outcome {
    confirmed, ///< QUIT was answered with +OK: what was marked is gone
    refused,   ///< QUIT was answered with -ERR: some of it is still there (RFC 1939, section 6)
    unknown,   ///< no answer: the next session's listing tells
};

/// What the server told of itself, for plans and for people.
struct server_abilities {
    bool tls = false;
    std::string tls_text;  ///< "TLSv1.3, CN=…"
    std::string mechanism; ///< how the log-in was done: "SCRAM-SHA-256", "USER", "APOP"
    bool pipelining = false, top = false, unique_ids = false, response_codes = false, utf8 = false;
    std::vector<std::string> mechanisms;
    std::optional<std::chrono::seconds> login_delay{};
    std::optional<std::uint32_t> expire_days{};
    std::string implementation;
};

/// A session in TRANSACTION. Destroyed without quit(), the line is cut: the server removes nothing.
/// Errors: `closed`, `network`, `timed_out` (temporary: a new session may go on), `malformed` (the server broke the
/// protocol), and those of a sink, passed on. After any error only destruction is allowed.
class maildrop {
public:
    virtual ~maildrop() = default;
    virtual const server_abilities& abilities() const = 0;
    virtual base::result<maildrop_listing> list() = 0;
    /// RETR for each, pipelined where the server can; in the order given.
    virtual base::result<> retrieve(std::span<const listed_message> messages, message_sink& sink) = 0;
    /// TOP with `body_lines` for each. `refused` where the server has no TOP.
    virtual base::result<> peek(std::span<const listed_message> messages, std::uint64_t body_lines,
                                message_sink& sink) = 0;
    /// DELE for each: how many in the beginning of the span were accepted; one -ERR does not stop the rest.
    virtual base::result<std::vector<bool>> mark_deleted(std::span<const listed_message> messages) = 0;
    /// RSET: nothing is marked any more.
    virtual base::result<> unmark_all() = 0;
    /// NOOP: keeps a session alive while we are busy.
    virtual base::result<> keep_alive() = 0;
    virtual quit_outcome quit() = 0;
};

/// Where maildrops are opened: one account at one server.
class server {
public:
    virtual ~server() = default;
    /// Connects, secures, signs in. Errors: `credentials` (the password is wrong, as far as the server may be
    /// believed), `in_use`, `login_delay`, `overloaded` ([SYS/TEMP], or a greeting that says so), `refused`
    /// ([SYS/PERM], TLS that cannot be trusted, a policy of ours), `network`, `timed_out`, `closed`, `malformed`.
    /// `temporary` tells whether a later try makes sense.
    virtual base::result<std::unique_ptr<maildrop>> sign_in() = 0;
    /// "pop.example.org", for people.
    virtual const std::string& host() const = 0;
};

} // namespace client
