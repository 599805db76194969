// getmail's oldmail-HOST-PORT-USER: "unique-id NUL seconds", one message a line.
#include "exchange/foreign_formats.hpp"

namespace exchange {

namespace {

struct account_hint {
    std::string host, user;
};

/// "oldmail-pop.example.org-995-ann": the port is the first part that is all digits. Hosts hold '-' as well.
account_hint account_of(std::string_view file_name)
{
    constexpr std::string_view prefix = "oldmail-";
    if (!file_name.starts_with(prefix)) return {};
    const std::string_view rest = file_name.substr(prefix.size());
    for (std::size_t dash = rest.find('-'); dash != rest.npos; dash = rest.find('-', dash + 1)) {
        const std::size_t end = rest.find('-', dash + 1);
        if (end == rest.npos) break;
        const std::string_view part = rest.substr(dash + 1, end - dash - 1);
        if (!part.empty() && part.find_first_not_of("0123456789") == part.npos)
            return {std::string(rest.substr(0, dash)), std::string(rest.substr(end + 1))};
    }
    return {};
}

} // namespace

foreign_state read_getmail_state(std::string_view contents, std::string_view file_name)
{
    foreign_state state{.program = foreign_program::getmail};
    const account_hint account = account_of(file_name);
    each_line(contents, [&](std::string_view line) {
        const std::size_t nul = line.rfind('\0');
        const auto at = nul == line.npos ? std::nullopt : seconds_since_1970(line.substr(nul + 1));
        if (at && nul > 0)
            state.entries.push_back({account.host, account.user, std::string(line.substr(0, nul)), at});
        else if (!line.empty())
            ++state.unreadable;
        return true;
    });
    return state;
}

} // namespace exchange
