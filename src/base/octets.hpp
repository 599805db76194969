// Text as C libraries take it: as unsigned octets.
#pragma once

#include <string>
#include <string_view>

namespace base {

inline const unsigned char* unsigned_octets(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

inline unsigned char* unsigned_octets(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

} // namespace base
