// GMime behind plain values, and what goes around it (docs/decisions/0141).
#include "mail/mime/decoding.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/base64_reader.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/fields.hpp"
#include "mail/mime/gmime_calls.hpp"
#include "mail/mime/plain_text.hpp"
#include "mail/mime/uuencoded.hpp"

#include <algorithm>
#include <array>
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

/// Blanks at the ends of lines were added on the way (RFC 2045, section 6.7, rule 3).
class line_end_trimmer {
public:
    /// `octets` without such blanks; those at its end wait for what follows.
    std::string trimmed(std::string_view octets)
    {
        std::string out;
        for (const char c : octets) {
            if (c == ' ' || c == '\t') {
                blanks_ += c;
                continue;
            }
            if (c != '\r' && c != '\n') out += blanks_;
            blanks_.clear();
            out += c;
        }
        return out;
    }

private:
    std::string blanks_;
};

void decode_quoted_printable(std::string_view octets, const std::function<bool(std::string_view)>& take)
{
    const object<GMimeFilter> filter(gmime().filter_basic_new(GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, FALSE));
    char* out = nullptr;
    std::size_t out_octets = 0;
    std::size_t out_before = 0;
    line_end_trimmer trimmer;
    std::string piece; // GMime wants octets that it could write to
    for (; !octets.empty(); octets.remove_prefix(std::min(octets.size(), piece_octets))) {
        piece = trimmer.trimmed(octets.substr(0, piece_octets));
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

/// Semicolons between addresses as commas, as Outlook writes them; those that end a group (RFC 5322, section 3.4) stay.
std::string with_commas(std::string value)
{
    bool quoted = false;
    bool in_address = false;
    bool in_group = false;
    unsigned comments = 0;
    for (std::size_t at = 0; at < value.size(); ++at) {
        char& c = value[at];
        if (c == '\\') {
            ++at;
        } else if (quoted) {
            quoted = c != '"';
        } else if (c == '(') {
            ++comments;
        } else if (comments > 0) {
            if (c == ')') --comments;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '<' || c == '>') {
            in_address = c == '<';
        } else if (c == ':' && !in_address) {
            in_group = true;
        } else if (c == ';') {
            if (!in_group) c = ',';
            in_group = false;
        }
    }
    return value;
}

/// Where domains stand in a list of addresses, those of which `chosen` is true.
template <typename Chosen>
std::vector<std::string_view> domains_in(std::string_view list, const Chosen& chosen)
{
    std::vector<std::string_view> found;
    for (std::size_t at = list.find('@'); at != std::string_view::npos; at = list.find('@', at + 1)) {
        const std::size_t end = list.find_first_of("@,;:<>()\"\\ \t", at + 1);
        const std::string_view domain =
            list.substr(at + 1, (end == std::string_view::npos ? list.size() : end) - at - 1);
        if (chosen(domain)) found.push_back(domain);
    }
    return found;
}

/// GMime writes the domains of `sent` that are not ASCII as IDNA does: they are shown as they were sent.
std::string with_domains_as_sent(const std::string& shown, std::string_view sent)
{
    const auto raw = domains_in(sent, [](std::string_view domain) { return !base::is_ascii(domain); });
    if (raw.empty()) return shown;
    const auto made = domains_in(shown, [&](std::string_view domain) {
        return base::lower_case(domain).contains("xn--") && !sent.contains(domain);
    });
    if (raw.size() != made.size()) return shown;
    std::string out;
    const std::string_view all = shown;
    std::size_t from = 0;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto at = static_cast<std::size_t>(made[i].data() - all.data());
        out += all.substr(from, at - from);
        out += raw[i];
        from = at + made[i].size();
    }
    return out + std::string(all.substr(from));
}

/// In lower case and without comments, up to a parameter: the letters and digits alone.
std::string compact_word(std::string_view value)
{
    std::string out;
    unsigned comments = 0;
    for (const char c : value) {
        if (c == '(') ++comments;
        if (c == ')' && comments > 0) --comments;
        if (comments > 0) continue;
        if ((c == ';' || c == ',') && !out.empty()) break;
        if (base::is_letter_or_digit(c)) out += base::lower(c);
    }
    return out;
}

/// Of each octet, whether it is a digit of base64, with those of the web (RFC 4648, section 5), or its padding.
constexpr auto base64_digits = [] {
    std::array<bool, 256> digits{};
    for (std::size_t octet = 0; octet < digits.size(); ++octet) {
        const char c = static_cast<char>(static_cast<unsigned char>(octet));
        digits[octet] = base::is_letter_or_digit(c) || std::string_view("+/=-_").contains(c);
    }
    return digits;
}();

bool is_base64_digit(char c)
{
    return base64_digits[static_cast<unsigned char>(c)];
}

std::string_view without_blanks_around(std::string_view line)
{
    constexpr std::string_view blanks = " \t\r\n";
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(blanks)));
    return line.substr(0, line.find_last_not_of(blanks) + 1);
}

/// As lists and signatures have it, or a delimiter that is none of the message's.
bool is_line_drawn(std::string_view line)
{
    return line.starts_with("--") ||
           (line.size() > 1 && line.find_first_not_of('_') == std::string_view::npos);
}

/// Words, or more than a few signs that are no digits of base64.
bool looks_plain(std::string_view line)
{
    constexpr std::size_t digits_for_each_other = 4;
    if (line.find_first_of(" \t") != std::string_view::npos) return true;
    const auto digits = static_cast<std::size_t>(std::ranges::count_if(line, is_base64_digit));
    return digits < (line.size() - digits) * digits_for_each_other;
}

} // namespace

transfer_encoding encoding_meant(std::string_view value)
{
    const std::string word = compact_word(value);
    std::string_view rest = word;
    for (const std::string_view doubled : {"contenttransferencoding", "x"})
        if (rest.starts_with(doubled)) rest.remove_prefix(doubled.size());
    if (rest.starts_with("base64") || rest == "b64") return transfer_encoding::base64;
    if (rest.starts_with("quoted") || rest == "qp") return transfer_encoding::quoted_printable;
    return rest.starts_with("uu") ? transfer_encoding::uuencode : transfer_encoding::identity;
}

std::size_t plain_from(std::string_view octets)
{
    for (std::size_t at = 0; at < octets.size(); at = line_end(octets, at)) {
        const auto line = without_blanks_around(octets.substr(at, line_end(octets, at) - at));
        if (is_line_drawn(line)) return at;
        if (!looks_plain(line)) continue;
        // Base64 with blanks in it, as some gateways left it, has no other signs.
        const bool others = std::ranges::any_of(octets.substr(at), [](char c) {
            return !is_base64_digit(c) && !std::string_view(" \t\r\n").contains(c);
        });
        return others ? at : std::string_view::npos;
    }
    return std::string_view::npos;
}

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
    const std::string words =
        with_commas(std::string(cut_text(with_whole_words(value, labels), address_octets_max)));
    InternetAddressList* const parsed = gmime().internet_address_list_parse(nullptr, words.c_str());
    if (parsed == nullptr) return decoded_text(std::move(value), labels);
    const object<InternetAddressList> list(parsed);
    const std::string shown = taken(gmime().internet_address_list_to_string(list.get(), nullptr, FALSE));
    // Words are left where one holds an address as well, against RFC 2047, section 5.
    return decoded_text(with_domains_as_sent(shown, words), {});
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
