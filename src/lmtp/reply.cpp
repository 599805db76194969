// Replies: which failure becomes which, and lines put together.
#include "lmtp/reply.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <utility>

namespace lmtp {
namespace {

reply ours()
{
    return {451, "4.3.0", "Local error; try again later"};
}

reply row_for(const base::error& error)
{
    const auto either = [&](reply temporary, reply permanent) {
        return error.temporary ? std::move(temporary) : std::move(permanent);
    };
    using enum base::failure;
    switch (error.kind) {
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

bool digit(char c)
{
    return c >= '0' && c <= '9';
}

// class "." subject "." detail (RFC 3463, section 2), followed by a blank or nothing; its octets, else 0.
std::size_t enhanced_code_octets(std::string_view text, unsigned code)
{
    if (text.size() < 5 || text[0] != static_cast<char>('0' + code / 100) || text[1] != '.') return 0;
    std::size_t offset = 2;
    for (int part = 0; part < 2; ++part) {
        const std::size_t begin = offset;
        while (offset < text.size() && offset - begin < 3 && digit(text[offset])) ++offset;
        if (offset == begin) return 0;
        if (part == 1) break;
        if (offset >= text.size() || text[offset] != '.') return 0;
        ++offset;
    }
    return offset == text.size() || text[offset] == ' ' ? offset : 0;
}

} // namespace

reply closing_reply(const std::string& host_name, std::string enhanced, std::string_view text)
{
    return {421, std::move(enhanced), host_name + " " + std::string(text)};
}

std::string format_reply(const reply& reply)
{
    std::string line = std::to_string(reply.code) + ' ';
    if (!reply.enhanced.empty()) line += reply.enhanced + ' ';
    line += cleaned(reply.text);
    shorten(line, reply_line_octets_max - 2);
    return line + "\r\n";
}

reply reply_for(const base::error& error)
{
    reply out = row_for(error);
    if (error.kind == base::failure::refused && !error.peer_text.empty()) out.text = error.peer_text;
    return out;
}

void reply_reader::receive(std::string_view octets)
{
    octets_.erase(0, std::exchange(begin_, 0));
    octets_ += octets;
}

std::optional<read_reply> reply_reader::next()
{
    while (!broken_) {
        const auto line = next_line();
        if (!line) return std::nullopt;
        if (take_line(*line)) return std::exchange(open_, {});
    }
    return std::nullopt;
}

std::optional<std::string_view> reply_reader::next_line()
{
    std::string_view left = std::string_view(octets_).substr(begin_);
    const std::size_t lf = left.substr(0, reply_line_octets_long_max).find('\n');
    if (lf == std::string_view::npos) {
        broken_ = left.size() >= reply_line_octets_long_max;
        return std::nullopt;
    }
    begin_ += lf + 1;
    left = left.substr(0, lf);
    if (left.ends_with('\r')) left.remove_suffix(1);
    return left;
}

// True where the line is the last of a reply.
bool reply_reader::take_line(std::string_view line)
{
    const bool begins_well = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && digit(line[1]) &&
                             digit(line[2]) && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
    if (!begins_well || open_.lines.size() >= reply_lines_max) {
        broken_ = true;
        return false;
    }
    const auto code = static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
    if (!open_.lines.empty() && code != open_.reply.code) {
        broken_ = true; // section 4.2.1: all lines have the same
        return false;
    }
    const bool last = line.size() == 3 || line[3] == ' ';
    line.remove_prefix(line.size() == 3 ? 3 : 4);
    open_.reply.code = code;
    open_.lines.emplace_back(line);
    const std::size_t enhanced = enhanced_code_octets(line, code);
    if (enhanced > 0) {
        open_.reply.enhanced = line.substr(0, enhanced);
        line.remove_prefix(enhanced == line.size() ? enhanced : enhanced + 1);
    }
    if (!open_.reply.text.empty() && !line.empty()) open_.reply.text += ' ';
    open_.reply.text += line;
    return last;
}

} // namespace lmtp
