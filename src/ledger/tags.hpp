// Tags: words that a person gives to a message.
#pragma once

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

} // namespace ledger
