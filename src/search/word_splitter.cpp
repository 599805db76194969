// Characters to words.
#include "search/word_splitter.hpp"

#include "base/ascii.hpp"
#include "base/library.hpp"
#include "base/utf8.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace search {

namespace {

// What GLib knows of characters, found when the first one beyond ASCII is met.

struct unicode_calls {
    decltype(&::g_unichar_type) type = nullptr;
    decltype(&::g_unichar_get_script) script = nullptr;
    decltype(&::g_unichar_fully_decompose) decompose = nullptr;
    decltype(&::g_unichar_tolower) lower = nullptr;
    decltype(&::g_unichar_digit_value) digit_value = nullptr;
};

unicode_calls found_unicode_calls()
{
    unicode_calls calls;
    base::library library("libglib-2.0.so.0");
    library.find("g_unichar_type", calls.type);
    library.find("g_unichar_get_script", calls.script);
    library.find("g_unichar_fully_decompose", calls.decompose);
    library.find("g_unichar_tolower", calls.lower);
    library.find("g_unichar_digit_value", calls.digit_value);
    if (!library.trouble().empty()) throw std::runtime_error("GLib cannot be used: " + library.trouble());
    return calls;
}

/// Throws where GLib is not installed.
const unicode_calls& unicode()
{
    // As in gmime_calls.cpp: not before main().
    static const unicode_calls calls = found_unicode_calls();
    return calls;
}

/// What a character is to a word.
enum class role {
    letter,
    single,  ///< a word by itself
    follows, ///< belongs to the character before
    nothing, ///< neither part of a word nor its end
    gap,     ///< the end of a word
};

constexpr char32_t first_pictograph = 0x1F000, end_of_pictographs = 0x1FB00;
constexpr char32_t first_old_pictograph = 0x2600, end_of_old_pictographs = 0x27C0;
constexpr char32_t sound_mark = 0x3099, half_sound_mark = 0x309A; // of kana
constexpr char32_t long_sound_mark = 0x30FC;                      // of kana, and of no script
constexpr char32_t tatweel = 0x0640;                              // stretches an Arabic word

// Unicode, section 3.12: how jamo make a syllable.
constexpr char32_t first_syllable = 0xAC00, end_of_syllables = 0xD7A4;
constexpr char32_t first_leading = 0x1100, first_vowel = 0x1161, first_trailing = 0x11A8;
constexpr char32_t leadings = 19, vowels = 21, trailings = 28; // the first of the trailings is none

bool is_pictograph(char32_t c)
{
    return (c >= first_pictograph && c < end_of_pictographs) ||
           (c >= first_old_pictograph && c < end_of_old_pictographs);
}

bool is_without_blanks(GUnicodeScript script)
{
    switch (script) {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_BOPOMOFO:
    case G_UNICODE_SCRIPT_HANGUL:
    case G_UNICODE_SCRIPT_THAI:
    case G_UNICODE_SCRIPT_LAO:
    case G_UNICODE_SCRIPT_KHMER:
    case G_UNICODE_SCRIPT_MYANMAR: return true;
    default: return false;
    }
}

/// Scripts whose marks are accents and points that people leave out.
bool has_dispensable_marks(GUnicodeScript script)
{
    switch (script) {
    case G_UNICODE_SCRIPT_COMMON:
    case G_UNICODE_SCRIPT_INHERITED:
    case G_UNICODE_SCRIPT_LATIN:
    case G_UNICODE_SCRIPT_GREEK:
    case G_UNICODE_SCRIPT_COPTIC:
    case G_UNICODE_SCRIPT_CYRILLIC:
    case G_UNICODE_SCRIPT_HEBREW:
    case G_UNICODE_SCRIPT_ARABIC:
    case G_UNICODE_SCRIPT_SYRIAC:
    case G_UNICODE_SCRIPT_SAMARITAN: return true;
    default: return false;
    }
}

role role_of_mark(char32_t c)
{
    if (c == sound_mark || c == half_sound_mark) return role::follows;
    const auto script = unicode().script(c);
    if (has_dispensable_marks(script)) return role::nothing;
    return is_without_blanks(script) ? role::single : role::letter;
}

role role_of_letter(char32_t c)
{
    if (c == tatweel) return role::nothing;
    if (c == long_sound_mark || is_without_blanks(unicode().script(c))) return role::single;
    return role::letter;
}

role role_of(char32_t c)
{
    if (c < 0x80) return base::is_letter_or_digit(static_cast<char>(c)) ? role::letter : role::gap;
    switch (unicode().type(c)) {
    case G_UNICODE_FORMAT: return role::nothing;
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_SPACING_MARK: return role_of_mark(c);
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER: return role_of_letter(c);
    case G_UNICODE_PRIVATE_USE: return role::letter;
    case G_UNICODE_MODIFIER_SYMBOL: // the colours of skins
        return is_pictograph(c) ? role::nothing : role::gap;
    case G_UNICODE_OTHER_SYMBOL:
    case G_UNICODE_UNASSIGNED: // younger than the tables
        return is_pictograph(c) ? role::single : role::gap;
    default: return role::gap;
    }
}

struct folded_letter {
    char32_t letter;
    char base;
};
// Latin letters with a stroke, without a dot or otherwise changed, which Unicode does not decompose: keyboards of other
// countries lack them, and Turkish has the capital I for two letters.
constexpr std::array folded_letters = std::to_array<folded_letter>(
    {{0xF0, 'd'},  {0xF8, 'o'},  {0x111, 'd'}, {0x127, 'h'},  {0x131, 'i'}, {0x138, 'k'}, {0x142, 'l'},
     {0x14B, 'n'}, {0x167, 't'}, {0x180, 'b'}, {0x19A, 'l'},  {0x1B6, 'z'}, {0x1E5, 'g'}, {0x237, 'j'},
     {0x23C, 'c'}, {0x247, 'e'}, {0x249, 'j'}, {0x24D, 'r'},  {0x24F, 'y'}, {0x253, 'b'}, {0x256, 'd'},
     {0x257, 'd'}, {0x268, 'i'}, {0x289, 'u'}, {0x2C65, 'a'}, {0x2C66, 't'}});

/// The base letter of a Latin one, and the digit of ASCII that one of any script means; all else as it is.
char32_t base_of(char32_t c)
{
    if (c < 0x80) return c;
    if (unicode().type(c) == G_UNICODE_DECIMAL_NUMBER)
        return U'0' + static_cast<char32_t>(unicode().digit_value(c));
    if (c > folded_letters.back().letter) return c;
    const auto* const found = std::ranges::find(folded_letters, c, &folded_letter::letter);
    return found == folded_letters.end() ? c : static_cast<unsigned char>(found->base);
}

char32_t lower_case_of(char32_t c)
{
    constexpr char32_t final_sigma = 0x3C2, sigma = 0x3C3;
    if (c < 0x80) return static_cast<unsigned char>(base::lower(static_cast<char>(c)));
    const char32_t lower = unicode().lower(c);
    return lower == final_sigma ? sigma : lower;
}

/// The character of one well-formed sequence.
char32_t character_of(std::string_view sequence)
{
    const auto first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return first;
    char32_t out = first & (0x7FU >> sequence.size());
    for (const char next : sequence.substr(1)) out = (out << 6) | (static_cast<unsigned char>(next) & 0x3FU);
    return out;
}

std::string utf8_of(char32_t c)
{
    const auto follow = [c](unsigned shift) { return static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
    if (c < 0x80) return {static_cast<char>(c)};
    if (c < 0x800) return {static_cast<char>(0xC0U | (c >> 6)), follow(0)};
    if (c < 0x10000) return {static_cast<char>(0xE0U | (c >> 12)), follow(6), follow(0)};
    return {static_cast<char>(0xF0U | (c >> 18)), follow(12), follow(6), follow(0)};
}

/// The syllable that two parts make, or 0.
char32_t syllable_of(char32_t one, char32_t next)
{
    if (one >= first_leading && one < first_leading + leadings && next >= first_vowel &&
        next < first_vowel + vowels)
        return first_syllable + (((one - first_leading) * vowels) + (next - first_vowel)) * trailings;
    const bool is_open =
        one >= first_syllable && one < end_of_syllables && (one - first_syllable) % trailings == 0;
    if (is_open && next >= first_trailing && next < first_trailing + trailings - 1)
        return one + 1 + (next - first_trailing);
    return 0;
}

class word_splitter {
public:
    explicit word_splitter(const std::function<bool(const split_word&)>& tell) : tell_(tell) {}

    bool run(std::string_view text)
    {
        for (std::size_t index = 0; index < text.size() && !over_;) {
            if (static_cast<unsigned char>(text[index]) < 0x80) {
                begin_ = index;
                end_ = ++index;
                take_ascii(text[begin_]);
                continue;
            }
            const auto octets = base::utf8_sequence_octets(text.substr(index));
            begin_ = index;
            index += octets == 0 ? 1 : octets;
            end_ = index;
            if (octets == 0)
                end_word();
            else
                take(character_of(text.substr(begin_, octets)));
        }
        end_word();
        return !over_;
    }

private:
    void take_ascii(char c)
    {
        if (!base::is_letter_or_digit(c)) return end_word();
        if (single_ != 0) end_word();
        const char folded = base::lower(c);
        append({&folded, 1});
    }

    void take(char32_t c)
    {
        if (c >= first_syllable && c < end_of_syllables) return take_single(c);
        std::array<gunichar, G_UNICHAR_MAX_DECOMPOSITION_LENGTH> parts{};
        const auto count = unicode().decompose(c, TRUE, parts.data(), parts.size());
        for (std::size_t i = 0; i < count && i < parts.size(); ++i)
            take_folded(base_of(lower_case_of(parts.at(i))));
    }

    void take_folded(char32_t c)
    {
        constexpr char32_t sharp_s = 0xDF;
        switch (role_of(c)) {
        case role::letter:
            if (single_ != 0) end_word();
            if (c == sharp_s)
                append("ss");
            else
                append(utf8_of(c));
            return;
        case role::single: return take_single(c);
        case role::follows:
            if (!word_.empty()) append(utf8_of(c));
            return;
        case role::nothing: return;
        case role::gap: return end_word();
        }
    }

    void take_single(char32_t c)
    {
        if (const char32_t whole = syllable_of(single_, c); whole != 0) {
            word_.clear();
            append(utf8_of(whole));
            single_ = whole;
            return;
        }
        end_word();
        append(utf8_of(c));
        single_ = c;
    }

    void append(std::string_view octets)
    {
        if (word_.empty()) word_begin_ = begin_;
        word_end_ = end_;
        if (word_.size() + octets.size() <= word_octets_max) word_ += octets;
    }

    void end_word()
    {
        if (!word_.empty() && !over_)
            over_ = !tell_({.folded = word_, .begin = word_begin_, .end = word_end_});
        word_.clear();
        single_ = 0;
    }

    const std::function<bool(const split_word&)>& tell_;
    bool over_ = false;
    std::size_t begin_ = 0, end_ = 0; // of the character
    std::string word_;
    std::size_t word_begin_ = 0, word_end_ = 0;
    char32_t single_ = 0; // what the word is, where it is one character
};

} // namespace

bool each_word(std::string_view text, const std::function<bool(const split_word&)>& tell)
{
    return word_splitter(tell).run(text);
}

} // namespace search
