// What a unique-id may look like.
#include "mail/unique_id.hpp"

#include <algorithm>

namespace mail {

std::optional<unique_id> unique_id::parse(std::string_view text)
{
    const auto allowed = [](char c) { return c >= 0x21 && c <= 0x7E; };
    if (text.empty() || text.size() > unique_id_octets_max || !std::ranges::all_of(text, allowed))
        return std::nullopt;
    return unique_id(std::string(text));
}

} // namespace mail
