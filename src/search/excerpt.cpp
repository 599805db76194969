// Looking for phrases in a text, word by word.
#include "search/excerpt.hpp"

#include "mail/mime/plain_text.hpp"
#include "search/word_splitter.hpp"

#include <algorithm>
#include <deque>
#include <optional>

namespace search {
namespace {

constexpr std::size_t octets_before = 80;
constexpr std::size_t excerpt_octets_max = 300;

struct placed_word {
    std::string folded;
    std::size_t begin = 0;
};

bool ends_with_phrase(const std::deque<placed_word>& seen, const searched_phrase& phrase)
{
    const auto& words = phrase.words;
    if (words.empty() || seen.size() < words.size()) return false;
    const auto first = seen.end() - static_cast<std::ptrdiff_t>(words.size());
    const auto last = std::prev(words.end());
    if (!std::equal(words.begin(), last, first,
                    [](const auto& word, const auto& place) { return word == place.folded; }))
        return false;
    return phrase.prefix ? seen.back().folded.starts_with(*last) : seen.back().folded == *last;
}

/// Where the first phrase that is there begins.
std::optional<std::size_t> first_hit(std::string_view text, std::span<const searched_phrase> phrases)
{
    if (phrases.empty()) return std::nullopt;
    std::size_t longest = 0;
    for (const auto& each : phrases) longest = std::max(longest, each.words.size());
    std::optional<std::size_t> hit;
    std::deque<placed_word> seen;
    each_word(text, [&](const split_word& word) {
        seen.push_back({std::string(word.folded), word.begin});
        if (seen.size() > longest) seen.pop_front();
        for (const auto& each : phrases)
            if (ends_with_phrase(seen, each)) {
                hit = seen[seen.size() - each.words.size()].begin;
                return false;
            }
        return true;
    });
    return hit;
}

/// Not later than `offset`: where a character begins, behind a blank where one is near.
std::size_t begin_before(std::string_view text, std::size_t offset)
{
    constexpr std::size_t octets_back = 20;
    const auto blank = text.find_last_of(" \n\t", offset);
    if (blank != text.npos && blank + octets_back > offset) return blank + 1;
    while (offset > 0 && (static_cast<unsigned char>(text[offset]) & 0xC0U) == 0x80U) --offset;
    return offset;
}

} // namespace

std::string excerpt_of(std::string_view text, std::span<const searched_phrase> phrases)
{
    const std::size_t hit = first_hit(text, phrases).value_or(0);
    const std::size_t begin = hit <= octets_before ? 0 : begin_before(text, hit - octets_before);
    const std::string line =
        mail::mime::clean_line(mail::mime::cut_text(text.substr(begin), 2 * excerpt_octets_max));
    const std::string_view cut = mail::mime::cut_text(line, excerpt_octets_max);
    const bool goes_on = cut.size() < line.size() || begin + 2 * excerpt_octets_max < text.size();
    return (begin > 0 ? "…" : "") + std::string(cut) + (goes_on ? "…" : "");
}

} // namespace search
