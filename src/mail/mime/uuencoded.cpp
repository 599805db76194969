// One line is a count and as many groups of four signs as the count needs.
#include "mail/mime/uuencoded.hpp"

#include "base/ascii.hpp"
#include "mail/mime/fields.hpp"

#include <algorithm>

namespace mail::mime {
namespace {

constexpr std::size_t octets_a_line_max = 63;
constexpr std::size_t signs_behind_max = 2; // some write a check sum

std::string_view line_at(std::string_view text, std::size_t at)
{
    std::string_view line = text.substr(at, line_end(text, at) - at);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

unsigned value_of(char sign)
{
    return (static_cast<unsigned char>(sign) - 0x20U) & 0x3FU;
}

std::size_t signs_of(std::size_t octets)
{
    return (octets + 2) / 3 * 4;
}

bool is_encoded(std::string_view line)
{
    if (line.empty()) return true; // no octets, and the blank that said so is lost
    if (!std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '`'; })) return false;
    const std::size_t octets = value_of(line[0]);
    // Shorter where the zeros at its end are blanks that got lost on the way.
    return octets <= octets_a_line_max && line.size() - 1 <= signs_of(octets) + signs_behind_max;
}

bool is_base64_line(std::string_view line)
{
    return std::ranges::all_of(
        line, [](char c) { return base::is_letter_or_digit(c) || c == '+' || c == '/' || c == '='; });
}

/// `begin 644 name`; fills what the line tells.
bool is_begin(std::string_view line, uuencoded_file& file)
{
    file.base64 = line.starts_with("begin-base64 ");
    if (!file.base64 && !line.starts_with("begin ")) return false;
    line.remove_prefix(line.find(' ') + 1);
    const std::size_t digits = std::min(line.size(), line.find_first_not_of("01234567"));
    if (digits < 3 || digits > 6 || digits + 1 >= line.size() || line[digits] != ' ') return false;
    file.name = line.substr(digits + 1);
    file.name = file.name.substr(0, file.name.find_last_not_of(" \t") + 1);
    return true;
}

bool is_end(std::string_view line, std::string_view word)
{
    return line.starts_with(word) && line.find_first_not_of(" \t", word.size()) == std::string_view::npos;
}

/// The end of the file whose lines begin at `at`; false where a line is none of them.
bool find_end(std::string_view text, std::size_t at, uuencoded_file& file)
{
    const std::size_t begin = at;
    while (at < text.size()) {
        const std::string_view line = line_at(text, at);
        const std::size_t next = line_end(text, at);
        if (is_end(line, file.base64 ? "====" : "end")) {
            file.lines = text.substr(begin, at - begin);
            file.end = next;
            return true;
        }
        if (file.base64 ? !is_base64_line(line) : !is_encoded(line)) return false;
        at = next;
    }
    return false;
}

} // namespace

std::optional<uuencoded_file> find_uuencoded(std::string_view text, std::size_t from)
{
    for (std::size_t at = text.find("begin", from); at != std::string_view::npos;
         at = text.find("begin", at + 1)) {
        uuencoded_file file{.begin = at};
        const bool at_line_start = at == 0 || text[at - 1] == '\n';
        if (!at_line_start || !is_begin(line_at(text, at), file)) continue;
        if (find_end(text, line_end(text, at), file)) return file;
    }
    return std::nullopt;
}

std::string uudecoded(std::string_view lines)
{
    std::string out;
    for (std::size_t at = 0; at < lines.size(); at = line_end(lines, at)) {
        const std::string_view line = line_at(lines, at);
        uuencoded_file ignored;
        if (is_end(line, "end")) break;
        if (line.empty() || is_begin(line, ignored)) continue;
        std::size_t octets = value_of(line[0]);
        for (std::size_t group = 1; octets > 0; group += 4) {
            unsigned bits = 0;
            for (std::size_t i = group; i < group + 4; ++i)
                bits = bits << 6 | (i < line.size() ? value_of(line[i]) : 0);
            for (unsigned shift = 16; octets > 0 && shift <= 16; shift -= 8, --octets)
                out += static_cast<char>(static_cast<unsigned char>(bits >> shift)); // below 0 it is above 16
        }
    }
    return out;
}

} // namespace mail::mime
