// fdm's cache of a POP3 account: "LENGTH unique-id", one message a line.
#include "exchange/foreign_formats.hpp"

#include <charconv>

namespace exchange {

std::optional<std::string_view> fdm_unique_id(std::string_view line)
{
    std::size_t length = 0;
    const auto [end, trouble] = std::from_chars(line.data(), line.data() + line.size(), length);
    const auto digits = static_cast<std::size_t>(end - line.data());
    if (trouble != std::errc() || digits == line.size() || line[digits] != ' ') return std::nullopt;
    const std::string_view unique_id = line.substr(digits + 1);
    return length > 0 && unique_id.size() == length ? std::optional(unique_id) : std::nullopt;
}

foreign_state read_fdm_state(std::string_view contents)
{
    foreign_state state{.program = foreign_program::fdm};
    each_line(contents, [&](std::string_view line) {
        if (const auto unique_id = fdm_unique_id(line))
            state.entries.push_back({.host = {}, .user = {}, .unique_id = std::string(*unique_id)});
        else if (!line.empty())
            ++state.unreadable;
        return true;
    });
    return state;
}

} // namespace exchange
