// GMime's address lists, and what goes around them (docs/decisions/0141).
#include "mail/mime/addresses.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/gmime_calls.hpp"
#include "mail/mime/plain_text.hpp"

#include <memory>
#include <string_view>

namespace mail::mime {
namespace {

constexpr std::size_t address_octets_max = 32u << 10; // GMime's time grows faster than these

/// Takes what GLib allocated.
std::string taken(char* text)
{
    const std::unique_ptr<char, decltype(gmime().free)> owner(text, gmime().free);
    return text == nullptr ? std::string() : std::string(text);
}

/// Semicolons between addresses as commas, as Outlook writes them; those that end a group (RFC 5322, section 3.4) stay.
std::string with_commas(std::string value)
{
    bool quoted = false;
    bool in_address = false;
    bool in_group = false;
    unsigned comments = 0;
    for (std::size_t index = 0; index < value.size(); ++index) {
        char& c = value[index];
        if (c == '\\') {
            ++index;
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
    for (std::size_t offset = list.find('@'); offset != std::string_view::npos;
         offset = list.find('@', offset + 1)) {
        const std::size_t end = list.find_first_of("@,;:<>()\"\\ \t", offset + 1);
        const std::string_view domain =
            list.substr(offset + 1, (end == std::string_view::npos ? list.size() : end) - offset - 1);
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
    const std::string_view text = shown;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto offset = static_cast<std::size_t>(made[i].data() - text.data());
        out += text.substr(begin, offset - begin);
        out += raw[i];
        begin = offset + made[i].size();
    }
    return out + std::string(text.substr(begin));
}

} // namespace

std::string decoded_addresses(std::string value, const std::vector<std::string>& labels)
{
    if (value.empty()) return {};
    const std::string words =
        with_commas(std::string(cut_text(with_whole_words(value, labels), address_octets_max)));
    InternetAddressList* const parsed = gmime().internet_address_list_parse(nullptr, words.c_str());
    if (parsed == nullptr) return decoded_text(std::move(value), labels);
    const gmime_object<InternetAddressList> list(parsed);
    const std::string shown = taken(gmime().internet_address_list_to_string(list.get(), nullptr, FALSE));
    // Words are left where one holds an address as well, against RFC 2047, section 5.
    return decoded_text(with_domains_as_sent(shown, words), {});
}

std::vector<std::string> message_ids(const std::string& value, std::size_t ids_max)
{
    std::vector<std::string> ids;
    for (std::size_t index = value.find('<'); index != std::string::npos && ids.size() < ids_max;
         index = value.find('<', index)) {
        const std::size_t end = value.find_first_of("> \t<", index + 1);
        if (end == std::string::npos) break;
        if (value[end] == '>' && end > index + 1) ids.push_back(value.substr(index + 1, end - index - 1));
        index = end;
    }
    return ids;
}

} // namespace mail::mime
