// Numbers, ranges, and bits.
#include "store/maildir/mh_marks.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>

namespace store::maildir {

namespace {

constexpr std::string_view sequences_file = ".mh_sequences";
constexpr std::array<std::string_view, 2> record_files = {".claws_mark", ".sylpheed_mark"};
constexpr std::uint64_t octets_max = 64u << 20; // eight million records

// procmsg.h of Claws Mail and of Sylpheed.
enum record_bit : std::uint32_t {
    record_unread = 1U << 1U,
    record_marked = 1U << 2U,
    record_deleted = 1U << 3U,
    record_replied = 1U << 4U,
    record_forwarded = 1U << 5U,
};

std::optional<std::uint64_t> whole_number(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || trouble != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

constexpr std::array<std::string_view, 5> files_of_mh = {".mh_sequences", ".mh_profile", ".xmhcache",
                                                         ".claws_mark", ".sylpheed_mark"};

/// In the order of the machine that wrote it: so that the first number, the version, comes out as a small one.
std::uint32_t number_at(std::string_view octets, std::size_t offset, bool big_endian)
{
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < sizeof out; ++i) {
        const auto octet = static_cast<unsigned char>(octets[offset + i]);
        out |= static_cast<std::uint32_t>(octet) << 8 * (big_endian ? sizeof out - 1 - i : i);
    }
    return out;
}

using number_ranges = std::map<std::uint64_t, std::uint64_t>;

void add_range(number_ranges& into, std::uint64_t first, std::uint64_t last)
{
    auto& end = into.try_emplace(first, last).first->second;
    end = std::max(end, last);
}

/// The ranges of a sequence do not overlap, as everybody writes them.
bool is_in(const number_ranges& all, std::uint64_t number)
{
    const auto behind = all.upper_bound(number);
    return behind != all.begin() && number <= std::prev(behind)->second;
}

bool is_among(const std::vector<std::string>& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

} // namespace

base::result<mh_folder> mh_folder::read(disk::directory& directory, const std::vector<std::string>& names)
{
    mh_folder out;
    for (const auto name : record_files) {
        if (out.has_flags_ || !is_among(names, name)) continue;
        const auto octets = disk::read_whole(directory, name, octets_max);
        if (!octets) return base::fail(octets.error());
        out.read_records(*octets);
    }
    if (is_among(names, sequences_file)) {
        const auto text = disk::read_whole(directory, sequences_file, octets_max);
        if (!text) return base::fail(text.error());
        out.read_sequences(*text);
    }
    return out;
}

mh_marks mh_folder::of(std::string_view name) const
{
    const auto number = whole_number(name);
    if (!number) return {};
    if (has_flags_) {
        const auto found = flags_.find(*number);
        if (found == flags_.end()) return {};
        const auto has = [&](std::uint32_t bit) { return (found->second & bit) != 0; };
        return {.marks = {.seen = !has(record_unread),
                          .answered = has(record_replied),
                          .flagged = has(record_marked),
                          .forwarded = has(record_forwarded)},
                .deleted = has(record_deleted)};
    }
    if (!has_sequences_) return {};
    return {.marks = {.seen = !is_in(sequences_.unseen, *number),
                      .answered = is_in(sequences_.replied, *number),
                      .flagged = is_in(sequences_.flagged, *number)}};
}

bool mh_folder::is_number(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, base::is_digit);
}

bool mh_folder::is_one(const std::vector<std::string>& file_names)
{
    std::size_t numbers = 0;
    std::size_t others = 0;
    for (const auto& name : file_names) {
        if (std::ranges::find(files_of_mh, name) != files_of_mh.end()) return true;
        if (name.starts_with('.') || is_deleted_name(name)) continue;
        (is_number(name) ? numbers : others) += 1;
    }
    return numbers > 1 && others == 0;
}

bool mh_folder::is_deleted_name(std::string_view name)
{
    return (name.starts_with(',') || name.starts_with('#')) && whole_number(name.substr(1)).has_value();
}

/// A version, then two numbers for each message: its own, and its bits. The last record of a message counts: a program
/// that runs adds records at the end.
void mh_folder::read_records(std::string_view octets)
{
    constexpr std::size_t record_octets = 2 * sizeof(std::uint32_t);
    constexpr std::uint32_t version_max = 0xFFFF;
    if (octets.size() < sizeof(std::uint32_t)) return;
    const bool big_endian = number_at(octets, 0, false) > version_max;
    if (number_at(octets, 0, big_endian) > version_max) return;
    has_flags_ = true;
    for (octets.remove_prefix(sizeof(std::uint32_t)); octets.size() >= record_octets;
         octets.remove_prefix(record_octets))
        flags_[number_at(octets, 0, big_endian)] = number_at(octets, sizeof(std::uint32_t), big_endian);
}

/// "unseen: 3-7 9", a sequence a line (nmh's mh-sequence(5)); `replied` and `flagged` are those of mutt and Python.
void mh_folder::read_sequences(std::string_view text)
{
    has_sequences_ = true;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::string_view name = line.substr(0, line.find(':'));
        line.remove_prefix(std::min(name.size() + 1, line.size()));
        number_ranges* const into = name == "unseen"    ? &sequences_.unseen
                                    : name == "replied" ? &sequences_.replied
                                    : name == "flagged" ? &sequences_.flagged
                                                        : nullptr;
        while (into != nullptr && !line.empty()) {
            const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
            line.remove_prefix(std::min(word.size() + 1, line.size()));
            const std::size_t dash = word.find('-');
            const auto first = whole_number(word.substr(0, dash));
            const auto last = dash == std::string_view::npos ? first : whole_number(word.substr(dash + 1));
            if (first && last) add_range(*into, *first, *last);
        }
    }
}

} // namespace store::maildir
