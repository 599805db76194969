// What a unique-id may look like.
#include "mail/unique_id.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace mail {

namespace {

/// All eight octets are 0x21 to 0x7E. A borrow or a carry begins in an octet that is not, and so changes no answer.
bool are_graphic(std::uint64_t eight)
{
    constexpr std::uint64_t ones = 0x0101010101010101;
    const std::uint64_t below = (eight - 0x21 * ones) & ~eight;
    const std::uint64_t above = (eight + ones) | eight;
    return ((below | above) & (0x80 * ones)) == 0;
}

} // namespace

bool is_unique_id(std::string_view text)
{
    constexpr std::size_t step = sizeof(std::uint64_t);
    if (text.empty() || text.size() > unique_id_octets_max) return false;
    if (text.size() < step) return std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7E; });
    bool good = true;
    for (std::size_t left = text.size(); left > 0; left -= std::min(left, step)) {
        std::uint64_t eight = 0; // the last are the first eight of all, some of them for the second time
        std::memcpy(&eight, text.data() + std::max(left, step) - step, step);
        good = good && are_graphic(eight);
    }
    return good;
}

std::optional<unique_id> unique_id::parse(std::string_view text)
{
    if (!is_unique_id(text)) return std::nullopt;
    return unique_id(std::string(text));
}

} // namespace mail
