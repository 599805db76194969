// Sessions around the dialogues: filling, emptying and looking into the maildrop.
#include "conformance/maildrop.hpp"

#include "base/ascii.hpp"

#include <thread>

namespace conformance {
namespace {

/// A lock may outlive its session by a moment, and some servers want a pause between log-ins.
constexpr int sign_in_tries_max = 40;
constexpr std::chrono::milliseconds sign_in_pause{250};

std::string clipped(const std::string& line)
{
    return line.substr(0, 200);
}

} // namespace

std::optional<reply> read_reply(wire& from, bool multi_line)
{
    const auto status = from.line();
    if (!status) return std::nullopt;
    reply out{.status = *status, .lines = {}};
    if (!multi_line || !out.ok()) return out;
    while (auto line = from.line()) {
        if (*line == ".") return out;
        out.lines.push_back(std::move(*line));
    }
    return std::nullopt;
}

std::string maildrop::ask(wire& on, const std::string& command) const
{
    on.write(command + "\r\n");
    const auto got = read_reply(on, false);
    const std::string keyword = command.substr(0, command.find(' '));
    if (!got) throw trouble("the server closed the connection instead of answering " + keyword);
    return got->status;
}

wire maildrop::connect(bool secure) const
{
    wire out(asked_.pop3, asked_.tls == tls_mode::implicit, asked_.patience);
    const auto greeting = read_reply(out, false);
    if (!greeting || !greeting->ok())
        throw trouble("no greeting: " + (greeting ? clipped(greeting->status) : "the server closed"));
    if (!secure || asked_.tls != tls_mode::starttls) return out;
    if (const std::string answer = ask(out, "STLS"); !answer.starts_with("+OK"))
        throw trouble("STLS: " + clipped(answer));
    if (!out.start_tls()) throw trouble("the TLS handshake behind STLS failed");
    return out;
}

wire maildrop::sign_in() const
{
    for (int left = sign_in_tries_max;; --left) {
        wire out = connect(true);
        std::string answer = ask(out, "USER " + asked_.user);
        if (answer.starts_with("+OK")) answer = ask(out, "PASS " + asked_.password);
        if (answer.starts_with("+OK")) return out;
        const auto parsed = pop3::parse_status(answer);
        if (left == 0 || !parsed || (parsed->code != "IN-USE" && parsed->code != "LOGIN-DELAY"))
            throw trouble("cannot sign in: " + clipped(answer));
        std::this_thread::sleep_for(sign_in_pause);
    }
}

announced maildrop::capabilities(bool secure) const
{
    wire on = connect(secure);
    announced out;
    on.write("CAPA\r\n");
    const auto got = read_reply(on, true);
    out.known.known = got && got->ok();
    if (got)
        for (const auto& line : got->lines) {
            out.known.add_line(line);
            std::string name = line.substr(0, line.find(' '));
            for (char& c : name) c = base::upper(c);
            out.names.push_back(std::move(name));
        }
    on.write("QUIT\r\n");
    return out;
}

std::size_t maildrop::count() const
{
    wire on = sign_in();
    const std::string answer = ask(on, "STAT");
    ask(on, "QUIT");
    const auto counted = pop3::parse_listed_octets(std::string_view(answer).substr(answer.find(' ') + 1));
    if (!answer.starts_with("+OK") || !counted) throw trouble("STAT: " + clipped(answer));
    return static_cast<std::size_t>(counted->number);
}

std::vector<std::string> maildrop::unique_ids() const
{
    wire on = sign_in();
    on.write("UIDL\r\n");
    const auto listed = read_reply(on, true);
    std::vector<std::string> out;
    if (listed)
        for (const auto& line : listed->lines)
            if (const auto parsed = pop3::parse_listed_unique_id(line)) out.emplace_back(parsed->unique_id);
    ask(on, "QUIT");
    return out;
}

std::vector<waiting_message> maildrop::messages(bool utf8) const
{
    std::vector<waiting_message> out;
    for (auto& unique_id : unique_ids()) out.push_back({.unique_id = std::move(unique_id), .octets = {}});
    wire on = sign_in();
    if (utf8) ask(on, "UTF8");
    for (std::size_t number = 1; number <= out.size(); ++number) {
        on.write("RETR " + std::to_string(number) + "\r\n");
        const auto got = read_reply(on, true);
        if (!got || !got->ok()) throw trouble("RETR of a message that UIDL lists failed");
        for (const std::string& line : got->lines)
            out[number - 1].octets += line.substr(line.starts_with('.') ? 1 : 0) + "\r\n";
    }
    ask(on, "QUIT");
    return out;
}

void maildrop::empty() const
{
    const std::size_t waiting = count();
    if (waiting == 0) return;
    wire on = sign_in();
    for (std::size_t number = 1; number <= waiting; ++number) ask(on, "DELE " + std::to_string(number));
    if (const std::string answer = ask(on, "QUIT"); !answer.starts_with("+OK"))
        throw trouble("the maildrop cannot be emptied: " + clipped(answer));
}

} // namespace conformance
