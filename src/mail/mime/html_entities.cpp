// Names of characters, from libxml2 and for those that it has not.
#include "mail/mime/html_entities.hpp"

#include "base/ascii.hpp"
#include "base/library.hpp"
#include "mail/mime/plain_text.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace mail::mime {
namespace {

constexpr std::size_t entity_octets_max = 16; // the longest name here

/// What the C1 controls mean in practice: Windows-1252.
constexpr std::array<char32_t, 32> windows = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                              0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                              0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                              0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

struct named_point {
    std::string_view name;
    char32_t point;
};
// What is met in mail of the names that came with HTML 5.
constexpr std::array young_names = std::to_array<named_point>({{"AMP", '&'},
                                                               {"LT", '<'},
                                                               {"GT", '>'},
                                                               {"QUOT", '"'},
                                                               {"COPY", 0xA9},
                                                               {"REG", 0xAE},
                                                               {"TRADE", 0x2122},
                                                               {"Tab", '\t'},
                                                               {"NewLine", '\n'},
                                                               {"excl", '!'},
                                                               {"num", '#'},
                                                               {"dollar", '$'},
                                                               {"percnt", '%'},
                                                               {"lpar", '('},
                                                               {"rpar", ')'},
                                                               {"ast", '*'},
                                                               {"plus", '+'},
                                                               {"comma", ','},
                                                               {"period", '.'},
                                                               {"sol", '/'},
                                                               {"colon", ':'},
                                                               {"semi", ';'},
                                                               {"equals", '='},
                                                               {"quest", '?'},
                                                               {"commat", '@'},
                                                               {"lsqb", '['},
                                                               {"lbrack", '['},
                                                               {"bsol", '\\'},
                                                               {"rsqb", ']'},
                                                               {"rbrack", ']'},
                                                               {"Hat", '^'},
                                                               {"lowbar", '_'},
                                                               {"grave", '`'},
                                                               {"lcub", '{'},
                                                               {"lbrace", '{'},
                                                               {"verbar", '|'},
                                                               {"vert", '|'},
                                                               {"rcub", '}'},
                                                               {"rbrace", '}'},
                                                               {"NonBreakingSpace", 0xA0},
                                                               {"half", 0xBD},
                                                               {"inodot", 0x131},
                                                               {"hyphen", 0x2010},
                                                               {"dash", 0x2010},
                                                               {"horbar", 0x2015},
                                                               {"NoBreak", 0x2060},
                                                               {"ZeroWidthSpace", 0x200B},
                                                               {"numsp", 0x2007},
                                                               {"puncsp", 0x2008},
                                                               {"hairsp", 0x200A},
                                                               {"MediumSpace", 0x205F},
                                                               {"star", 0x2606},
                                                               {"starf", 0x2605},
                                                               {"bigstar", 0x2605},
                                                               {"phone", 0x260E},
                                                               {"check", 0x2713},
                                                               {"checkmark", 0x2713},
                                                               {"cross", 0x2717},
                                                               {"rarr", 0x2192},
                                                               {"male", 0x2642},
                                                               {"female", 0x2640},
                                                               {"numero", 0x2116},
                                                               {"fflig", 0xFB00},
                                                               {"filig", 0xFB01},
                                                               {"fllig", 0xFB02},
                                                               {"Ccaron", 0x10C},
                                                               {"ccaron", 0x10D},
                                                               {"Dcaron", 0x10E},
                                                               {"dcaron", 0x10F},
                                                               {"Ecaron", 0x11A},
                                                               {"ecaron", 0x11B},
                                                               {"Ncaron", 0x147},
                                                               {"ncaron", 0x148},
                                                               {"Rcaron", 0x158},
                                                               {"rcaron", 0x159},
                                                               {"Tcaron", 0x164},
                                                               {"tcaron", 0x165},
                                                               {"Zcaron", 0x17D},
                                                               {"zcaron", 0x17E},
                                                               {"Uring", 0x16E},
                                                               {"uring", 0x16F},
                                                               {"Aogon", 0x104},
                                                               {"aogon", 0x105},
                                                               {"Eogon", 0x118},
                                                               {"eogon", 0x119},
                                                               {"Cacute", 0x106},
                                                               {"cacute", 0x107},
                                                               {"Nacute", 0x143},
                                                               {"nacute", 0x144},
                                                               {"Sacute", 0x15A},
                                                               {"sacute", 0x15B},
                                                               {"Zacute", 0x179},
                                                               {"zacute", 0x17A},
                                                               {"Zdot", 0x17B},
                                                               {"zdot", 0x17C},
                                                               {"Lstrok", 0x141},
                                                               {"lstrok", 0x142},
                                                               {"Dstrok", 0x110},
                                                               {"dstrok", 0x111},
                                                               {"Gbreve", 0x11E},
                                                               {"gbreve", 0x11F},
                                                               {"Scedil", 0x15E},
                                                               {"scedil", 0x15F},
                                                               {"Tcedil", 0x162},
                                                               {"tcedil", 0x163},
                                                               {"Abreve", 0x102},
                                                               {"abreve", 0x103},
                                                               {"Idot", 0x130},
                                                               {"Odblac", 0x150},
                                                               {"odblac", 0x151},
                                                               {"Udblac", 0x170},
                                                               {"udblac", 0x171},
                                                               {"Amacr", 0x100},
                                                               {"amacr", 0x101},
                                                               {"Emacr", 0x112},
                                                               {"emacr", 0x113}});

// Those that are written without a semicolon before a letter.
constexpr std::array<std::string_view, 18> run_on_names = {
    "nbsp", "amp",  "lt",   "gt",   "quot",  "copy",   "reg",    "auml",   "ouml",
    "uuml", "Auml", "Ouml", "Uuml", "szlig", "eacute", "egrave", "agrave", "ccedil"};

void add_character(char32_t point, std::string& out)
{
    if (point >= 0x80 && point < 0xA0) point = windows[point - 0x80];
    if (point == 0) point = 0xFFFD;
    add_utf8(point, out);
}

/// libxml2's, of which nothing else is used; loaded at the first entity that has a name.
const htmlEntityDesc* entity_named(const std::string& name)
{
    static const auto look_up = [] {
        base::library library("libxml2.so.2");
        decltype(&::htmlEntityLookup) found = nullptr;
        library.find("htmlEntityLookup", found);
        if (found == nullptr) throw std::runtime_error("libxml2 cannot be used: " + library.trouble());
        return found;
    }();
    return look_up(reinterpret_cast<const xmlChar*>(name.c_str()));
}

/// The character that `name` (between '&' and ';') stands for.
std::optional<char32_t> character_of(std::string_view name)
{
    if (!name.starts_with('#')) {
        const auto* const young = std::ranges::find(young_names, name, &named_point::name);
        if (young != young_names.end()) return young->point;
        const htmlEntityDesc* const known = entity_named(std::string(name));
        return known == nullptr ? std::nullopt : std::optional<char32_t>(known->value);
    }
    name.remove_prefix(1);
    const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
    if (hexadecimal) name.remove_prefix(1);
    unsigned value = 0;
    const auto [end, trouble] =
        std::from_chars(name.data(), name.data() + name.size(), value, hexadecimal ? 16 : 10);
    if (name.empty() || end != name.data() + name.size()) return std::nullopt;
    return trouble == std::errc() ? value : 0xFFFD;
}

/// Without a semicolon the names count that browsers have always taken so.
bool may_lack_semicolon(std::string_view name, char32_t point)
{
    constexpr char32_t latin_1_end = 0x100;
    if (name.starts_with('#')) return true;
    return (point < latin_1_end &&
            std::ranges::find(young_names, name, &named_point::name) == young_names.end()) ||
           name == "AMP" || name == "LT" || name == "GT" || name == "QUOT" || name == "COPY" || name == "REG";
}

struct reference {
    char32_t point = 0;
    std::size_t octets = 0; ///< with '&' and ';'; 0: none
};

/// The one at the beginning of `text`, whose letters and digits end at `end`.
reference reference_at(std::string_view text, std::size_t end, bool attribute)
{
    const std::string_view name = text.substr(1, end - 1);
    if (name.empty()) return {};
    const bool closed = end < text.size() && text[end] == ';';
    const bool goes_on = end < text.size() && text[end] == '=';
    if (const auto point = character_of(name);
        point && (closed || (may_lack_semicolon(name, *point) && !(attribute && goes_on))))
        return {.point = *point, .octets = closed ? end + 1 : end};
    if (attribute) return {};
    const auto* const known = std::ranges::find_if(run_on_names, [&](std::string_view candidate) {
        return name.starts_with(candidate) && name.size() > candidate.size();
    });
    if (known == run_on_names.end()) return {};
    return {.point = character_of(*known).value_or(0), .octets = known->size() + 1};
}

std::string decoded_references(std::string_view text, bool attribute)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t index = std::min(text.size(), text.find('&'));
        out += text.substr(0, index);
        text.remove_prefix(index);
        if (text.empty()) break;
        std::size_t end = 1;
        while (end < text.size() && end <= entity_octets_max &&
               (base::is_letter_or_digit(text[end]) || (end == 1 && text[end] == '#')))
            ++end;
        const reference found = reference_at(text, end, attribute);
        if (found.octets > 0)
            add_character(found.point, out);
        else
            out += text.substr(0, end);
        text.remove_prefix(found.octets > 0 ? found.octets : end);
    }
    return out;
}

} // namespace

std::string with_entities_decoded(std::string_view text)
{
    return decoded_references(text, false);
}

std::string attribute_decoded(std::string_view value)
{
    return decoded_references(value, true);
}

} // namespace mail::mime
