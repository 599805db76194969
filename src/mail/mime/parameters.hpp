// Content-Type and Content-Disposition (RFC 2045, section 5.1; RFC 2183; RFC 2231).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// What the two fields say; parameters decoded (RFC 2231, and RFC 2047 as many send it).
struct content_facts {
    std::string type{}; ///< lower case; empty where the field is missing or is none
    std::string charset{}, boundary{}, name{};
    std::string disposition{};                 ///< "attachment": lower case; empty where the field is missing
    bool flowed = false, delete_space = false; ///< format=flowed, DelSp=yes (RFC 3676)
};

/// Raw octets in a name are in the charset that `content_type` says, else in one of `labels` (charset.hpp).
content_facts facts_of(std::string_view content_type, std::string_view disposition,
                       const std::vector<std::string>& labels);

} // namespace mail::mime
