// Replies, and which failure becomes which.
#include "lmtp/reply.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <utility>

namespace lmtp {
namespace {

reply ours()
{
    return {451, "4.3.0", "Local trouble; try again later"};
}

reply row_for(const base::error& why)
{
    const auto either = [&](reply temporary, reply permanent) {
        return why.temporary ? std::move(temporary) : std::move(permanent);
    };
    using enum base::failure;
    switch (why.kind) {
    case unknown_user:
        return either({450, "4.1.1", "No such user at present"}, {550, "5.1.1", "No such user here"});
    case disabled: return either({450, "4.2.1", "Account closed for now"}, {550, "5.2.1", "Account closed"});
    case over_quota:
        return either({452, "4.2.2", "Maildrop is full"},
                      {552, "5.2.2", "Larger than the whole maildrop may be"});
    case refused: return either({450, "4.7.1", "Refused for now"}, {550, "5.7.1", "Refused"});
    case malformed: return either(ours(), {553, "5.1.3", "No valid address"});
    case credentials: return either({450, "4.7.1", "Refused for now"}, {550, "5.7.1", "Refused"});
    case too_large: return {552, "5.3.4", "Message too large"};
    case no_space: return {452, "4.3.1", "No space left; try again later"};
    case in_use: return {450, "4.2.0", "Maildrop is busy; try again later"};
    case outcome_unknown: // rather delivered twice than lost
        return {451, "4.3.0", "No answer from the mail storage; try again later"};
    case overloaded: return {451, "4.3.2", "Too busy; try again later"};
    case login_delay:
    case vanished:
    case exists:
    case timed_out:
    case closed:
    case storage:
    case fenced:
    case network:
    case internal: break;
    }
    return ours();
}

std::string cleaned(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t octets = base::utf8_sequence_octets(text);
        const std::size_t taken = std::max<std::size_t>(octets, 1);
        const bool good = octets != 0 && !base::is_control(text.substr(0, octets));
        out += good ? text.substr(0, octets) : "?";
        text.remove_prefix(taken);
    }
    return out;
}

/// No longer than `octets_max`, cut between characters.
void shorten(std::string& text, std::size_t octets_max)
{
    if (text.size() <= octets_max) return;
    while (octets_max > 0 && (static_cast<unsigned char>(text[octets_max]) & 0xC0U) == 0x80) --octets_max;
    text.resize(octets_max);
}

} // namespace

reply farewell(const std::string& host_name, std::string enhanced, std::string_view text)
{
    return {421, std::move(enhanced), host_name + " " + std::string(text)};
}

std::string format_reply(const reply& what)
{
    std::string line = std::to_string(what.code) + ' ';
    if (!what.enhanced.empty()) line += what.enhanced + ' ';
    line += cleaned(what.text);
    shorten(line, reply_line_octets_max - 2);
    return line + "\r\n";
}

reply reply_for(const base::error& why)
{
    reply out = row_for(why);
    if (why.kind == base::failure::refused && !why.peer_text.empty()) out.text = why.peer_text;
    return out;
}

} // namespace lmtp
