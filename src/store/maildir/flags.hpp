// Marks as the letters behind ":2," in a file's name.
#pragma once

#include "store/collection.hpp"

#include <string>
#include <string_view>

namespace store::maildir {

/// Of the info part of a name, ":2,FS"; none of other or no info.
message_marks marks_of(std::string_view info);

/// `info` with these marks: letters that are none of ours (other programs' keywords) stay. In ASCII order, as mail
/// programs want them.
std::string info_with(std::string_view info, const message_marks& marks);

} // namespace store::maildir
