// Tags beside mail that cannot carry them: a file "restante-tags" in a folder of .eml files, a Maildir, a second copy.
//
//   restante-tags 1
//   SHA-256 TAG TAG…         of a message's canonical octets, so that its file may have any name
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "ledger/content_hash.hpp"

#include <map>
#include <string>
#include <string_view>

namespace ledger {

inline constexpr std::string_view tags_file_name = "restante-tags";

/// Lists of tags (tags.hpp), by content.
using content_tags = std::map<content_hash, std::string>;

/// Nothing where there is no such file; what is no line of it is passed over. `malformed` where it is another file of
/// that name, or a sealed one that our key does not open.
base::result<content_tags> read_tags_file(disk::directory& in);

/// Durable. Where the file says the same already, or there is neither a file nor a tag, nothing is written.
base::result<> write_tags_file(disk::directory& in, const content_tags& all);

} // namespace ledger
