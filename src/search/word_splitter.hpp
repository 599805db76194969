// Text as the words that a search knows it by: the same for what is indexed and for what is asked.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace search {

/// Octets of a word that count; what is behind them is passed over. No language needs more, and what does is encoded
/// data.
constexpr std::size_t word_octets_max = 120;

struct split_word {
    std::string_view folded; ///< lives until the call returns
    std::size_t begin = 0;   ///< where it stands in the text, in octets
    std::size_t end = 0;
};

/// Tells each word of a text in UTF-8 (other octets part words), until `tell` returns false; false then.
///
/// A word is a run of letters and digits. Han, kana, bopomofo, Hangul, Thai, Lao, Khmer and Myanmar, which have no
/// blanks between words, and pictographs give a word for each character: a run of them is asked for as a phrase. All
/// is folded: compatibility forms are decomposed (NFKD), case is folded, and accents and vowel points are left out,
/// but for the vowels of the Indic scripts and the voiced sound marks of kana; Latin letters with a stroke are those
/// without it ("Łódź" is "lodz"), the Turkish letter without a dot is i, and decimal digits of all scripts are those
/// of ASCII. Soft hyphens and characters without width do not part a word. Throws where GLib is missing and a
/// character beyond ASCII is met.
bool each_word(std::string_view text, const std::function<bool(const split_word&)>& tell);

} // namespace search
