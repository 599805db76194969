// Tags: words that a person gives to a message.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "ledger/content_hash.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ledger {

/// At most 64 octets of UTF-8 without blanks, controls, or what the language of a search and
/// the fields of mail programs use themselves: , " ( ) * \ and a + or - in front.
bool is_tag(std::string_view text);

/// The tags in a text, parted by blanks, each once (whether a letter of ASCII is a capital does not count), sorted.
/// What is no tag is left out, and so is what would make the list longer than `tag_list_octets_max`.
std::vector<std::string> tags_in(std::string_view text);
constexpr std::size_t tag_list_octets_max = 1024;

/// What a person wants changed.
struct tag_change {
    std::vector<std::string> added{}, taken_off{};
};

/// A list of tags after a change, each parted from the next by one blank; empty: none.
std::string changed_tags(std::string_view list, const tag_change& change);

// Tags beside mail that cannot carry them: a file "restante-tags" in a folder of .eml files, a Maildir, a second copy.
//
//   restante-tags 1
//   SHA-256 TAG TAG…         of a message's canonical octets, so that its file may have any name

inline constexpr std::string_view tags_file_name = "restante-tags";

/// Lists of tags (tags.hpp), by content.
using content_tags = std::map<content_hash, std::string>;

/// Nothing where there is no such file; what is no line of it is passed over. `malformed` where it is another file of
/// that name, or a sealed one that our key does not open.
base::result<content_tags> read_tags_file(disk::directory& directory);

/// Durable. Where the file says the same already, or there is neither a file nor a tag, nothing is written.
base::result<> write_tags_file(disk::directory& directory, const content_tags& tags_by_hash);

} // namespace ledger
