// Lines joined to fields.
#include "ledger/header_fields.hpp"

#include <algorithm>

namespace ledger {

namespace {

bool is_blank(char octet)
{
    return octet == ' ' || octet == '\t';
}

} // namespace

void each_field(std::string_view header,
                const std::function<void(std::string_view name, std::string_view field)>& tell)
{
    while (!header.empty()) {
        std::size_t end = 0;
        do {
            const std::size_t line_end = header.find('\n', end);
            end = line_end == std::string_view::npos ? header.size() : line_end + 1;
        } while (end < header.size() && is_blank(header[end]));
        const std::string_view field = header.substr(0, end);
        std::string_view name = field.substr(0, std::min(field.find(':'), field.size()));
        if (name.size() == field.size()) name = {};
        while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
        tell(name, field);
        header.remove_prefix(end);
    }
}

std::string value_of(std::string_view field)
{
    std::string value(field.substr(std::min(field.find(':') + 1, field.size())));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
    const auto begin = std::ranges::find_if_not(value, is_blank);
    value.erase(value.begin(), begin);
    while (!value.empty() && is_blank(value.back())) value.pop_back();
    return value;
}

} // namespace ledger
