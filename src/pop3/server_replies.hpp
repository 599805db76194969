// What a server's replies say, parsed for the client: status lines, capabilities, listings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pop3 {

/// The first line of a reply, taken apart (RFC 1939, section 3; RFC 2449, section 8).
struct parsed_status {
    bool ok = false;
    std::string code; ///< upper case, without brackets: "IN-USE", "SYS/TEMP"; empty: none
    std::string_view text;
};
/// Nothing where the line begins with neither +OK nor -ERR. The indicator's case is forgiven, and so are a missing text
/// and doubled blanks: all are seen.
std::optional<parsed_status> parse_status(std::string_view line);

/// Announced mechanisms beyond this are not kept: nobody speaks as many, and a hostile server could name a million.
constexpr std::size_t announced_mechanisms_max = 64;

/// What CAPA told (RFC 2449, section 5). Absent: an empty set, and nothing is taken for granted.
struct capabilities {
    bool known = false; ///< CAPA was answered with +OK
    bool user = false, top = false, uidl = false, pipelining = false, stls = false, resp_codes = false;
    bool auth_resp_code = false, utf8 = false;
    std::vector<std::string> sasl; ///< mechanisms, upper case
    std::optional<std::uint32_t> login_delay_seconds;
    std::optional<std::uint32_t> expire_days; ///< none: not told or NEVER
    std::string implementation;
    void add_line(std::string_view line); ///< unknown ones are skipped
};

/// "NUMBER OCTETS" of LIST or STAT; nothing where no number comes first. Blanks before, between and after are forgiven,
/// and so is text behind.
struct listed_octets {
    std::uint64_t number = 0;
    std::optional<std::uint64_t> octets; ///< none where the server said what is no size ("-1"), or nothing
};
std::optional<listed_octets> parse_listed_octets(std::string_view line);

/// "NUMBER UNIQUE-ID" of UIDL: everything behind the blanks after the number is the id, whatever it holds.
struct listed_unique_id {
    std::uint64_t number = 0;
    std::string_view unique_id; ///< may be empty, longer than 70 octets, or hold blanks
};
std::optional<listed_unique_id> parse_listed_unique_id(std::string_view line);

} // namespace pop3
