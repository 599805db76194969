// iconv's calls, and how to go on behind an octet that it refuses.
#include "mail/mime/octet_converter.hpp"

#include <algorithm>

namespace mail::mime {
namespace {

constexpr std::string_view not_of_charset = "\xEF\xBF\xBD"; // U+FFFD
constexpr std::size_t room_octets = 4u << 10;

bool is_high(char c)
{
    return static_cast<unsigned char>(c) >= 0x80;
}

/// It is the first of a character's octets, whether the character exists or not.
bool is_lead(const std::string& name, char c)
{
    const auto octet = static_cast<unsigned char>(c);
    if (name == "CP932" || name == "SHIFT_JISX0213")
        return (octet > 0x80 && octet < 0xA0) || (octet >= 0xE0 && octet < 0xFD);
    if (name == "EUC-JP-MS" || name == "EUC-JISX0213")
        return octet == 0x8E || octet == 0x8F || (octet > 0xA0 && octet < 0xFF);
    if (name == "GB18030" || name == "CP949" || name == "BIG5" || name == "BIG5-HKSCS")
        return octet > 0x80 && octet < 0xFF;
    return false;
}

} // namespace

octet_converter::octet_converter(const std::string& name)
    : handle_(iconv_open("UTF-8", name.c_str())), name_(name), room_(room_octets, '\0')
{
}

octet_converter::~octet_converter()
{
    if (works()) iconv_close(handle_);
}

bool octet_converter::works() const
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-cstyle-cast,performance-no-int-to-ptr)
    return handle_ != (iconv_t)-1; // as POSIX writes it
}

void octet_converter::convert(std::string_view octets, std::string& out)
{
    std::string text;
    while (!octets.empty()) {
        octets.remove_prefix(take(octets, text));
        if (!octets.empty()) put_not_of_charset(octets, text);
    }
    take({}, text); // what it held back, and its first state again
    add_known(text, out);
}

/// Some octets iconv lets through although they are none of the charset: as C1 controls, which nobody sends and
/// which would be left out where the text is shown, and in CP932 as private characters.
void octet_converter::add_known(std::string_view text, std::string& out) const
{
    const auto is_let_through = [&](std::string_view rest) {
        if (name_ == "CP932" && rest.starts_with("\xEF\xA3") && rest.size() > 2)
            return rest[2] >= '\xB0' && rest[2] <= '\xB3';
        return rest.starts_with('\xC2') && rest.size() > 1 && rest[1] < '\xA0';
    };
    while (!text.empty()) {
        const std::size_t end = std::min(text.size(), text.find_first_of("\xC2\xEF", 1));
        const bool known = !is_let_through(text);
        const std::size_t unknown = text[0] == '\xC2' ? 2 : 3;
        out += known ? text.substr(0, end) : not_of_charset;
        text.remove_prefix(known ? end : unknown);
    }
}

/// How many octets were converted, up to the first that cannot be. No octets: what iconv holds back.
std::size_t octet_converter::take(std::string_view octets, std::string& out)
{
    if (!works()) {
        const auto ascii = static_cast<std::size_t>(std::ranges::find_if(octets, is_high) - octets.begin());
        out += octets.substr(0, ascii);
        return ascii;
    }
    char* input =
        const_cast<char*>(octets.data()); // NOLINT(cppcoreguidelines-pro-type-const-cast): never written to
    std::size_t left = octets.size();
    for (;;) {
        char* output = room_.data();
        std::size_t free = room_.size();
        const std::size_t answer = iconv(handle_, octets.empty() ? nullptr : &input, &left, &output, &free);
        out.append(room_.data(), room_.size() - free);
        const bool stuck = answer == static_cast<std::size_t>(-1);
        if (!stuck || room_.size() == free)
            return octets.size() - left; // done, or met what cannot be converted
    }
}

/// The Encoding Standard's rule: what follows an octet is taken with it only where it is no ASCII.
void octet_converter::put_not_of_charset(std::string_view& octets, std::string& out) const
{
    const bool euro = name_ == "GB18030" && octets[0] == '\x80'; // as Windows writes it
    out += euro ? "\xE2\x82\xAC" : not_of_charset;
    const bool two = octets.size() > 1 && is_lead(name_, octets[0]) && is_high(octets[1]);
    octets.remove_prefix(two ? 2 : 1);
}

} // namespace mail::mime
