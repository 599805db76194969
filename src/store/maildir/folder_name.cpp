// Modified UTF-7: base64 of UTF-16 between '&' and '-', with ',' for '/' and without padding.
#include "store/maildir/folder_name.hpp"

#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "store/maildir/name.hpp"

#include <algorithm>
#include <vector>

namespace store::maildir {

namespace {

base::error bad_folder_name(std::string_view folder, std::string_view reason)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text = "folder '" + std::string(folder) + "': " + std::string(reason)};
}

std::vector<std::string_view> split(std::string_view text, char at)
{
    std::vector<std::string_view> out;
    for (;;) {
        const auto end = text.find(at);
        out.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end + 1);
    }
}

std::string_view part_trouble(std::string_view part)
{
    if (part.empty()) return "a part of the name is empty";
    if (part.contains('.')) return "a '.' in a folder's name cannot be written in a Maildir";
    if (!base::is_utf8(part)) return "the name is not UTF-8";
    const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
    return std::ranges::any_of(part, control) ? "a control octet in the name" : "";
}

/// One well-formed sequence as a code point.
char32_t code_point_of(std::string_view sequence)
{
    const auto first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return first;
    char32_t out = first & (0x7FU >> sequence.size());
    for (const char next : sequence.substr(1)) out = (out << 6) | (static_cast<unsigned char>(next) & 0x3FU);
    return out;
}

void append_utf8(std::string& out, char32_t point)
{
    const auto put = [&](char32_t octet) { out += static_cast<char>(static_cast<unsigned char>(octet)); };
    const auto follow = [&](unsigned shift) { put(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
        put(0xC0 | (point >> 6));
    } else if (point < 0x10000) {
        put(0xE0 | (point >> 12));
        follow(6);
    } else {
        put(0xF0 | (point >> 18));
        follow(12);
        follow(6);
    }
    follow(0);
}

void append_utf16(std::string& out, char32_t point)
{
    const auto put = [&](char32_t unit) {
        out += static_cast<char>(static_cast<unsigned char>(unit >> 8));
        out += static_cast<char>(static_cast<unsigned char>(unit & 0xFF));
    };
    if (point < 0x10000) return put(point);
    put(0xD800 + ((point - 0x10000) >> 10));
    put(0xDC00 + ((point - 0x10000) & 0x3FF));
}

std::string encoded(std::string_view part)
{
    std::string out;
    std::string run; // of UTF-16, not written yet
    const auto end_run = [&] {
        if (run.empty()) return;
        std::string base64 = base::to_base64(run);
        while (base64.back() == '=') base64.pop_back();
        std::ranges::replace(base64, '/', ',');
        out += '&' + base64 + '-';
        run.clear();
    };
    while (!part.empty()) {
        const auto sequence = part.substr(0, base::utf8_sequence_octets(part));
        part.remove_prefix(sequence.size());
        if (sequence.size() == 1) {
            end_run();
            out += sequence;
            if (sequence == "&") out += '-';
        } else {
            append_utf16(run, code_point_of(sequence));
        }
    }
    end_run();
    return out;
}

/// What stands between '&' and '-'; nothing where that is no base64 of UTF-16.
std::optional<std::string> decoded_run(std::string_view text)
{
    if (text.empty()) return "&";
    std::string base64(text);
    std::ranges::replace(base64, ',', '/');
    while (base64.size() % 4 != 0) base64 += '=';
    const auto octets = base::from_base64(base64);
    if (!octets || octets->size() % 2 != 0) return std::nullopt;
    std::string out;
    char32_t high = 0;
    for (std::size_t index = 0; index < octets->size(); index += 2) {
        const auto unit = static_cast<char32_t>(static_cast<unsigned char>((*octets)[index]) << 8 |
                                                static_cast<unsigned char>((*octets)[index + 1]));
        const bool is_low = unit >= 0xDC00 && unit < 0xE000;
        if (is_low != (high != 0)) return std::nullopt;
        if (is_low)
            append_utf8(out, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
        else if (unit < 0xD800 || unit >= 0xE000)
            append_utf8(out, unit);
        high = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
    }
    return high == 0 ? std::optional(out) : std::nullopt;
}

std::optional<std::string> decoded(std::string_view part)
{
    std::string out;
    for (auto offset = part.find('&'); offset != std::string_view::npos; offset = part.find('&')) {
        out += part.substr(0, offset);
        const auto end = part.find('-', offset);
        if (end == std::string_view::npos) return std::nullopt;
        const auto run = decoded_run(part.substr(offset + 1, end - offset - 1));
        if (!run) return std::nullopt;
        out += *run;
        part.remove_prefix(end + 1);
    }
    return out + std::string(part);
}

} // namespace

base::result<std::string> directory_name_of(std::string_view folder)
{
    std::string out;
    if (folder.empty()) return out;
    for (const std::string_view part : split(folder, '/')) {
        if (const auto reason = part_trouble(part); !reason.empty())
            return base::fail(bad_folder_name(folder, reason));
        out += '.' + encoded(part);
    }
    if (out.size() > name_octets_max)
        return base::fail(bad_folder_name(folder, "the name is too long for a directory"));
    return out;
}

std::optional<std::string> folder_name_of(std::string_view directory)
{
    if (!directory.starts_with('.')) return std::nullopt;
    std::string out;
    for (const std::string_view part : split(directory.substr(1), '.')) {
        if (part.empty()) return std::nullopt;
        if (!out.empty()) out += '/';
        const auto plain = decoded(part);
        // What would not become the same directory again is no modified UTF-7.
        const bool good =
            plain && part_trouble(*plain).empty() && !plain->contains('/') && encoded(*plain) == part;
        out += good ? *plain : std::string(part);
    }
    return out;
}

} // namespace store::maildir
