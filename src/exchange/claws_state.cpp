// uidl/HOST-USER of Claws Mail and Sylpheed: "unique-id TAB seconds", and in Claws Mail a tab and what was fetched.
#include "exchange/foreign_formats.hpp"

namespace exchange {

foreign_state read_claws_state(std::string_view contents)
{
    constexpr base::wall_time first_time{
        std::chrono::seconds(3)}; // 0 to 2 say in Sylpheed that none is known
    foreign_state state{.program = foreign_program::claws};
    each_line(contents, [&](std::string_view line) {
        const std::size_t tab = line.find('\t');
        if (line.empty()) return true;
        if (tab == line.npos || tab == 0) {
            ++state.unreadable;
            return true;
        }
        const std::string_view rest = line.substr(tab + 1);
        const std::size_t behind_time = rest.find('\t');
        const auto at = seconds_since_1970(rest.substr(0, behind_time));
        // 0: whole; else the beginning alone, of a message that is too large.
        if (behind_time != rest.npos && rest.substr(behind_time + 1) != "0")
            ++state.partial;
        else
            state.entries.push_back({.host = {},
                                     .user = {},
                                     .unique_id = std::string(line.substr(0, tab)),
                                     .fetched_at = at && *at >= first_time ? at : std::nullopt});
        return true;
    });
    return state;
}

} // namespace exchange
