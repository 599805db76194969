// The client of a transcript, played by pop3::client_session.
#include "transcripts/mirrored_client.hpp"

#include "base/encoding.hpp"
#include "pop3/client_session.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <utility>

namespace transcripts {
namespace {

/// Stands for informal text; it is base64 as well, since some of it is a challenge.
constexpr std::string_view informal = "c29tZSB0ZXh0";

std::vector<std::string> words_of(std::string_view line)
{
    std::vector<std::string> out(1);
    for (const char c : line) {
        if (c == ' ')
            out.emplace_back();
        else
            out.back() += c;
    }
    return out;
}

std::string upper_case(std::string text)
{
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    return trouble == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

struct server_line {
    std::string octets; ///< with CRLF
    bool informal = false;
};

class player {
public:
    player(const transcript& file, const splitter& split, bool pipelined)
        : file_(file), split_(split), pipelined_(pipelined)
    {
    }

    mirrored_outcome run()
    {
        for (const section& part : file_.sections) {
            if (!load(part)) break;
            while (outcome_.skipped.empty() && outcome_.trouble.empty() && step()) {
            }
            if (!outcome_.skipped.empty() || !outcome_.trouble.empty()) break;
        }
        return outcome_;
    }

private:
    bool load(const section& part)
    {
        if (part.then == section::ending::end) outcome_.skipped = "the server speaks unasked";
        if (std::ranges::count(part.may_be_cut, false) > 0) outcome_.skipped = "plain text behind STLS";
        std::string octets;
        for (const std::string& piece : part.client) octets += piece;
        while (!octets.empty() && outcome_.skipped.empty()) {
            const std::size_t end = octets.find("\r\n");
            if (end == octets.npos) outcome_.skipped = "a line without its end";
            if (end == octets.npos) break;
            commands_.push_back(octets.substr(0, end));
            octets.erase(0, end + 2);
        }
        for (const pattern& line : part.server)
            replies_.push_back({line.example(informal) + "\r\n", line.has_wildcard()});
        return outcome_.skipped.empty();
    }

    /// One command or one line of a reply; false when the section is over.
    bool step()
    {
        const bool quiet = session_.under_way() == 0;
        const bool may_go_ahead = pipelined_ && greeted_ && !alone_;
        if (!commands_.empty() && !challenged_ && greeted_ && is_left_out(commands_.front()))
            return quiet ? leave_out() : !replies_.empty() && receive();
        if (!commands_.empty() && (quiet || challenged_ || may_go_ahead)) return send();
        if (!replies_.empty()) return receive();
        if (!quiet) outcome_.trouble = "a reply is missing";
        return false;
    }

    // --- the client's lines

    /// Our client lists whole maildrops only and chooses no language; each of these has a reply of one line.
    static bool is_left_out(const std::string& line)
    {
        const auto words = words_of(line);
        const std::string keyword = upper_case(words[0]);
        return words.size() == 2 && (keyword == "LIST" || keyword == "UIDL" || keyword == "LANG");
    }

    bool leave_out()
    {
        if (replies_.empty()) outcome_.trouble = "a reply is missing";
        if (replies_.empty()) return false;
        commands_.pop_front();
        replies_.pop_front();
        return true;
    }

    bool send()
    {
        const std::string line = std::exchange(commands_.front(), {});
        commands_.pop_front();
        session_.output().clear();
        if (quit_) outcome_.skipped = "commands behind QUIT";
        if (quit_) return true;
        if (std::exchange(challenged_, false))
            respond(line);
        else
            command(line);
        const std::size_t keyword = std::min(line.find(' '), line.size());
        // The case of keywords does not matter to a server: the reply is the same.
        const std::string as_ours = upper_case(line.substr(0, keyword)) + line.substr(keyword) + "\r\n";
        if (session_.output() != as_ours && session_.output() != line + "\r\n")
            outcome_.skipped = "a line that our client does not write";
        return true;
    }

    void respond(const std::string& line)
    {
        const auto octets = base::from_base64(line);
        if (line == "*")
            session_.send_auth_cancel();
        else if (octets)
            session_.send_auth_response(*octets);
    }

    void command(const std::string& line)
    {
        const std::vector<std::string> words = words_of(line);
        const std::string keyword = upper_case(words[0]);
        const std::size_t space = line.find(' ');
        const std::string rest = space == line.npos ? "" : line.substr(space + 1);
        alone_ = keyword == "AUTH" || keyword == "STLS" || keyword == "QUIT";
        quit_ = keyword == "QUIT";
        if (words.size() == 1) {
            using enum pop3::request;
            for (const auto& [name, simple] : {std::pair("CAPA", capa),
                                               {"STLS", stls},
                                               {"STAT", stat},
                                               {"LIST", list},
                                               {"UIDL", uidl},
                                               {"NOOP", noop},
                                               {"RSET", rset},
                                               {"QUIT", quit},
                                               {"UTF8", utf8},
                                               {"LANG", lang}})
                if (keyword == name) session_.send(simple);
        } else if (keyword == "USER") {
            session_.send_user(rest);
        } else if (keyword == "PASS") {
            session_.send_pass(rest);
        } else if (keyword == "APOP" && words.size() == 3) {
            session_.send_apop(words[1], words[2]);
        } else if (keyword == "AUTH") {
            authenticate(words);
        } else {
            numbered(keyword, words);
        }
    }

    void authenticate(const std::vector<std::string>& words)
    {
        if (words.size() == 2) session_.send_auth(words[1], std::nullopt);
        if (words.size() != 3) return;
        const auto initial = words[2] == "=" ? std::optional<std::string>("") : base::from_base64(words[2]);
        if (initial) session_.send_auth(words[1], *initial);
    }

    void numbered(const std::string& keyword, const std::vector<std::string>& words)
    {
        const auto first = number(words[1]);
        const auto second = words.size() == 3 ? number(words[2]) : std::nullopt;
        if (!first) return;
        if (keyword == "TOP" && second) session_.send_top(*first, *second);
        if (words.size() != 2) return;
        if (keyword == "DELE") session_.send_dele(*first);
        if (keyword != "RETR") return;
        session_.send_retr(*first);
        retrieved_.push_back(static_cast<std::size_t>(*first));
    }

    // --- the server's

    bool receive()
    {
        const server_line line = replies_.front();
        replies_.pop_front();
        informal_ = informal_ || line.informal;
        for (std::string_view left = line.octets; !left.empty() && outcome_.trouble.empty();) {
            const std::size_t octets = std::min(left.size(), split_(left));
            session_.receive(left.substr(0, octets));
            left.remove_prefix(octets);
            read(line);
        }
        return true;
    }

    void read(const server_line& line)
    {
        for (;;) {
            const pop3::event what = session_.next();
            if (std::holds_alternative<pop3::need_response>(what)) return;
            std::visit([&](const auto& one) { take(one, line); }, what);
            if (std::holds_alternative<pop3::broken>(what)) return;
        }
    }

    void take(const pop3::need_response&, const server_line&) {}
    void take(const pop3::broken& why, const server_line& line)
    {
        outcome_.trouble = why.reason + ", at " + printable(line.octets);
    }
    void take(const pop3::auth_challenge&, const server_line&) { challenged_ = true; }

    void take(const pop3::status_line& status, const server_line& line)
    {
        greeted_ = true;
        alone_ = alone_ && session_.under_way() > 0;
        informal_ = false;
        message_.clear();
        if (status.ok != line.octets.starts_with("+OK"))
            outcome_.trouble = "another status than " + printable(line.octets);
        if (status.request == pop3::request::stat && status.ok && !pop3::parse_listed_octets(status.text))
            outcome_.trouble = "no drop listing: " + printable(line.octets);
        if (status.request == pop3::request::retr && !status.ok) retrieved_.pop_front();
    }

    void take(const pop3::response_line& is, const server_line& line)
    {
        const bool understood = is.request == pop3::request::list ? bool(pop3::parse_listed_octets(is.text))
                                : is.request == pop3::request::uidl
                                    ? bool(pop3::parse_listed_unique_id(is.text))
                                    : true;
        if (!understood) outcome_.trouble = "not understood: " + printable(line.octets);
    }

    void take(const pop3::message_octets& piece, const server_line&) { message_ += piece.octets; }

    void take(const pop3::response_end& end, const server_line& line)
    {
        if (end.request != pop3::request::retr) return;
        const message& sent = file_.messages.at(retrieved_.front() - 1);
        retrieved_.pop_front();
        const auto is = [this](std::string_view octets) {
            return message_ == octets || message_ == std::string(octets) + "\r\n";
        };
        if (!informal_ && !is(sent.octets) && !is(sent.surrogate.value_or(sent.octets)))
            outcome_.trouble =
                "not the message that was kept, at " + printable(line.octets) + ": " + printable(message_);
    }

    const transcript& file_;
    const splitter& split_;
    const bool pipelined_;
    pop3::client_session session_;
    std::deque<std::string> commands_;
    std::deque<server_line> replies_;
    std::deque<std::size_t> retrieved_; ///< the numbers of the RETRs under way
    std::string message_;
    bool informal_ = false; ///< the message under way is not told to the octet
    bool greeted_ = false;
    bool alone_ = false; ///< nothing may follow the command under way before its reply
    bool challenged_ = false;
    bool quit_ = false;
    mirrored_outcome outcome_;
};

} // namespace

mirrored_outcome run_mirrored(const transcript& file, const splitter& split, bool pipelined)
{
    return player(file, split, pipelined).run();
}

} // namespace transcripts
