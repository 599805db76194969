// The table of labels.
#include "mail/mime/charset_labels.hpp"

#include "base/ascii.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace mail::mime {
namespace {

constexpr std::size_t label_octets_max = 60; // the longest that the standard has is 22

struct known_label {
    std::string_view compact; // letters and digits, lower case
    charset_method method;
    std::string_view converter{};
};

constexpr auto single = charset_method::single_octets;
constexpr auto multi = charset_method::multi_octets;

// Where the standard reads "replacement", old mail has text: ISO-2022-KR, ISO-2022-CN and HZ are read as what they are,
// and UTF-7, which the standard does not have. "x-user-defined" and "replacement" are nobody's writing.
constexpr std::array known_labels = std::to_array<known_label>({
    {"utf8", charset_method::utf_8},
    {"unicode11utf8", charset_method::utf_8},
    {"unicode20utf8", charset_method::utf_8},
    {"xunicode20utf8", charset_method::utf_8},
    {"csutf8", charset_method::utf_8},
    {"usascii", charset_method::unsaid},
    {"ascii", charset_method::unsaid},
    {"ansix341968", charset_method::unsaid},
    {"iso646us", charset_method::unsaid},
    {"unknown8bit", charset_method::unsaid},
    {"ibm866", single, "CP866"},
    {"csibm866", single, "CP866"},
    {"866", single, "CP866"},
    {"iso88591", single, "CP1252"},
    {"iso885911987", single, "CP1252"},
    {"isoir100", single, "CP1252"},
    {"csisolatin1", single, "CP1252"},
    {"latin1", single, "CP1252"},
    {"l1", single, "CP1252"},
    {"ansi", single, "CP1252"},
    {"iso88592", single, "ISO-8859-2"},
    {"iso885921987", single, "ISO-8859-2"},
    {"isoir101", single, "ISO-8859-2"},
    {"csisolatin2", single, "ISO-8859-2"},
    {"latin2", single, "ISO-8859-2"},
    {"l2", single, "ISO-8859-2"},
    {"iso88593", single, "ISO-8859-3"},
    {"iso885931988", single, "ISO-8859-3"},
    {"isoir109", single, "ISO-8859-3"},
    {"csisolatin3", single, "ISO-8859-3"},
    {"latin3", single, "ISO-8859-3"},
    {"l3", single, "ISO-8859-3"},
    {"iso88594", single, "ISO-8859-4"},
    {"iso885941988", single, "ISO-8859-4"},
    {"isoir110", single, "ISO-8859-4"},
    {"csisolatin4", single, "ISO-8859-4"},
    {"latin4", single, "ISO-8859-4"},
    {"l4", single, "ISO-8859-4"},
    {"iso88595", single, "ISO-8859-5"},
    {"iso885951988", single, "ISO-8859-5"},
    {"isoir144", single, "ISO-8859-5"},
    {"csisolatincyrillic", single, "ISO-8859-5"},
    {"cyrillic", single, "ISO-8859-5"},
    {"iso88596", single, "ISO-8859-6"},
    {"iso885961987", single, "ISO-8859-6"},
    {"iso88596e", single, "ISO-8859-6"},
    {"iso88596i", single, "ISO-8859-6"},
    {"csiso88596e", single, "ISO-8859-6"},
    {"csiso88596i", single, "ISO-8859-6"},
    {"isoir127", single, "ISO-8859-6"},
    {"csisolatinarabic", single, "ISO-8859-6"},
    {"arabic", single, "ISO-8859-6"},
    {"asmo708", single, "ISO-8859-6"},
    {"ecma114", single, "ISO-8859-6"},
    {"iso88597", single, "ISO-8859-7"},
    {"iso885971987", single, "ISO-8859-7"},
    {"isoir126", single, "ISO-8859-7"},
    {"csisolatingreek", single, "ISO-8859-7"},
    {"greek", single, "ISO-8859-7"},
    {"greek8", single, "ISO-8859-7"},
    {"suneugreek", single, "ISO-8859-7"},
    {"ecma118", single, "ISO-8859-7"},
    {"elot928", single, "ISO-8859-7"},
    {"iso88598", single, "ISO-8859-8"},
    {"iso885981988", single, "ISO-8859-8"},
    {"iso88598e", single, "ISO-8859-8"},
    {"iso88598i", single, "ISO-8859-8"},
    {"csiso88598e", single, "ISO-8859-8"},
    {"csiso88598i", single, "ISO-8859-8"},
    {"isoir138", single, "ISO-8859-8"},
    {"csisolatinhebrew", single, "ISO-8859-8"},
    {"hebrew", single, "ISO-8859-8"},
    {"visual", single, "ISO-8859-8"},
    {"logical", single, "ISO-8859-8"},
    {"iso88599", single, "CP1254"},
    {"iso885991989", single, "CP1254"},
    {"isoir148", single, "CP1254"},
    {"csisolatin5", single, "CP1254"},
    {"latin5", single, "CP1254"},
    {"l5", single, "CP1254"},
    {"iso885910", single, "ISO-8859-10"},
    {"iso8859101992", single, "ISO-8859-10"},
    {"isoir157", single, "ISO-8859-10"},
    {"csisolatin6", single, "ISO-8859-10"},
    {"latin6", single, "ISO-8859-10"},
    {"l6", single, "ISO-8859-10"},
    {"iso885911", single, "CP874"},
    {"tis620", single, "CP874"},
    {"iso885913", single, "ISO-8859-13"},
    {"latin7", single, "ISO-8859-13"},
    {"iso885914", single, "ISO-8859-14"},
    {"latin8", single, "ISO-8859-14"},
    {"iso885915", single, "ISO-8859-15"},
    {"csisolatin9", single, "ISO-8859-15"},
    {"latin9", single, "ISO-8859-15"},
    {"latin0", single, "ISO-8859-15"},
    {"l9", single, "ISO-8859-15"},
    {"iso885916", single, "ISO-8859-16"},
    {"latin10", single, "ISO-8859-16"},
    {"koi8r", single, "KOI8-R"},
    {"cskoi8r", single, "KOI8-R"},
    {"koi8", single, "KOI8-R"},
    {"koi", single, "KOI8-R"},
    {"koi8u", single, "KOI8-U"},
    {"koi8ru", single, "KOI8-U"},
    {"macintosh", single, "MACINTOSH"},
    {"csmacintosh", single, "MACINTOSH"},
    {"mac", single, "MACINTOSH"},
    {"macroman", single, "MACINTOSH"},
    {"xmacroman", single, "MACINTOSH"},
    {"xmaccyrillic", single, "MAC-UK"},
    {"maccyrillic", single, "MAC-UK"},
    {"xmacukrainian", single, "MAC-UK"},
    {"xmacce", single, "MAC-CENTRALEUROPE"},
    {"gbk", multi, "GB18030"},
    {"xgbk", multi, "GB18030"},
    {"gb2312", multi, "GB18030"},
    {"gb231280", multi, "GB18030"},
    {"csgb2312", multi, "GB18030"},
    {"csiso58gb231280", multi, "GB18030"},
    {"isoir58", multi, "GB18030"},
    {"chinese", multi, "GB18030"},
    {"euccn", multi, "GB18030"},
    {"cngb", multi, "GB18030"},
    {"gb18030", multi, "GB18030"},
    {"hzgb2312", charset_method::hz},
    {"hz", charset_method::hz},
    {"big5", charset_method::big5},
    {"big5hkscs", charset_method::big5},
    {"cnbig5", charset_method::big5},
    {"csbig5", charset_method::big5},
    {"xxbig5", charset_method::big5},
    {"eucjp", charset_method::euc_jp},
    {"xeucjp", charset_method::euc_jp},
    {"xeuc", charset_method::euc_jp},
    {"ujis", charset_method::euc_jp},
    {"cseucpkdfmtjapanese", charset_method::euc_jp},
    {"shiftjis", multi, "CP932"},
    {"shiftjisms", multi, "CP932"},
    {"csshiftjis", multi, "CP932"},
    {"mskanji", multi, "CP932"},
    {"sjis", multi, "CP932"},
    {"xsjis", multi, "CP932"},
    {"windows31j", multi, "CP932"},
    {"cswindows31j", multi, "CP932"},
    {"shiftjisx0213", multi, "SHIFT_JISX0213"},
    {"shiftjis2004", multi, "SHIFT_JISX0213"},
    {"iso2022jp", charset_method::iso_2022_jp},
    {"csiso2022jp", charset_method::iso_2022_jp},
    {"jis", charset_method::iso_2022_jp},
    {"jis7", charset_method::iso_2022_jp},
    {"euckr", multi, "CP949"},
    {"cseuckr", multi, "CP949"},
    {"johab", multi, "JOHAB"},
    {"ksc5601", multi, "CP949"},
    {"ksc56011987", multi, "CP949"},
    {"ksc56011989", multi, "CP949"},
    {"ksc56011992", multi, "CP949"},
    {"csksc56011987", multi, "CP949"},
    {"isoir149", multi, "CP949"},
    {"korean", multi, "CP949"},
    {"uhc", multi, "CP949"},
    {"iso2022kr", charset_method::stateful, "ISO-2022-KR"},
    {"csiso2022kr", charset_method::stateful, "ISO-2022-KR"},
    {"iso2022cn", charset_method::stateful, "ISO-2022-CN"},
    {"iso2022cnext", charset_method::stateful, "ISO-2022-CN-EXT"},
    {"utf7", charset_method::stateful, "UTF-7"},
    {"unicode11utf7", charset_method::stateful, "UTF-7"},
    {"unicode20utf7", charset_method::stateful, "UTF-7"},
    {"xunicode20utf7", charset_method::stateful, "UTF-7"},
    {"utf16", charset_method::utf_16},
    {"utf16le", charset_method::utf_16, "little"},
    {"utf16be", charset_method::utf_16, "big"},
    {"unicode", charset_method::utf_16},
    {"csunicode", charset_method::utf_16},
    {"ucs2", charset_method::utf_16},
    {"iso10646ucs2", charset_method::utf_16},
    {"unicodefeff", charset_method::utf_16, "little"},
    {"unicodefffe", charset_method::utf_16, "big"},
});

/// Microsoft's and IBM's numbers, by whatever word stands before them.
constexpr std::array number_words = {
    std::string_view("windows"), std::string_view("win"),       std::string_view("cp"),
    std::string_view("xcp"),     std::string_view("mswin"),     std::string_view("ms"),
    std::string_view("ibm"),     std::string_view("xwindows"),  std::string_view("codepage"),
    std::string_view("dos"),     std::string_view("cswindows"), std::string_view("xwin"),
    std::string_view("mscp"),    std::string_view("xmscp")};

struct numbered {
    unsigned number;
    std::string_view compact; // the label that means the same
};

constexpr std::array numbers = std::to_array<numbered>({
    {819, "latin1"},          {932, "sjis"},        {936, "gbk"},         {943, "sjis"},
    {949, "euckr"},           {950, "big5"},        {951, "big5"},        {1361, "johab"},
    {1200, "utf16le"},        {1201, "utf16be"},    {10000, "macintosh"}, {10007, "xmaccyrillic"},
    {10017, "xmacukrainian"}, {10029, "xmacce"},    {20127, "ascii"},     {20866, "koi8r"},
    {20932, "eucjp"},         {20936, "gb2312"},    {21866, "koi8u"},     {28591, "iso88591"},
    {28592, "iso88592"},      {28593, "iso88593"},  {28594, "iso88594"},  {28595, "iso88595"},
    {28596, "iso88596"},      {28597, "iso88597"},  {28598, "iso88598"},  {28599, "iso88599"},
    {28603, "iso885913"},     {28605, "iso885915"}, {38598, "iso88598"},  {50220, "iso2022jp"},
    {50221, "iso2022jp"},     {50222, "iso2022jp"}, {50225, "iso2022kr"}, {51932, "eucjp"},
    {51936, "gb2312"},        {51949, "euckr"},     {52936, "hz"},        {54936, "gb18030"},
    {65000, "utf7"},          {65001, "utf8"},
});

bool converts(const std::string& name)
{
    // iconv takes more than names: "//TRANSLIT", paths
    if (name.empty() || !std::ranges::all_of(name, [](char c) {
            return base::is_letter_or_digit(c) || c == '-' || c == '_' || c == '.' || c == ':';
        }))
        return false;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-cstyle-cast,performance-no-int-to-ptr)
    iconv_t none = (iconv_t)-1; // as POSIX writes it
    iconv_t opened = iconv_open("UTF-8", name.c_str());
    if (opened == none) return false;
    iconv_close(opened);
    return true;
}

