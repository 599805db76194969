// Lists of words.
#include "ledger/tags.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace ledger {

namespace {

constexpr std::size_t tag_octets_max = 64;

bool lists_tag(const std::vector<std::string>& tags, std::string_view tag)
{
    return std::ranges::any_of(
        tags, [&](const std::string& entry) { return base::equal_ignoring_case(entry, tag); });
}

} // namespace

bool is_tag(std::string_view text)
{
    if (text.empty() || text.size() > tag_octets_max || text.front() == '-' || text.front() == '+')
        return false;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t octets = base::utf8_sequence_octets(rest);
        const std::string_view character = rest.substr(0, octets);
        constexpr std::string_view not_in_tags = " ,\"()*\\";
        constexpr std::string_view ideographic_space = "\u3000"; // parts words of a search
        if (octets == 0 || base::is_control(character) || not_in_tags.contains(character) ||
            character == ideographic_space)
            return false;
        rest.remove_prefix(octets);
    }
    return true;
}

std::vector<std::string> tags_in(std::string_view text)
{
    std::vector<std::string> out;
    std::size_t octets = 0;
    while (!text.empty()) {
        const std::string_view tag = text.substr(0, text.find_first_of(" \t\r\n"));
        text.remove_prefix(std::min(tag.size() + 1, text.size()));
        if (!is_tag(tag) || lists_tag(out, tag) || octets + tag.size() + 1 > tag_list_octets_max) continue;
        octets += tag.size() + 1;
        out.emplace_back(tag);
    }
    std::ranges::sort(out, {}, base::lower_case);
    return out;
}

std::string changed_tags(std::string_view list, const tag_change& change)
{
    std::string wanted;
    for (const std::string& tag : tags_in(list))
        if (!lists_tag(change.taken_off, tag)) wanted += tag + " ";
    for (const std::string& tag : change.added) wanted += tag + " ";
    std::string out;
    for (const std::string& tag : tags_in(wanted)) out += (out.empty() ? "" : " ") + tag;
    return out;
}

namespace {

constexpr std::string_view tags_file_head = "restante-tags 1\n";
constexpr std::size_t tagged_hash_digits = 64;
constexpr std::uint64_t tags_file_octets_max =
    256u << 20; // a million messages with all the tags that one may have

std::string joined_tags(std::string_view text)
{
    return changed_tags("", {.added = tags_in(text)});
}

std::string text_of_tags(const content_tags& tags_by_hash)
{
    std::string out(tags_file_head);
    for (const auto& [hash, tags] : tags_by_hash) out += hash.text() + " " + tags + "\n";
    return out;
}

/// Nothing where there is none.
base::result<std::string> tags_text_in(disk::directory& directory)
{
    auto text = disk::read_whole(directory, tags_file_name, tags_file_octets_max);
    if (!text && text.error().kind == base::failure::vanished) return std::string();
    return text;
}

} // namespace

base::result<content_tags> read_tags_file(disk::directory& directory)
{
    const auto text = tags_text_in(directory);
    if (!text) return base::fail(text.error());
    content_tags out;
    if (text->empty()) return out;
    if (!text->starts_with(tags_file_head))
        return base::fail(base::permanent_error(
            base::failure::malformed, std::string(tags_file_name) + " is not a list of tags: move it away"));
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

base::result<> write_tags_file(disk::directory& directory, const content_tags& tags_by_hash)
{
    const auto before = tags_text_in(directory);
    if (!before) return base::fail(before.error());
    const std::string now = text_of_tags(tags_by_hash);
    if (*before == now || (before->empty() && tags_by_hash.empty())) return {};
    return disk::replace_whole(directory, tags_file_name, now);
}

} // namespace ledger
