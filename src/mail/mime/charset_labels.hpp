// What a charset's name in a message means: the labels of the WHATWG Encoding Standard, and how senders misspell them.
#pragma once

#include <string>
#include <string_view>

namespace mail::mime {

/// How octets become characters.
enum class charset_method {
    unsaid, ///< no label, US-ASCII, or a label that nobody knows
    utf_8,
    single_octets, ///< each octet is a character
    multi_octets,  ///< ASCII, and characters of several octets of which the first is above 0x7F
    big5,
    iso_2022_jp,
    euc_jp,
    hz,
    utf_16,
    stateful, ///< whatever else iconv reads
};

struct charset {
    charset_method method = charset_method::unsaid;
    std::string converter{}; ///< iconv's name, where one converter is enough
};

/// What `label` stands for (Encoding Standard, section 4.2; docs/decisions/0140): quotes, blanks, a doubled
/// "charset=" and the signs between letters and digits do not count, nor does what stands behind a known label.
charset charset_of(std::string_view label);

} // namespace mail::mime
