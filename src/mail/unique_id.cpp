// What a unique-id may look like.
#include "mail/unique_id.hpp"

#include <algorithm>

namespace mail {

bool is_unique_id(std::string_view text)
{
    const auto allowed = [](char c) { return c >= 0x21 && c <= 0x7E; };
    return !text.empty() && text.size() <= unique_id_octets_max && std::ranges::all_of(text, allowed);
}

std::optional<unique_id> unique_id::parse(std::string_view text)
{
    if (!is_unique_id(text)) return std::nullopt;
    return unique_id(std::string(text));
}

} // namespace mail
