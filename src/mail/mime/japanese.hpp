// Japanese mail: two writings of the same tables.
#pragma once

#include <string>
#include <string_view>

namespace mail::mime {

/// UTF-8 of ISO-2022-JP (RFC 1468) and all that is sent under its name: JIS X 0201 katakana, NEC's and IBM's rows,
/// JIS X 0212 and 0213, the Chinese and Korean sets of RFC 1554, Shift_JIS between them. A line begins in ASCII.
std::string from_iso_2022_jp(std::string_view octets);

/// UTF-8 of EUC-JP, with the same rows.
std::string from_euc_jp(std::string_view octets);

} // namespace mail::mime
