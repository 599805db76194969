// One thing to mend in a configuration, as text.
#include "config/fault.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>
#include <vector>

namespace config {

namespace {

constexpr std::size_t printed_octets_max = 500; // the longest reason of our own, a long path in it, and room

// A path or a name in a fault may hold anything that a quoted TOML key can, at any length.
std::string printable(std::string_view text)
{
    std::string out;
    for (const char c : text.substr(0, printed_octets_max))
        out += (c >= 0 && c < ' ') || c == '\x7f' ? '?' : c;
    if (text.size() > printed_octets_max) out += "... (" + std::to_string(text.size()) + " octets)";
    return out;
}

} // namespace

void put_in_order(std::vector<fault>& faults)
{
    std::ranges::sort(faults, {},
                      [](const fault& fault) { return std::tie(fault.line, fault.key, fault.reason); });
}

std::string format_fault(const fault& fault, std::string_view file_name)
{
    std::string out(file_name);
    if (fault.line > 0) out.append(":").append(std::to_string(fault.line));
    out += ": ";
    if (!fault.key.empty()) out.append(printable(fault.key)).append(": ");
    out += printable(fault.reason);
    if (!fault.remedy.empty()) out.append("\n    ").append(printable(fault.remedy));
    return out;
}

std::vector<std::string> format_faults(std::span<const fault> faults, std::string_view file_name)
{
    std::vector<std::string> out;
    for (const auto& fault : faults.first(std::min(faults.size(), faults_shown_max)))
        out.push_back(format_fault(fault, file_name));
    if (faults.size() > faults_shown_max)
        out.push_back(std::string(file_name) + ": and " + std::to_string(faults.size() - faults_shown_max) +
                      " more errors");
    return out;
}

namespace {

constexpr std::size_t word_octets_max = 100;

// Levenshtein's distance, row by row.
std::size_t edits(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[to.size()];
}

} // namespace

std::string_view nearest(std::string_view typed, std::span<const std::string_view> known)
{
    if (typed.size() > word_octets_max) return {};
    std::size_t fewest = std::min<std::size_t>(typed.size() / 3, 3) + 1;
    std::string_view best;
    for (const auto word : known) {
        const auto [shorter, longer] = std::minmax({typed.size(), word.size()});
        if (longer - shorter >= fewest) continue; // each octet more is an edit
        const std::size_t distance = edits(typed, word);
        if (distance >= fewest) continue;
        fewest = distance;
        best = word;
    }
    return best;
}

} // namespace config
