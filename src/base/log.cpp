// Formats events so that no value can break a line or steer a terminal.
#include "base/log.hpp"

#include "base/encoding.hpp"
#include "base/utf8.hpp"

#include <cmath>
#include <cstdio>

namespace base {
namespace {

constexpr std::size_t value_octets_max = 512; // a hostile user name must not fill the log

/// Octets of `text` as they may stand between quotes; what is no character becomes
/// `octet_escape` and two hexadecimal digits.
void append_escaped(std::string& out, std::string_view text, std::string_view octet_escape)
{
    const std::string_view shown = text.substr(0, value_octets_max);
    for (std::size_t i = 0; i < shown.size();) {
        const auto octet = static_cast<unsigned char>(shown[i]);
        const std::size_t length = utf8_sequence_octets(shown.substr(i));
        if (octet == '"' || octet == '\\') {
            out += '\\';
            out += shown[i];
        } else if (octet >= 0x20 && octet < 0x7f) {
            out += shown[i];
        } else if (length > 1 && !is_control(shown.substr(i, length))) {
            out += shown.substr(i, length);
            i += length;
            continue;
        } else {
            out += octet_escape;
            out += to_hex(shown.substr(i, 1));
        }
        ++i;
    }
    if (text.size() > shown.size()) out += "... (" + std::to_string(text.size()) + " octets)";
}

bool needs_quotes(std::string_view text)
{
    if (text.empty() || text.size() > value_octets_max) return true;
    for (const char c : text)
        if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '=') return true;
    return false;
}

std::string number_text(double value)
{
    if (!std::isfinite(value)) return "0";
    char text[32];
    const int n = std::snprintf(text, sizeof text, "%.6g", value);
    return {text, static_cast<std::size_t>(n)};
}

struct key_value_writer {
    std::string& out;
    void operator()(std::string_view text) const
    {
        if (!needs_quotes(text)) {
            out += text;
            return;
        }
        out += '"';
        append_escaped(out, text, "\\x");
        out += '"';
    }
    void operator()(std::int64_t value) const { out += std::to_string(value); }
    void operator()(std::uint64_t value) const { out += std::to_string(value); }
    void operator()(double value) const { out += number_text(value); }
    void operator()(bool value) const { out += value ? "yes" : "no"; }
};

struct json_writer {
    std::string& out;
    void operator()(std::string_view text) const
    {
        out += '"';
        append_escaped(out, text, "\\u00");
        out += '"';
    }
    void operator()(std::int64_t value) const { out += std::to_string(value); }
    void operator()(std::uint64_t value) const { out += std::to_string(value); }
    void operator()(double value) const { out += number_text(value); }
    void operator()(bool value) const { out += value ? "true" : "false"; }
};

} // namespace

void log::debug(std::string_view event, std::initializer_list<field> f)
{
    write(severity::debug, event, f);
}
void log::info(std::string_view event, std::initializer_list<field> f)
{
    write(severity::info, event, f);
}
void log::notice(std::string_view event, std::initializer_list<field> f)
{
    write(severity::notice, event, f);
}
void log::warning(std::string_view event, std::initializer_list<field> f)
{
    write(severity::warning, event, f);
}
void log::error(std::string_view event, std::initializer_list<field> f)
{
    write(severity::error, event, f);
}

std::string_view name_of(severity level)
{
    switch (level) {
    case severity::debug: return "debug";
    case severity::info: return "info";
    case severity::notice: return "notice";
    case severity::warning: return "warning";
    case severity::error: return "error";
    }
    return "error";
}

std::string format_key_value(std::string_view event, std::span<const field> fields)
{
    std::string out(event);
    for (const auto& [key, value] : fields) {
        out += ' ';
        out += key;
        out += '=';
        std::visit(key_value_writer{out}, value);
    }
    return out;
}

std::string format_json(std::string_view event, std::span<const field> fields)
{
    std::string out = "{\"event\":";
    json_writer{out}(event);
    for (const auto& [key, value] : fields) {
        out += ",\"";
        out += key;
        out += "\":";
        std::visit(json_writer{out}, value);
    }
    out += '}';
    return out;
}

} // namespace base
