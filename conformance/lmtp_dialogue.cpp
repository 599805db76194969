// Replies are compared by their first digit, by which a client decides (RFC 5321, section 4.2.1), and by their number.
#include "conformance/lmtp_dialogue.hpp"

#include "base/ascii.hpp"
#include "conformance/delivery.hpp"
#include "conformance/pop3_steps.hpp"

#include <algorithm>
#include <array>

namespace conformance {
namespace {

/// The last line of a reply; none where the server has closed.
std::optional<std::string> read_last_line(wire& from, std::vector<std::string>* all = nullptr)
{
    while (auto line = from.line()) {
        if (all != nullptr) all->push_back(*line);
        if (line->size() < 4 || (*line)[3] != '-') return line;
    }
    return std::nullopt;
}

/// "250 2.1.0 text": the class of the enhanced code is the reply's (RFC 2034, section 4).
bool codes_agree(const std::string& reply)
{
    return reply.size() > 6 && reply[4] == reply[0] && reply[5] == '.' && base::is_digit(reply[6]);
}

constexpr std::string_view rest_not_had = " (the rest of this dialogue was not had)";

bool has_enhanced_code(const std::string& expected)
{
    return codes_agree(expected);
}

} // namespace

lmtp_dialogue::lmtp_dialogue(const settings& asked, const lmtp_script& script)
    : asked_(asked), script_(script)
{
}

std::vector<std::string> lmtp_dialogue::extensions(const settings& asked)
{
    wire on(asked.lmtp, false, asked.patience);
    std::vector<std::string> lines, out;
    (void)read_last_line(on);
    on.write("LHLO localhost\r\n");
    (void)read_last_line(on, &lines);
    on.write("QUIT\r\n");
    for (const std::string& line : lines) {
        std::string name = line.substr(std::min<std::size_t>(4, line.size()));
        name.resize(std::min(name.find(' '), name.size()));
        for (char& c : name) c = base::upper(c);
        out.push_back(std::move(name));
    }
    return out;
}

void lmtp_dialogue::deviate(const std::string& rfc, const std::string& sent, const std::string& expected,
                            const std::string& got)
{
    const std::string shown = sent.substr(0, sent.size() - (sent.ends_with("\r\n") ? 2 : 0));
    if (!rfc.empty()) found_[rfc].push_back({printable(shown), printable(expected), printable(got)});
}

/// The account's address for everyone whom the server must know, and an address that it cannot know for the others.
std::string lmtp_dialogue::adapted(std::string sent) const
{
    const std::string recipient = asked_.recipient.empty() ? asked_.user : asked_.recipient;
    const std::size_t at = recipient.find('@');
    const std::string nobody =
        "restante-conformance-nobody" + (at == std::string::npos ? "" : recipient.substr(at));
    for (std::size_t found = 0; (found = sent.find("RCPT TO:<", found)) != std::string::npos; ++found) {
        const std::size_t begin = found + 9, end = sent.find('>', begin), line = sent.find("\r\n", begin);
        if (end == std::string::npos || end > line) continue;
        const std::string address = sent.substr(begin, end - begin);
        std::string plain = address; // without quotes
        std::erase_if(plain, [](char c) { return c == '"' || c == '\\'; });
        if (script_.refused.contains(plain))
            sent.replace(begin, end - begin, nobody);
        else if (address.ends_with("@example.com") || address == "ann@x")
            sent.replace(begin, end - begin, recipient);
    }
    return sent;
}

/// None where the dialogue cannot go on.
std::optional<std::string> lmtp_dialogue::reply_of(wire& from, const lmtp_exchange& asked,
                                                   const std::string& expected)
try {
    auto got = read_last_line(from);
    if (!got) deviate(asked.rfc, asked.sent, expected.substr(0, 3), "the server closed the connection");
    return got;
} catch (const trouble& problem) {
    deviate(asked.rfc, asked.sent, expected.substr(0, 3), problem.what());
    return std::nullopt;
}

/// Behind an answer that was not expected the server is where the file has it, or is brought there.
bool lmtp_dialogue::goes_on(wire& on, const lmtp_exchange& asked, const std::string& got)
{
    constexpr std::array changing{"RCPT", "DATA", "BDAT", "STAR", "QUIT"};
    const std::string keyword = asked.sent.substr(0, 4);
    if (asked.expected.size() != 1 || in_transaction_ || std::ranges::count(changing, keyword) > 0)
        return false;
    if (keyword != "MAIL") return true;
    const lmtp_exchange* const next = &asked == &script_.exchanges.back() ? nullptr : &asked + 1;
    if (got[0] != '2') return next != nullptr && next->sent == "RSET\r\n";
    on.write("RSET\r\n");
    return read_last_line(on).has_value();
}

std::map<std::string, std::vector<deviation>> lmtp_dialogue::run(bool enhanced_codes)
{
    const maildrop account(asked_);
    account.empty();
    {
        wire on(asked_.lmtp, false, asked_.patience);
        if (const auto greeting = read_last_line(on); !greeting || !greeting->starts_with("220"))
            throw trouble("the intake does not greet");
        for (const lmtp_exchange& each : script_.exchanges) {
            if (!each.rfc.empty()) rfc_ = each.rfc;
            on.write(adapted(each.sent));
            for (const std::string& expected : each.expected) {
                const auto got = reply_of(on, each, expected);
                if (!got) return std::move(found_);
                const bool as_expected = (*got)[0] == expected[0];
                if (!as_expected && goes_on(on, each, *got)) {
                    deviate(each.rfc, each.sent, expected.substr(0, 1) + "xx", *got);
                    continue;
                }
                if (!as_expected) {
                    deviate(each.rfc, each.sent, expected.substr(0, 1) + "xx",
                            *got + std::string(rest_not_had));
                    const bool more =
                        std::any_of(&each + 1, &script_.exchanges.back() + 1,
                                    [](const lmtp_exchange& later) { return !later.rfc.empty(); });
                    if (more)
                        stopped_ = "the server answered " + printable(*got) + " to " + printable(each.sent);
                    return std::move(found_);
                }
                if (enhanced_codes && has_enhanced_code(expected) && !codes_agree(*got))
                    deviate(each.rfc, each.sent, expected.substr(0, 3) + " and an enhanced code of its class",
                            *got);
            }
            const std::string keyword = each.sent.substr(0, 4);
            if (keyword == "MAIL") in_transaction_ = each.expected.back()[0] == '2';
            if (keyword == "RSET" || keyword == "LHLO" || each.sent.ends_with("\r\n.\r\n"))
                in_transaction_ = false;
            const bool starts_tls = each.sent == "STARTTLS\r\n" && each.expected.front().starts_with("220");
            if (starts_tls) in_transaction_ = false;
            if (starts_tls && !on.start_tls()) {
                deviate(each.rfc, each.sent, "a TLS handshake", "it failed");
                return std::move(found_);
            }
        }
        if (script_.closed && !on.closes())
            deviate(script_.exchanges.back().rfc, "(QUIT)", "the connection closed", "more octets");
    }
    check_messages(account);
    return std::move(found_);
}

/// Each message that was taken is there, and where none was taken there is none.
void lmtp_dialogue::check_messages(const maildrop& account)
{
    const auto waiting = account.messages(false);
    if (script_.messages.empty() && !waiting.empty())
        deviate(rfc_, "(delivered)", "no message", std::to_string(waiting.size()) + " messages");
    for (const std::string& sent : script_.messages) {
        const std::string message = deliverable(sent);
        if (carried_by_smtp(message) &&
            std::ranges::none_of(waiting, [&](const auto& each) { return each.octets.ends_with(message); }))
            deviate(rfc_, "(delivered)", message, "no such message");
    }
    if (waiting.size() < script_.messages.size())
        deviate(rfc_, "(delivered)", std::to_string(script_.messages.size()) + " messages",
                std::to_string(waiting.size()));
}

} // namespace conformance
