// mpop's uidls: " COUNT HOST USER" and as many lines, each a unique-id and perhaps a time.
#include "exchange/foreign_formats.hpp"

namespace exchange {

namespace {

struct list_head {
    std::string host, user;
};

std::optional<list_head> head_of(std::string_view line)
{
    const std::size_t count_end = line.find(' ', 1);
    if (count_end == line.npos || count_end == 1) return std::nullopt;
    if (line.substr(1, count_end - 1).find_first_not_of("0123456789") != line.npos) return std::nullopt;
    const std::size_t host_end = line.find(' ', count_end + 1);
    if (host_end == line.npos || host_end + 1 == line.size()) return std::nullopt;
    return list_head{std::string(line.substr(count_end + 1, host_end - count_end - 1)),
                     std::string(line.substr(host_end + 1))};
}

// RFC 1939 has no blank in a unique-id, so what follows the last one and is a time, is the time.
foreign_entry entry_of(std::string_view line, const list_head& list)
{
    const std::size_t blank = line.rfind(' ');
    if (blank != line.npos)
        if (const auto at = seconds_since_1970(line.substr(blank + 1)))
            return {list.host, list.user, std::string(line.substr(0, blank)), at};
    return {list.host, list.user, std::string(line), std::nullopt};
}

} // namespace

foreign_state read_mpop_state(std::string_view contents)
{
    // The count is not held against the lines: a file that was cut short still tells the truth of those it has.
    foreign_state state{.program = foreign_program::mpop};
    std::optional<list_head> list;
    each_line(contents, [&](std::string_view line) {
        if (line.empty() || line.starts_with('#')) return true;
        if (line.starts_with(' ')) list = head_of(line);
        if (!list)
            ++state.unreadable;
        else if (!line.starts_with(' '))
            state.entries.push_back(entry_of(line, *list));
        return true;
    });
    return state;
}

} // namespace exchange
