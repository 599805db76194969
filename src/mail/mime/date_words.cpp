// Names of months, and what stands for the signs of other scripts.
#include "mail/mime/date_words.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/plain_text.hpp"

#include <algorithm>
#include <array>

namespace mail::mime {
namespace {

constexpr std::size_t abbreviation_min = 3;

struct named_month {
    std::string_view stem; // in lower case and without accents
    int month;
};
// A word that begins so is that month. The first that fits counts: Finnish November begins like March. German, French,
// Spanish, Italian, Portuguese, Catalan, Romanian, Dutch, Scandinavian; Polish, Czech, Slovak, Slovene; Finnish,
// Estonian, Latvian, Lithuanian, Hungarian, Turkish; Greek; Russian, Bulgarian, Serbian, Ukrainian; Hebrew; Arabic.
constexpr std::array month_stems = std::to_array<named_month>({
    {"marras", 11}, {"jan", 1},     {"feb", 2},     {"mar", 3},      {"apr", 4},     {"may", 5},
    {"jun", 6},     {"jul", 7},     {"aug", 8},     {"sep", 9},      {"oct", 10},    {"nov", 11},
    {"dec", 12},    {"genn", 1},    {"gener", 1},   {"ene", 1},      {"ian", 1},     {"jaan", 1},
    {"fev", 2},     {"veebr", 2},   {"maar", 3},    {"maer", 3},     {"mae", 3},     {"mrz", 3},
    {"mrt", 3},     {"avr", 4},     {"abr", 4},     {"mai", 5},      {"mag", 5},     {"mei", 5},
    {"maj", 5},     {"juin", 6},    {"giu", 6},     {"iun", 6},      {"juil", 7},    {"lug", 7},
    {"iul", 7},     {"aout", 8},    {"aou", 8},     {"ago", 8},      {"avg", 8},     {"sett", 9},
    {"set", 9},     {"okt", 10},    {"ott", 10},    {"out", 10},     {"noi", 11},    {"dez", 12},
    {"dic", 12},    {"des", 12},    {"dets", 12},   {"sty", 1},      {"lut", 2},     {"kwi", 4},
    {"cze", 6},     {"lip", 7},     {"sie", 8},     {"wrz", 9},      {"paz", 10},    {"lis", 11},
    {"gru", 12},    {"led", 1},     {"unor", 2},    {"uno", 2},      {"brez", 3},    {"bre", 3},
    {"dub", 4},     {"kve", 5},     {"cervenc", 7}, {"cervenec", 7}, {"cvc", 7},     {"cer", 6},
    {"cvn", 6},     {"srp", 8},     {"zar", 9},     {"rij", 10},     {"pros", 12},   {"pro", 12},
    {"tammi", 1},   {"helmi", 2},   {"maalis", 3},  {"huhti", 4},    {"touko", 5},   {"kesa", 6},
    {"heina", 7},   {"elo", 8},     {"syys", 9},    {"loka", 10},    {"joulu", 12},  {"saus", 1},
    {"vasari", 2},  {"kov", 3},     {"bala", 4},    {"geg", 5},      {"birz", 6},    {"liep", 7},
    {"rugp", 8},    {"rugs", 9},    {"spal", 10},   {"lapk", 11},    {"oca", 1},     {"sub", 2},
    {"nis", 4},     {"haz", 6},     {"tem", 7},     {"agu", 8},      {"eyl", 9},     {"eki", 10},
    {"kas", 11},    {"ara", 12},    {"ιαν", 1},     {"φεβ", 2},      {"μαρ", 3},     {"απρ", 4},
    {"μαι", 5},     {"ιουν", 6},    {"ιουλ", 7},    {"αυγ", 8},      {"σεπ", 9},     {"οκτ", 10},
    {"νοε", 11},    {"δεκ", 12},    {"янв", 1},     {"яну", 1},      {"јан", 1},     {"фев", 2},
    {"мар", 3},     {"апр", 4},     {"май", 5},     {"мая", 5},      {"мај", 5},     {"июн", 6},
    {"юни", 6},     {"јун", 6},     {"июл", 7},     {"юли", 7},      {"јул", 7},     {"авг", 8},
    {"сеп", 9},     {"сен", 9},     {"окт", 10},    {"ное", 11},     {"ноя", 11},    {"нов", 11},
    {"дек", 12},    {"дец", 12},    {"січ", 1},     {"лют", 2},      {"бер", 3},     {"кві", 4},
    {"тра", 5},     {"чер", 6},     {"лип", 7},     {"серп", 8},     {"вер", 9},     {"жов", 10},
    {"лис", 11},    {"гру", 12},    {"ינו", 1},     {"פבר", 2},      {"מרץ", 3},     {"אפר", 4},
    {"מאי", 5},     {"יוני", 6},    {"יולי", 7},    {"אוג", 8},      {"ספט", 9},     {"אוק", 10},
    {"נוב", 11},    {"דצמ", 12},    {"يناير", 1},   {"فبراير", 2},   {"مارس", 3},    {"ابريل", 4},
    {"أبريل", 4},   {"مايو", 5},    {"يونيو", 6},   {"يوليو", 7},    {"اغسطس", 8},   {"أغسطس", 8},
    {"سبتمبر", 9},  {"اكتوبر", 10}, {"أكتوبر", 10}, {"نوفمبر", 11},  {"ديسمبر", 12},
});
// Tuesdays that begin like March, and what is two months.
constexpr std::array<std::string_view, 5> no_months = {"mardi", "martes", "martedi", "marti", "jui"};
constexpr std::string_view hebrew_in = "ב"; // written together with the month

struct point_span {
    char32_t first, last;
};
constexpr std::array unseen_spans = std::to_array<point_span>(
    {{0x200B, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}, {0x300, 0x36F}, {0x61C, 0x61C}});
constexpr std::array blank_spans = std::to_array<point_span>(
    {{0x85, 0x85}, {0xA0, 0xA0}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x3000, 0x3000}});
constexpr std::array dash_spans = std::to_array<point_span>({{0x2010, 0x2015}, {0x2212, 0x2212}});
constexpr std::array<char32_t, 5> script_zeros = {0x660, 0x6F0, 0x966, 0x9E6, 0xE50}; // of other scripts

template <typename Ranges>
bool is_in(char32_t point, const Ranges& ranges)
{
    return std::ranges::any_of(
        ranges, [&](const point_span& range) { return point >= range.first && point <= range.last; });
}

struct date_sign {
    std::string_view written, meant;
};
constexpr std::array date_signs = std::to_array<date_sign>(
    {{"年", "Y"},      {"년", "Y"},      {"月", "M"},      {"월", "M"},      {"日", "D"},
     {"號", "D"},      {"号", "D"},      {"일", "D"},      {"時", "H"},      {"时", "H"},
     {"點", "H"},      {"点", "H"},      {"시", "H"},      {"分", "I"},      {"분", "I"},
     {"秒", "S"},      {"초", "S"},      {"上午", " am "}, {"午前", " am "}, {"오전", " am "},
     {"下午", " pm "}, {"午後", " pm "}, {"午后", " pm "}, {"오후", " pm "}, {"πμ", "am"},
     {"π.μ.", "am"},   {"μμ", "pm"},     {"μ.μ.", "pm"},   {"a.m.", "am"},   {"p.m.", "pm"},
     {"a. m.", "am"},  {"p. m.", "pm"},  {"vorm.", "am"},  {"nachm.", "pm"}, {"dop.", "am"},
     {"odp.", "pm"}});

/// Letters without their accents: of U+00E0 to U+00FF, and of U+0100 to U+017F.
constexpr std::string_view latin_1 = "aaaaaaaceeeeiiiidnooooo ouuuuyts";
constexpr std::string_view latin_a = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllllln"
                                     "nnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(latin_1.size() == 0x20 && latin_a.size() == 0x80);

struct accented {
    char32_t letter, plain;
};
constexpr std::array greek =
    std::to_array<accented>({{0x386, 0x3B1}, {0x388, 0x3B5}, {0x389, 0x3B7}, {0x38A, 0x3B9}, {0x38C, 0x3BF},
                             {0x38E, 0x3C5}, {0x38F, 0x3C9}, {0x390, 0x3B9}, {0x3AA, 0x3B9}, {0x3AB, 0x3C5},
                             {0x3AC, 0x3B1}, {0x3AD, 0x3B5}, {0x3AE, 0x3B7}, {0x3AF, 0x3B9}, {0x3B0, 0x3C5},
                             {0x3CA, 0x3B9}, {0x3CB, 0x3C5}, {0x3CC, 0x3BF}, {0x3CD, 0x3C5}, {0x3CE, 0x3C9}});

char32_t plain_greek(char32_t c)
{
    const auto* const found = std::ranges::find(greek, c, &accented::letter);
    if (found != greek.end()) return found->plain;
    return c >= 0x391 && c <= 0x3A9 ? c + 0x20 : c;
}

/// The same letter in lower case and without an accent, a digit or a sign of ASCII; 0 for what is not seen.
char32_t plain_point(char32_t c)
{
    if (c < 0x80) return static_cast<unsigned char>(base::lower(static_cast<char>(c)));
    if (is_in(c, unseen_spans)) return 0;
    if (is_in(c, blank_spans)) return ' ';
    if (is_in(c, dash_spans)) return '-';
    if (c >= 0xC0 && c <= 0xFF) return static_cast<unsigned char>(latin_1[c & 0x1FU]);
    if (c >= 0x100 && c < 0x180) return static_cast<unsigned char>(latin_a[c - 0x100]);
    if (c >= 0x218 && c <= 0x21B) return c < 0x21A ? 's' : 't'; // Romanian, with a comma below
    if (c >= 0x386 && c < 0x3CF) return plain_greek(c);
    if (c >= 0x410 && c < 0x430) return c + 0x20; // Cyrillic
    if (c >= 0x400 && c < 0x410) return c + 0x50;
    if (c >= 0xFF01 && c <= 0xFF5E) // of full width
        return static_cast<unsigned char>(base::lower(static_cast<char>(c - 0xFF01 + '!')));
    for (const char32_t zero : script_zeros)
        if (c >= zero && c <= zero + 9) return U'0' + (c - zero);
    return c;
}

char32_t point_in(std::string_view sequence)
{
    const auto first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return first; // of ASCII, or an octet of Latin-1
    char32_t point = first & (0x7FU >> sequence.size());
    for (const char next : sequence.substr(1))
        point = (point << 6) | (static_cast<unsigned char>(next) & 0x3FU);
    return point;
}

std::string plain_letters(std::string_view value)
{
    std::string out;
    while (!value.empty()) {
        const std::size_t octets = std::max<std::size_t>(1, base::utf8_sequence_octets(value));
        if (const char32_t plain = plain_point(point_in(value.substr(0, octets))); plain != 0)
            add_utf8(plain, out);
        value.remove_prefix(octets);
    }
    return out;
}

} // namespace

std::string plain_date(std::string_view value)
{
    const std::string letters = plain_letters(value);
    std::string out;
    for (std::string_view rest = letters; !rest.empty();) {
        const bool in_word = !out.empty() && base::is_letter(out.back());
        const auto* const found = std::ranges::find_if(date_signs, [&](const date_sign& sign) {
            return rest.starts_with(sign.written) && !(in_word && base::is_letter(sign.written[0]));
        });
        out += found == date_signs.end() ? rest.substr(0, 1) : found->meant;
        rest.remove_prefix(found == date_signs.end() ? 1 : found->written.size());
    }
    return out;
}

int month_of(std::string_view word)
{
    if (word.size() < abbreviation_min || std::ranges::find(no_months, word) != no_months.end()) return 0;
    const auto find = [](std::string_view name) {
        const auto* const found = std::ranges::find_if(
            month_stems, [&](const named_month& candidate) { return name.starts_with(candidate.stem); });
        return found == month_stems.end() ? 0 : found->month;
    };
    if (const int month = find(word); month > 0 || !word.starts_with(hebrew_in)) return month;
    return find(word.substr(hebrew_in.size()));
}

} // namespace mail::mime
