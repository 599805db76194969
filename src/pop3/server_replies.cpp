// What a server's replies say, parsed for the client: status lines, capabilities, listings.
#include "pop3/server_replies.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace pop3 {
namespace {

constexpr std::string_view blanks = " \t";

/// RFC 4422, section 3.1: names have 1 to 20 characters.
constexpr std::size_t mechanism_name_octets_max = 20;

std::string_view without_leading_blanks(std::string_view text)
{
    return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

/// Cuts the first word off `text`, with the blanks before and after it.
std::string_view take_word(std::string_view& text)
{
    text = without_leading_blanks(text);
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text = without_leading_blanks(text.substr(word.size()));
    return word;
}

template <typename number_type>
std::optional<number_type> parse_number(std::string_view digits)
{
    number_type value = 0;
    const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (trouble != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

/// resp-code = "[" resp-level *("/" resp-level) "]" of printable ASCII (RFC 2449, section 3); else it is text.
std::string take_code(std::string_view& text)
{
    const std::size_t end = text.find(']');
    if (!text.starts_with('[') || end == text.npos || end == 1) return "";
    const std::string_view inner = text.substr(1, end - 1);
    if (!std::ranges::all_of(inner, [](char c) { return c >= 0x21 && c <= 0x7E; })) return "";
    text = without_leading_blanks(text.substr(end + 1));
    return base::upper_case(inner);
}

} // namespace

std::optional<parsed_status> parse_status(std::string_view line)
{
    const bool ok = base::upper_case(line.substr(0, 3)) == "+OK";
    if (!ok && base::upper_case(line.substr(0, 4)) != "-ERR") return std::nullopt;
    line.remove_prefix(ok ? 3 : 4);
    if (!line.empty() && base::is_letter_or_digit(line.front())) return std::nullopt;
    parsed_status status{.ok = ok, .code = {}, .text = without_leading_blanks(line)};
    status.code = take_code(status.text);
    return status;
}

void capabilities::add_line(std::string_view line)
{
    const std::string tag = base::upper_case(take_word(line));
    if (tag == "USER") user = true;
    if (tag == "TOP") top = true;
    if (tag == "UIDL") uidl = true;
    if (tag == "PIPELINING") pipelining = true;
    if (tag == "STLS") stls = true;
    if (tag == "RESP-CODES") resp_codes = true;
    if (tag == "AUTH-RESP-CODE") auth_resp_code = true;
    if (tag == "UTF8") utf8 = true;
    if (tag == "LOGIN-DELAY") login_delay_seconds = parse_number<std::uint32_t>(take_word(line));
    if (tag == "EXPIRE") expire_days = parse_number<std::uint32_t>(take_word(line)); // "NEVER" is no number
    if (tag == "IMPLEMENTATION") implementation = line;
    if (tag != "SASL") return;
    while (!line.empty()) {
        std::string mechanism = base::upper_case(take_word(line));
        if (!mechanism.empty() && mechanism.size() <= mechanism_name_octets_max &&
            sasl.size() < announced_mechanisms_max && std::ranges::find(sasl, mechanism) == sasl.end())
            sasl.push_back(std::move(mechanism));
    }
}

std::optional<listed_octets> parse_listed_octets(std::string_view line)
{
    const auto number = parse_number<std::uint64_t>(take_word(line));
    if (!number) return std::nullopt;
    return listed_octets{*number, parse_number<std::uint64_t>(take_word(line))};
}

std::optional<listed_unique_id> parse_listed_unique_id(std::string_view line)
{
    const auto number = parse_number<std::uint64_t>(take_word(line));
    if (!number) return std::nullopt;
    return listed_unique_id{*number, line};
}

} // namespace pop3
