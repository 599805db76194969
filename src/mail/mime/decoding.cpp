// GMime behind plain values.
#include "mail/mime/decoding.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/gmime_calls.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace mail::mime {
namespace {

constexpr std::size_t piece_octets = 64u << 10;
constexpr std::size_t parameters_octets_max =
    8u << 10; // GMime looks for parts of a parameter by each other's names
constexpr std::size_t address_octets_max = 32u << 10;
constexpr std::size_t date_octets_max = 200;
constexpr std::size_t charset_octets_max = 40; // the longest that IANA lists

struct object_release {
    void operator()(void* object) const { gmime().object_unref(object); }
};
template <typename T>
using object = std::unique_ptr<T, object_release>;

/// Takes what GLib allocated.
std::string taken(char* text)
{
    const std::unique_ptr<char, decltype(gmime().free)> owner(text, gmime().free);
    return text == nullptr ? std::string() : std::string(text);
}

std::string copy_of(const char* text)
{
    return text == nullptr ? std::string() : std::string(text);
}

GMimeContentEncoding gmime_name_of(transfer_encoding encoding)
{
    switch (encoding) {
    case transfer_encoding::base64: return GMIME_CONTENT_ENCODING_BASE64;
    case transfer_encoding::quoted_printable: return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
    case transfer_encoding::uuencode: return GMIME_CONTENT_ENCODING_UUENCODE;
    case transfer_encoding::identity: break;
    }
    return GMIME_CONTENT_ENCODING_DEFAULT;
}

/// Runs `filter` over `octets` and then `last`, until `take` answers false.
void run(GMimeFilter* filter, std::string_view octets, std::string_view last,
         const std::function<bool(std::string_view)>& take)
{
    char* out = nullptr;
    std::size_t out_octets = 0;
    std::size_t out_before = 0;
    std::string piece; // GMime wants octets that it could write to
    for (; !octets.empty(); octets.remove_prefix(piece.size())) {
        piece = octets.substr(0, piece_octets);
        gmime().filter_filter(filter, piece.data(), piece.size(), 0, &out, &out_octets, &out_before);
        if (!take({out, out_octets})) return;
    }
    piece = last;
    gmime().filter_complete(filter, piece.data(), piece.size(), 0, &out, &out_octets, &out_before);
    take({out, out_octets});
}

/// A charset's name may come from a stranger: iconv takes more than names ("//TRANSLIT", paths).
bool is_charset_name(std::string_view text)
{
    return !text.empty() && text.size() <= charset_octets_max && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
               c == ':';
    });
}

std::optional<std::string> converted(std::string_view octets, const std::string& charset)
{
    const object<GMimeFilter> filter(gmime().filter_charset_new(charset.c_str(), "utf-8"));
    if (!filter) return std::nullopt;
    std::string out;
    run(filter.get(), octets, "", [&](std::string_view piece) {
        out += piece;
        return true;
    });
    return out;
}

} // namespace

content_facts facts_of(const std::string& content_type, const std::string& disposition)
{
    content_facts facts;
    if (content_type.find('/') != std::string::npos) {
        const object<GMimeContentType> type(
            gmime().content_type_parse(nullptr, content_type.substr(0, parameters_octets_max).c_str()));
        facts.type = base::lower_case(taken(gmime().content_type_get_mime_type(type.get())));
        facts.charset = base::lower_case(copy_of(gmime().content_type_get_parameter(type.get(), "charset")));
        facts.boundary = copy_of(gmime().content_type_get_parameter(type.get(), "boundary"));
        facts.name = copy_of(gmime().content_type_get_parameter(type.get(), "name"));
    }
    if (disposition.empty()) return facts;
    const object<GMimeContentDisposition> how(
        gmime().content_disposition_parse(nullptr, disposition.substr(0, parameters_octets_max).c_str()));
    facts.attachment =
        base::lower_case(copy_of(gmime().content_disposition_get_disposition(how.get()))) == "attachment";
    if (const char* name = gmime().content_disposition_get_parameter(how.get(), "filename"))
        facts.name = name;
    return facts;
}

void decode(std::string_view octets, transfer_encoding encoding,
            const std::function<bool(std::string_view)>& take)
{
    if (encoding == transfer_encoding::identity) {
        take(octets);
        return;
    }
    const object<GMimeFilter> filter(gmime().filter_basic_new(gmime_name_of(encoding), FALSE));
    // Base64 that was cut, or has no padding, would lose its last octets. More padding than is due says nothing.
    run(filter.get(), octets, encoding == transfer_encoding::base64 ? "==" : "", take);
}

std::string to_utf8(std::string octets, std::string_view charset)
{
    const bool said_unicode = charset.empty() || charset == "us-ascii" || charset == "utf-8" ||
                              charset == "utf8" || !is_charset_name(charset);
    if (said_unicode && base::is_utf8(octets)) return octets;
    // What is sent as Latin-1 or as nothing is Windows-1252 in fact, which differs in C1 controls only.
    const bool latin = said_unicode || charset == "iso-8859-1" || charset == "latin1";
    if (charset == "utf-8" || charset == "utf8") return octets; // broken here and there: cleaned where shown
    if (auto out = converted(octets, latin ? "windows-1252" : std::string(charset))) return *std::move(out);
    if (base::is_utf8(octets)) return octets;
    return converted(octets, "windows-1252").value_or(std::move(octets));
}

std::string decoded_text(const std::string& value)
{
    if (value.empty()) return {};
    return taken(gmime().utils_header_decode_text(nullptr, value.c_str()));
}

std::string decoded_addresses(const std::string& value)
{
    if (value.empty()) return {};
    InternetAddressList* const parsed =
        gmime().internet_address_list_parse(nullptr, value.substr(0, address_octets_max).c_str());
    if (parsed == nullptr) return decoded_text(value);
    const object<InternetAddressList> list(parsed);
    return taken(gmime().internet_address_list_to_string(list.get(), nullptr, FALSE));
}

std::optional<base::wall_time> date_of(const std::string& value)
{
    if (value.empty()) return std::nullopt;
    GDateTime* const parsed = gmime().utils_header_decode_date(value.substr(0, date_octets_max).c_str());
    if (parsed == nullptr) return std::nullopt;
    const gint64 seconds = gmime().date_time_to_unix(parsed);
    gmime().date_time_unref(parsed);
    constexpr gint64 year_2200 = 7258118400; // within what nanoseconds since 1970 can count, in 64 bits
    if (seconds < 0 || seconds > year_2200) return std::nullopt;
    return base::wall_time(std::chrono::seconds(seconds));
}

std::vector<std::string> message_ids(const std::string& value, std::size_t most)
{
    std::vector<std::string> ids;
    for (std::size_t at = value.find('<'); at != std::string::npos && ids.size() < most;
         at = value.find('<', at)) {
        const std::size_t end = value.find_first_of("> \t<", at + 1);
        if (end == std::string::npos) break;
        if (value[end] == '>' && end > at + 1) ids.push_back(value.substr(at + 1, end - at - 1));
        at = end;
    }
    return ids;
}

} // namespace mail::mime
