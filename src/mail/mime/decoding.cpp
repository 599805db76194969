// GMime behind plain values, and what goes around it (docs/decisions/0141).
#include "mail/mime/decoding.hpp"

#include "mail/mime/base64_reader.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/gmime_calls.hpp"
#include "mail/mime/plain_text.hpp"
#include "mail/mime/uuencoded.hpp"

#include <memory>

namespace mail::mime {
namespace {

constexpr std::size_t piece_octets = 64u << 10;
constexpr std::size_t address_octets_max = 32u << 10; // GMime's time grows faster than these

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

void decode_quoted_printable(std::string_view octets, const std::function<bool(std::string_view)>& take)
{
    const object<GMimeFilter> filter(gmime().filter_basic_new(GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, FALSE));
    char* out = nullptr;
    std::size_t out_octets = 0;
    std::size_t out_before = 0;
    std::string piece; // GMime wants octets that it could write to
    for (; !octets.empty(); octets.remove_prefix(piece.size())) {
        piece = octets.substr(0, piece_octets);
        gmime().filter_filter(filter.get(), piece.data(), piece.size(), 0, &out, &out_octets, &out_before);
        if (!take({out, out_octets})) return;
    }
    piece.clear();
    gmime().filter_complete(filter.get(), piece.data(), 0, 0, &out, &out_octets, &out_before);
    take({out, out_octets});
}

void decode_base64(std::string_view octets, const std::function<bool(std::string_view)>& take)
{
    base64_reader reader;
    std::string out;
    for (; !octets.empty(); octets.remove_prefix(std::min(octets.size(), piece_octets))) {
        reader.add(octets.substr(0, piece_octets), out);
        if (!take(out)) return;
        out.clear();
    }
    reader.finish(out);
    take(out);
}

void decode_uuencode(std::string_view octets, const std::function<bool(std::string_view)>& take)
{
    const auto file = find_uuencoded(octets, 0);
    if (file && file->base64) return decode_base64(file->lines, take);
    take(uudecoded(file ? file->lines : octets));
}

} // namespace

void decode(std::string_view octets, transfer_encoding encoding,
            const std::function<bool(std::string_view)>& take)
{
    switch (encoding) {
    case transfer_encoding::identity: take(octets); return;
    case transfer_encoding::base64: return decode_base64(octets, take);
    case transfer_encoding::quoted_printable: return decode_quoted_printable(octets, take);
    case transfer_encoding::uuencode: return decode_uuencode(octets, take);
    }
}

std::string decoded_addresses(std::string value, const std::vector<std::string>& labels)
{
    if (value.empty()) return {};
    const std::string words = with_whole_words(value, labels);
    InternetAddressList* const parsed = gmime().internet_address_list_parse(
        nullptr, std::string(cut_text(words, address_octets_max)).c_str());
    if (parsed == nullptr) return decoded_text(std::move(value), labels);
    const object<InternetAddressList> list(parsed);
    return taken(gmime().internet_address_list_to_string(list.get(), nullptr, FALSE));
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
