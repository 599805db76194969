// From a folder's name to that of its directory, and back: Maildir++, with the modified UTF-7 of RFC 3501, section
// 5.1.3, as IMAP servers and mail programs write it.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace store::maildir {

/// "Lists/C++" → ".Lists.C++", "Größe" → ".Gr&APYA3w-e", "" → "". `malformed` where the name is no UTF-8, holds a
/// control octet, a part is empty or holds a '.' (which separates on disk, and has no other writing), or the
/// directory's name would be longer than 255 octets.
base::result<std::string> directory_name_of(std::string_view folder);

/// Nothing where that is no name of a folder's directory. What no program should have written (raw UTF-8, say) is
/// told as it is.
std::optional<std::string> folder_name_of(std::string_view directory);

} // namespace store::maildir