std::string compact_of(std::string_view label)
{
    std::string out;
    for (const char c : label)
        if (base::is_letter_or_digit(c)) out += base::lower(c);
    while (out.starts_with("charset")) out.erase(0, std::string_view("charset").size());
    if (out.starts_with("8859")) out.insert(0, "iso");
    if (out.starts_with("isolatin")) out.erase(0, std::string_view("iso").size());
    return out;
}

std::optional<charset> exactly(std::string_view compact)
{
    const auto found = std::ranges::find(known_labels, compact, &known_label::compact);
    if (found == known_labels.end()) return std::nullopt;
    return charset{found->method, std::string(found->converter)};
}

std::optional<charset> by_number(std::string_view compact)
{
    const std::size_t letters = std::min(compact.size(), compact.find_first_of("0123456789"));
    if (std::ranges::find(number_words, compact.substr(0, letters)) == number_words.end())
        return std::nullopt;
    compact.remove_prefix(letters);
    unsigned number = 0;
    if (std::from_chars(compact.data(), compact.data() + compact.size(), number).ec != std::errc())
        return std::nullopt;
    if (const auto found = std::ranges::find(numbers, number, &numbered::number); found != numbers.end())
        return exactly(found->compact);
    const std::string name = "CP" + std::to_string(number);
    if (!converts(name)) return std::nullopt;
    return charset{charset_method::single_octets, name};
}

