// A line for each content, in the order of the hashes.
#include "ledger/tags_file.hpp"

#include "base/encoding.hpp"
#include "ledger/tags.hpp"

#include <algorithm>

namespace ledger {

namespace {

constexpr std::string_view tags_file_head = "restante-tags 1\n";
constexpr std::size_t tagged_hash_digits = 64;
constexpr std::uint64_t tags_file_octets_max =
    256u << 20; // a million messages with all the tags that one may have

std::string joined_tags(std::string_view text)
{
    return changed_tags("", {.added = tags_in(text)});
}

std::string text_of_tags(const content_tags& all)
{
    std::string out(tags_file_head);
    for (const auto& [hash, tags] : all) out += hash.text() + " " + tags + "\n";
    return out;
}

/// Nothing where there is none.
base::result<std::string> tags_text_in(disk::directory& in)
{
    auto text = disk::read_whole(in, tags_file_name, tags_file_octets_max);
    if (!text && text.error().kind == base::failure::vanished) return std::string();
    return text;
}

} // namespace

base::result<content_tags> read_tags_file(disk::directory& in)
{
    const auto text = tags_text_in(in);
    if (!text) return base::fail(text.error());
    content_tags out;
    if (text->empty()) return out;
    if (!text->starts_with(tags_file_head))
        return base::fail(base::permanent_error(
            base::failure::malformed, std::string(tags_file_name) + " is no list of tags: move it away"));
    for (std::string_view rest = std::string_view(*text).substr(tags_file_head.size()); !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const auto hash =
            content_hash::from_octets(base::from_hex(line.substr(0, tagged_hash_digits)).value_or(""));
        if (!hash || line.size() <= tagged_hash_digits || line[tagged_hash_digits] != ' ') continue;
        if (auto tags = joined_tags(line.substr(tagged_hash_digits + 1)); !tags.empty())
            out.insert_or_assign(*hash, std::move(tags));
    }
    return out;
}

base::result<> write_tags_file(disk::directory& in, const content_tags& all)
{
    const auto before = tags_text_in(in);
    if (!before) return base::fail(before.error());
    const std::string now = text_of_tags(all);
    if (*before == now || (before->empty() && all.empty())) return {};
    return disk::replace_whole(in, tags_file_name, now);
}

} // namespace ledger
