// One POP3 session, the client's end, as a pure machine: commands and octets in, events out.
//
// The driver queues commands (their lines pile up in output(), to be sent and cleared), receive()s what the
// connection gave and asks next() until it says need_octets. Replies are matched to commands in order, so any number
// of commands may be under way (RFC 2449, section 6.6). Message octets pass through without being kept; whatever a
// server sends, the machine holds no more than one line of bounded length.
//
// Sources: RFC 1939, 2449, 2595, 3206, 5034, 6856; leniencies are told where they are taken.
#pragma once

#include "pop3/apop.hpp" // the words that drivers need beside the session
#include "pop3/multi_line.hpp"
#include "pop3/server_replies.hpp" // likewise

#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace pop3 {

/// The commands whose replies a client waits for. `greeting` stands for the reply that nobody asked for.
enum class request {
    greeting,
    capa,
    stls,
    user,
    pass,
    apop,
    auth,
    stat,
    list,
    uidl,
    top,
    retr,
    dele,
    noop,
    rset,
    quit,
    utf8,
    lang
};

// --- events ---------------------------------------------------------------------------------------------

/// Nothing more can be told without octets from the server.
struct need_response {};
/// The first line of a reply. For a multi-line one that begins with +OK, lines or octets and response_end follow.
struct status_line {
    pop3::request request = pop3::request::greeting;
    bool ok = false;
    std::string code; ///< upper case, without brackets: "IN-USE", "SYS/TEMP"; empty: none
    std::string text; ///< what follows, as it came
};
/// A SASL challenge, decoded (RFC 5034). Answer with send_auth_response() or send_auth_cancel().
struct auth_challenge {
    std::string octets;
};
/// One line of CAPA, LIST or UIDL, unstuffed, valid until the next call.
struct response_line {
    pop3::request request = pop3::request::capa;
    std::string_view text;
};
/// Canonical octets of RETR or TOP: dots unstuffed, line ends as they came. Valid until the next call.
struct message_octets {
    std::string_view octets;
};
/// The termination octet of a multi-line reply has come.
struct response_end {
    pop3::request request = pop3::request::retr;
    /// It was not CRLF "." CRLF: end_at_bare_dot() took it for the end. The letter may be cut short: it may be kept and
    /// must not be deleted.
    bool doubtful = false;
};
/// The server does not speak POP3 (any more): a reply that is none, an unending line, octets that nobody asked for.
/// The connection can only be closed. `why` holds no octets of the server but printable ones, clipped.
struct broken {
    std::string reason;
};

using event = std::variant<need_response, status_line, auth_challenge, response_line, message_octets,
                           response_end, broken>;

/// RFC 2449 allows 512 octets; servers have been seen to send long texts.
constexpr std::size_t status_line_octets_max = 8192;
/// LIST, UIDL and CAPA lines; unique-ids longer than the RFC's 70 octets exist.
constexpr std::size_t response_line_octets_long_max = 8192;
/// A SASL challenge. RFC 5034 sets no limit; RFC 4954, section 4.3 asks SMTP's ends for 12,288 octets.
constexpr std::size_t challenge_line_octets_max = 16'384;
/// RFC 2449, section 4: the longest command line. RFC 5034, section 4 holds AUTH with its initial response to it.
constexpr std::size_t auth_line_octets_max = 255;

class client_session {
public:
    client_session();

    // Each appends its line to output(). Arguments with CR, LF or NUL are refused (false; nothing is queued): they
    // would be a second command.
    bool
    send(pop3::request simple); ///< capa, stls, stat, list, uidl, noop, rset, quit, utf8, lang (the listing)
    bool send_user(std::string_view user);
    bool send_pass(std::string_view secret);
    bool send_apop(std::string_view user, std::string_view digest);
    /// False as well where the initial response makes the line longer than auth_line_octets_max: then AUTH must go
    /// without it, and the response answers the empty challenge that follows (RFC 5034, section 4).
    bool send_auth(std::string_view mechanism, std::optional<std::string_view> initial_response);
    void send_auth_response(std::string_view octets);
    void send_auth_cancel();
    void send_top(std::uint64_t number, std::uint64_t body_lines);
    void send_retr(std::uint64_t number);
    void send_dele(std::uint64_t number);

    /// What is to be sent. next() adds to it, too: a challenge that is no base64 is answered with "*" (RFC 5034,
    /// section 4, a must), so send it before every wait for octets.
    std::string& output() { return output_; }
    void receive(std::string_view octets);
    event next();

    /// Commands sent whose reply has not ended; until it has come, the greeting counts as one.
    std::size_t under_way() const { return waiting_.size(); }
    /// Octets received and not yet used: after the +OK of STLS, anything here is an injection (CVE-2021-22947); next()
    /// calls the session broken then.
    std::size_t buffered() const { return buffer_.size() - begin_; }
    /// A multi-line reply is under way and the last that came was a dot where a line starts, without CRLF behind it, or
    /// a line of one dot with a bare LF before or behind it: some servers end so and wait. The driver, after its
    /// patience, may take that for the end with end_at_bare_dot(); next() tells of it.
    bool at_bare_dot() const;
    /// At a bare dot: a server that stuffs behind CRLF alone may have found it in the letter, which then goes on. The
    /// letter's writer may have put anything behind it, a reply too: after such an end no reply is to be believed.
    bool bare_dot_may_be_text() const;
    void end_at_bare_dot();
    /// The message under way held a line of one dot that was not taken for the end (dot_unstuffer::passed_dot_line()).
    /// Beside other commands nobody can tell it from an end of the server's making, with replies behind it.
    bool passed_dot_line() const { return unstuffer_.passed_dot_line(); }

    ~client_session() = default;
    client_session(const client_session&) = delete;
    client_session& operator=(const client_session&) = delete;

private:
    struct command {
        pop3::request request;
        bool multi_line;
    };
    enum class place { status, lines, message, bare_dot, over };

    bool queue(pop3::request kind, bool multi_line, std::string_view keyword,
               std::initializer_list<std::string_view> arguments = {});
    event status();
    event answer(command asked, const parsed_status& parsed);
    event challenge(std::string_view encoded);
    event next_line();
    event next_piece();
    event end(bool doubtful);
    bool skip_late_line_end();
    std::optional<std::string_view> take_line(std::size_t octets_max);
    event no_line();
    event give_up(std::string reason);

    std::string output_;
    std::deque<command> waiting_;
    std::string buffer_;
    std::size_t begin_ = 0;   // what lies before it is used up
    std::size_t scanned_ = 0; // no LF lies between begin_ and this
    place place_ = place::status;
    dot_unstuffer unstuffer_;
    bool line_is_too_long_ = false; // the one that take_line() did not give
    bool line_end_due_ = false;     // behind a bare dot that was taken for the end
    bool ends_with_crlf_ = true;    // the last status line did
    bool auth_has_spoken_ = false;  // we answered, or sent an initial response
    bool auth_is_cancelled_ = false;
    std::string why_broken_;
};

} // namespace pop3