/// The longest known label that `compact` begins with: "utf8mb4", "windows1252httpequiv", "iso2022jpms".
std::optional<charset> by_beginning(std::string_view compact)
{
    constexpr std::size_t octets_min = 4; // shorter ones are the beginning of any word
    std::string_view longest;
    for (const auto& known : known_labels) {
        const std::string_view label = known.compact;
        if (label.size() < octets_min || label.size() <= longest.size() || !compact.starts_with(label))
            continue;
        const char behind = compact.size() > label.size() ? compact[label.size()] : ' ';
        if (!base::is_digit(label.back()) || !base::is_digit(behind)) longest = label;
    }
    return longest.empty() ? std::nullopt : exactly(longest);
}

std::optional<charset> known(std::string_view compact)
{
    if (auto found = exactly(compact)) return found;
    if (auto found = by_number(compact)) return found;
    return by_beginning(compact);
}

} // namespace

charset charset_of(std::string_view label)
{
    const std::string compact = compact_of(label.substr(0, label_octets_max));
    if (compact.empty()) return {};
    if (auto found = known(compact)) return *std::move(found);
    if (compact.starts_with('x'))
        if (auto found = known(std::string_view(compact).substr(1))) return *std::move(found);
    if (std::string name(label.substr(0, label_octets_max)); converts(name))
        return {charset_method::stateful, std::move(name)};
    return {};
}

} // namespace mail::mime
