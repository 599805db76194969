// fetchmail's .fetchids: "user@host unique-id", one message a line.
#include "exchange/foreign_formats.hpp"

namespace exchange {

namespace {

// The user may hold blanks and '@'; the host may not; a unique-id may hold '@'. So: the blank after the first '@' ends
// user and host, and of these the last '@' parts them, as fetchmail itself reads its file.
std::optional<foreign_entry> entry_of(std::string_view line)
{
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::size_t first_at = line.find('@');
    if (first_at == line.npos) return std::nullopt;
    const std::size_t blank = line.find(' ', first_at);
    if (blank == line.npos) return std::nullopt;
    const std::string_view who = line.substr(0, blank);
    const std::size_t at = who.rfind('@');
    std::string_view unique_id = line.substr(blank);
    unique_id.remove_prefix(std::min(unique_id.find_first_not_of(' '), unique_id.size()));
    // fetchmail cuts a unique-id at a blank when it reads it, and writes it whole: what the server says is the whole.
    while (unique_id.ends_with(' ') || unique_id.ends_with('\t')) unique_id.remove_suffix(1);
    if (unique_id.empty()) return std::nullopt;
    return foreign_entry{std::string(who.substr(at + 1)), std::string(who.substr(0, at)),
                         std::string(unique_id)};
}

} // namespace

foreign_state read_fetchmail_state(std::string_view contents)
{
    foreign_state state{.program = foreign_program::fetchmail};
    each_line(contents, [&](std::string_view line) {
        if (auto entry = entry_of(line))
            state.entries.push_back(std::move(*entry));
        else if (!line.empty())
            ++state.unreadable;
        return true;
    });
    return state;
}

} // namespace exchange
