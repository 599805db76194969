// Thunderbird's popstate.dat: "*HOST USER", then a letter, a unique-id and perhaps a time a line.
#include "exchange/foreign_formats.hpp"

namespace exchange {

foreign_state read_thunderbird_state(std::string_view contents)
{
    foreign_state state{.program = foreign_program::thunderbird};
    std::string host, user;
    bool in_account = false;
    each_line(contents, [&](std::string_view line) {
        if (line.empty() || line.starts_with('#')) return true;
        if (line.starts_with('*')) {
            const std::size_t blank = line.find(' ');
            in_account = blank != line.npos;
            host = line.substr(1, in_account ? blank - 1 : line.npos);
            user = in_account ? line.substr(blank + 1) : std::string_view();
            if (!in_account) ++state.unreadable;
            return true;
        }
        const std::size_t id_end = line.find(' ', 2);
        const std::string_view unique_id = line.substr(std::min<std::size_t>(2, line.size()), id_end - 2);
        if (!in_account || line.size() < 3 || line[1] != ' ' || unique_id.empty()) {
            ++state.unreadable;
            return true;
        }
        // k: kept on the server; d: to be deleted there. b: too big, f: to be fetched whole: of both there is only
        // the top.
        if (line[0] == 'k' || line[0] == 'd') {
            const auto at = id_end == line.npos ? std::nullopt : seconds_since_1970(line.substr(id_end + 1));
            state.entries.push_back({host, user, std::string(unique_id), at});
        } else if (line[0] == 'b' || line[0] == 'f') {
            ++state.partial;
        } else {
            ++state.unreadable;
        }
        return true;
    });
    return state;
}

} // namespace exchange
