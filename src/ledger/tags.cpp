// Lists of words.
#include "ledger/tags.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace ledger {
namespace {

constexpr std::size_t tag_octets_max = 64;

bool lists_tag(const std::vector<std::string>& tags, std::string_view tag)
{
    return std::ranges::any_of(tags,
                               [&](const std::string& each) { return base::equal_ignoring_case(each, tag); });
}

} // namespace

bool is_tag(std::string_view text)
{
    if (text.empty() || text.size() > tag_octets_max || text.front() == '-' || text.front() == '+')
        return false;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t octets = base::utf8_sequence_octets(rest);
        const std::string_view one = rest.substr(0, octets);
        constexpr std::string_view not_in_tags = " ,\"()*\\";
        constexpr std::string_view ideographic_space = "\u3000"; // parts words of a search
        if (octets == 0 || base::is_control(one) || not_in_tags.contains(one) || one == ideographic_space)
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
        const std::string_view one = text.substr(0, text.find_first_of(" \t\r\n"));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        if (!is_tag(one) || lists_tag(out, one) || octets + one.size() + 1 > tag_list_octets_max) continue;
        octets += one.size() + 1;
        out.emplace_back(one);
    }
    std::ranges::sort(out, {}, base::lower_case);
    return out;
}

std::string changed_tags(std::string_view list, const tag_change& change)
{
    std::string wanted;
    for (const std::string& each : tags_in(list))
        if (!lists_tag(change.taken_off, each)) wanted += each + " ";
    for (const std::string& each : change.added) wanted += each + " ";
    std::string out;
    for (const std::string& each : tags_in(wanted)) out += (out.empty() ? "" : " ") + each;
    return out;
}

} // namespace ledger
