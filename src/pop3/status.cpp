// Status lines and response codes.
#include "pop3/status.hpp"

#include "base/utf8.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace pop3 {
namespace {

/// Appends what of `text` may be sent, up to `octets_max` octets.
void append_clean(std::string& out, std::string_view text, std::size_t octets_max, bool utf8)
{
    const std::size_t begin = out.size();
    while (!text.empty()) {
        const std::size_t octets = base::utf8_sequence_octets(text);
        const std::string_view sequence = text.substr(0, octets == 0 ? 1 : octets);
        const bool fit = octets == 1 || (octets > 1 && utf8);
        const std::string_view sent = fit && !base::is_control(sequence) ? sequence : "?";
        if (out.size() - begin + sent.size() > octets_max) return;
        out += sent;
        text.remove_prefix(sequence.size());
    }
}

void append_line(std::string& out, std::string_view head, std::string_view text, bool utf8)
{
    out += head;
    if (!text.empty()) {
        out += ' ';
        append_clean(out, text, response_line_octets_max - head.size() - 3, utf8); // the space and CRLF
    }
    out += "\r\n";
}

} // namespace

void append_number(std::string& out, std::uint64_t number)
{
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits;
    out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
}

void append_ok(std::string& out, std::string_view text, bool utf8)
{
    append_line(out, "+OK", text, utf8);
}

void append_err(std::string& out, std::string_view response_code, std::string_view text, bool utf8)
{
    std::string head = "-ERR";
    if (!response_code.empty())
        head.append(" ").append(response_code);
    else
        while (text.starts_with('[')) text.remove_prefix(1);
    append_line(out, head, text, utf8);
}

bool is_credential_failure(base::failure kind)
{
    using enum base::failure;
    return kind == credentials || kind == unknown_user || kind == disabled || kind == refused;
}

std::string_view response_code(const base::error& error)
{
    using enum base::failure;
    if (is_credential_failure(error.kind)) return "[AUTH]";
    if (error.kind == in_use) return "[IN-USE]";
    if (error.kind == login_delay) return "[LOGIN-DELAY]";
    if (error.kind == malformed || error.kind == vanished) return "";
    return error.temporary ? "[SYS/TEMP]" : "[SYS/PERM]";
}

} // namespace pop3
