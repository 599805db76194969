// "Did you mean": the known word that is nearest to a mistyped one.
#include "config/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace config {

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
