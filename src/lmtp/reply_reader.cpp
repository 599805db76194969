// Puts reply lines together.
#include "lmtp/reply_reader.hpp"

#include <utility>

namespace lmtp {

namespace {

bool digit(char c)
{
    return c >= '0' && c <= '9';
}

// class "." subject "." detail (RFC 3463, section 2), followed by a blank or nothing; its octets, else 0.
std::size_t enhanced_code_octets(std::string_view text, unsigned code)
{
    if (text.size() < 5 || text[0] != static_cast<char>('0' + code / 100) || text[1] != '.') return 0;
    std::size_t at = 2;
    for (int part = 0; part < 2; ++part) {
        const std::size_t begin = at;
        while (at < text.size() && at - begin < 3 && digit(text[at])) ++at;
        if (at == begin) return 0;
        if (part == 1) break;
        if (at >= text.size() || text[at] != '.') return 0;
        ++at;
    }
    return at == text.size() || text[at] == ' ' ? at : 0;
}

} // namespace

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
