// Numbers of things, as people say them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace base {

/// "1 message", "2 messages": of a noun whose plural is made with an s.
inline std::string counted(std::uint64_t number, std::string_view noun)
{
    return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

/// The word for one thing, or the word for any other number of them.
constexpr std::string_view for_number(std::uint64_t number, std::string_view singular, std::string_view many)
{
    return number == 1 ? singular : many;
}

} // namespace base
