// One POP3 session, the client's end: commands out, replies matched to them in order.
#include "pop3/client_session.hpp"

#include "base/encoding.hpp"

#include <algorithm>

namespace pop3 {
namespace {

/// For a person: what is printable of the beginning of a line.
std::string excerpt(std::string_view line)
{
    constexpr std::size_t octets_max = 60;
    std::string out(line.substr(0, octets_max));
    std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return out;
}

bool is_safe(std::string_view argument)
{
    return argument.find_first_of(std::string_view("\r\n\0", 3)) == argument.npos;
}

/// The keyword of a command without arguments; empty where it needs some.
std::string_view simple_keyword(request kind)
{
    switch (kind) {
    case request::capa: return "CAPA";
    case request::stls: return "STLS";
    case request::stat: return "STAT";
    case request::list: return "LIST";
    case request::uidl: return "UIDL";
    case request::noop: return "NOOP";
    case request::rset: return "RSET";
    case request::quit: return "QUIT";
    case request::utf8: return "UTF8";
    case request::lang: return "LANG";
    default: return "";
    }
}

/// RFC 1939, 2449, 6856: which of the commands without arguments have a multi-line reply.
bool has_lines(request kind)
{
    return kind == request::capa || kind == request::list || kind == request::uidl || kind == request::lang;
}

} // namespace

client_session::client_session() : waiting_{{request::greeting, false}} {}

// --- commands -------------------------------------------------------------------------------------------

bool client_session::queue(request kind, bool multi_line, std::string_view keyword,
                           std::initializer_list<std::string_view> arguments)
{
    if (!std::ranges::all_of(arguments, is_safe)) return false;
    output_ += keyword;
    for (const std::string_view argument : arguments) output_.append(" ").append(argument);
    output_ += "\r\n";
    waiting_.push_back({kind, multi_line});
    return true;
}

bool client_session::send(request simple)
{
    const std::string_view keyword = simple_keyword(simple);
    return !keyword.empty() && queue(simple, has_lines(simple), keyword);
}

bool client_session::send_user(std::string_view user)
{
    return queue(request::user, false, "USER", {user});
}

bool client_session::send_pass(std::string_view secret)
{
    return queue(request::pass, false, "PASS", {secret});
}

bool client_session::send_apop(std::string_view user, std::string_view digest)
{
    return queue(request::apop, false, "APOP", {user, digest});
}

bool client_session::send_auth(std::string_view mechanism, std::optional<std::string_view> initial_response)
{
    if (initial_response) {
        // RFC 5034, section 4: a response of no octets is "=", else it would be none.
        const std::string encoded = initial_response->empty() ? "=" : base::to_base64(*initial_response);
        const std::size_t octets = std::string_view("AUTH  \r\n").size() + mechanism.size() + encoded.size();
        if (octets > auth_line_octets_max || !queue(request::auth, false, "AUTH", {mechanism, encoded}))
            return false;
    } else if (!queue(request::auth, false, "AUTH", {mechanism})) {
        return false;
    }
    auth_has_spoken_ = initial_response.has_value();
    auth_is_cancelled_ = false;
    return true;
}

void client_session::send_auth_response(std::string_view octets)
{
    auth_has_spoken_ = true;
    output_.append(base::to_base64(octets)).append("\r\n");
}

void client_session::send_auth_cancel()
{
    auth_has_spoken_ = auth_is_cancelled_ = true;
    output_ += "*\r\n";
}

void client_session::send_top(std::uint64_t number, std::uint64_t body_lines)
{
    queue(request::top, true, "TOP", {std::to_string(number), std::to_string(body_lines)});
}

void client_session::send_retr(std::uint64_t number)
{
    queue(request::retr, true, "RETR", {std::to_string(number)});
}

void client_session::send_dele(std::uint64_t number)
{
    queue(request::dele, false, "DELE", {std::to_string(number)});
}

// --- replies --------------------------------------------------------------------------------------------

void client_session::receive(std::string_view octets)
{
    if (place_ == place::over) return;
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    buffer_ += octets;
}

event client_session::next()
{
    switch (place_) {
    case place::status: return status();
    case place::lines: return next_line();
    case place::message: return next_piece();
    case place::bare_dot: return end(true);
    case place::over: break;
    }
    return broken{why_broken_};
}

event client_session::status()
{
    if (line_end_due_ && !skip_late_line_end()) return need_response{};
    if (waiting_.empty())
        return buffered() == 0 ? event(need_response{}) : give_up("octets without a command");
    const command asked = waiting_.front();
    const bool is_auth = asked.request == request::auth;
    const auto line = take_line(is_auth ? challenge_line_octets_max : status_line_octets_max);
    if (!line) return no_line();
    ends_with_crlf_ = std::string_view(buffer_).substr(0, begin_).ends_with("\r\n");
    // RFC 5034, section 7: continue-req = "+" SP [base64]; the space is forgiven where nothing follows.
    if (is_auth && (*line == "+" || line->starts_with("+ "))) return challenge(line->substr(1));
    const auto parsed = parse_status(*line);
    if (!parsed) return give_up("not a POP3 reply: \"" + excerpt(*line) + "\"");
    // Exchange 2003 says "+OK" where it means "+": nobody can be logged in before having said anything.
    if (is_auth && parsed->ok && !auth_has_spoken_)
        return challenge(base::from_base64(parsed->text) ? parsed->text : std::string_view());
    return answer(asked, *parsed);
}

event client_session::answer(command asked, const parsed_status& parsed)
{
    const bool more_follows = asked.multi_line && parsed.ok; // RFC 1939, section 3: never behind -ERR
    if (!more_follows)
        waiting_.pop_front();
    else if (asked.request == request::retr || asked.request == request::top)
        place_ = place::message;
    else
        place_ = place::lines;
    unstuffer_ = dot_unstuffer(ends_with_crlf_);
    if (asked.request == request::stls && parsed.ok && buffered() > 0) {
        place_ = place::over;
        why_broken_ = "octets in plain text after the +OK to STLS: someone is in between (CVE-2021-22947)";
    }
    return status_line{asked.request, parsed.ok, parsed.code, std::string(parsed.text)};
}

event client_session::challenge(std::string_view encoded)
{
    if (auth_is_cancelled_) return give_up("a challenge behind the end of the exchange");
    const std::size_t begin = std::min(encoded.find_first_not_of(' '), encoded.size());
    const std::size_t end = encoded.find_last_not_of(' ');
    if (begin == encoded.size()) return auth_challenge{};
    if (auto octets = base::from_base64(encoded.substr(begin, end + 1 - begin)))
        return auth_challenge{std::move(*octets)};
    send_auth_cancel(); // RFC 5034, section 4, a must; now -ERR is due
    return status();
}

event client_session::next_line()
{
    auto line = take_line(response_line_octets_long_max);
    if (!line) return no_line();
    if (*line == ".") return end(false);
    if (line->starts_with('.')) line->remove_prefix(1);
    return response_line{waiting_.front().request, *line};
}

event client_session::next_piece()
{
    const auto piece = unstuffer_.next(std::string_view(buffer_).substr(begin_));
    begin_ += piece.used;
    scanned_ = begin_;
    if (piece.ended) return end(false);
    return piece.octets.empty() ? event(need_response{}) : message_octets{piece.octets};
}

event client_session::end(bool doubtful)
{
    const request ended = waiting_.front().request;
    waiting_.pop_front();
    place_ = place::status;
    return response_end{ended, doubtful};
}

// --- the end that some servers forget -------------------------------------------------------------------

bool client_session::at_bare_dot() const
{
    const bool at_line_start =
        place_ == place::lines || (place_ == place::message && unstuffer_.at_line_start());
    const std::string_view left = std::string_view(buffer_).substr(begin_);
    const bool is_line =
        place_ == place::message && (left == ".\n" || left == ".\r\n"); // next() left it there
    return at_line_start && (left == "." || left == ".\r" || is_line);
}

bool client_session::bare_dot_may_be_text() const
{
    return at_bare_dot() && ends_with_crlf_ && place_ == place::message &&
           (unstuffer_.after_bare_lf() || buffer_.ends_with(".\n"));
}

void client_session::end_at_bare_dot()
{
    if (!at_bare_dot()) return;
    line_end_due_ = !buffer_.ends_with('\n');
    begin_ = scanned_ = buffer_.size();
    place_ = place::bare_dot;
}

/// The line end of a bare dot may come after all, before the next reply. False: more octets are needed to tell.
bool client_session::skip_late_line_end()
{
    const std::string_view left = std::string_view(buffer_).substr(begin_);
    if (left.empty() || left == "\r") return false;
    if (left.starts_with('\n')) begin_ += 1;
    if (left.starts_with("\r\n")) begin_ += 2;
    scanned_ = begin_;
    line_end_due_ = false;
    return true;
}

// --- lines ----------------------------------------------------------------------------------------------

/// A whole line without its end, which is LF with or without CR: bare LFs are forgiven. Nothing: see no_line().
std::optional<std::string_view> client_session::take_line(std::size_t octets_max)
{
    const std::size_t lf = buffer_.find('\n', scanned_);
    scanned_ = lf == std::string::npos ? buffer_.size() : lf + 1;
    line_is_too_long_ = scanned_ - begin_ > octets_max;
    if (lf == std::string::npos || line_is_too_long_) return std::nullopt;
    std::string_view line = std::string_view(buffer_).substr(begin_, lf - begin_);
    begin_ = scanned_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

event client_session::no_line()
{
    return line_is_too_long_ ? give_up("a line that does not end") : event(need_response{});
}

event client_session::give_up(std::string reason)
{
    place_ = place::over;
    why_broken_ = std::move(reason);
    buffer_.clear();
    begin_ = scanned_ = 0;
    return broken{why_broken_};
}

} // namespace pop3
