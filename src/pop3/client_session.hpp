// One POP3 session, the client's end, as a pure machine: commands and octets in, events out.
//
// The driver queues commands (their lines pile up in output(), to be sent and cleared), receive()s what the
// connection gave and asks next() until it says need_octets. Replies are matched to commands in order, so any number
// of commands may be under way (RFC 2449, section 6.6). Message octets pass through without being kept; whatever a
// server sends, the machine holds no more than one line of bounded length.
//
// Sources: RFC 1939, 2449, 2595, 3206, 5034, 6856; leniencies are told where they are taken.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

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
};
/// The server does not speak POP3 (any more): a reply that is none, an unending line, octets that nobody asked for.
/// The connection can only be closed. `why` holds no octets of the server but printable ones, clipped.
struct broken {
    std::string why;
};

using event = std::variant<need_response, status_line, auth_challenge, response_line, message_octets,
                           response_end, broken>;

/// RFC 2449 allows 512 octets; servers have been seen to send long texts.
constexpr std::size_t status_line_octets_max = 8192;
/// LIST, UIDL and CAPA lines; unique-ids longer than the RFC's 70 octets exist.
constexpr std::size_t response_line_octets_long_max = 8192;

class client_session {
public:
    client_session();

    // Each appends its line to output(). Arguments with CR, LF or NUL are refused (false; nothing is queued): they would
    // be a second command.
    bool send(pop3::request simple); ///< capa, stls, stat, list, uidl, noop, rset, quit, utf8
    bool send_user(std::string_view user);
    bool send_pass(std::string_view secret);
    bool send_apop(std::string_view user, std::string_view digest);
    bool send_auth(std::string_view mechanism, std::optional<std::string_view> initial_response);
    void send_auth_response(std::string_view octets);
    void send_auth_cancel();
    void send_list(std::uint64_t number);
    void send_uidl(std::uint64_t number);
    void send_top(std::uint64_t number, std::uint64_t body_lines);
    void send_retr(std::uint64_t number);
    void send_dele(std::uint64_t number);

    std::string& output() { return output_; }
    void receive(std::string_view octets);
    event next();

    /// Commands sent whose reply has not ended.
    std::size_t under_way() const { return waiting_.size(); }
    /// Octets received and not yet used: after the +OK of STLS, anything here is an injection (CVE-2021-22947).
    std::size_t buffered() const;
    /// A message is under way and its last octets were CRLF "." without CRLF: some servers end so and wait. The driver,
    /// after its patience, may take that for the end with end_at_bare_dot().
    bool at_bare_dot() const;
    void end_at_bare_dot();

    ~client_session();
    client_session(const client_session&) = delete;
    client_session& operator=(const client_session&) = delete;

private:
    // the builder of this room decides
    std::string output_;
    std::deque<pop3::request> waiting_;
};

// --- what replies say -----------------------------------------------------------------------------------

/// What CAPA told (RFC 2449, section 5). Absent: an empty set, and nothing is taken for granted.
struct capabilities {
    bool known = false; ///< CAPA was answered with +OK
    bool user = false, top = false, uidl = false, pipelining = false, stls = false, resp_codes = false;
    bool auth_resp_code = false, utf8 = false;
    std::vector<std::string> sasl; ///< mechanisms, upper case
    std::optional<std::uint32_t> login_delay_seconds;
    std::optional<std::uint32_t> expire_days; ///< none: not told or NEVER
    std::string implementation;
    void add_line(std::string_view line); ///< unknown ones are skipped
};

/// "NUMBER OCTETS" of LIST or STAT; nothing where it is neither. Blanks before, between and after are forgiven.
struct listed_octets {
    std::uint64_t number = 0;
    std::optional<std::uint64_t> octets; ///< none where the server said what is no size ("-1")
};
std::optional<listed_octets> parse_listed_octets(std::string_view line);

/// "NUMBER UNIQUE-ID" of UIDL: everything behind the blanks after the number is the id, whatever it holds.
struct listed_unique_id {
    std::uint64_t number = 0;
    std::string_view unique_id; ///< may be empty, longer than 70 octets, or hold blanks
};
std::optional<listed_unique_id> parse_listed_unique_id(std::string_view line);

/// The timestamp of a greeting, with its angle brackets (RFC 1939, section 7), if it is a msg-id as RFC 5322 has it: others
/// serve an attack on APOP (CVE-2007-1558).
std::optional<std::string> timestamp_of(std::string_view greeting);

/// The digest that APOP sends, in lower-case hexadecimal.
std::string apop_digest(std::string_view timestamp, std::string_view secret);

} // namespace pop3
