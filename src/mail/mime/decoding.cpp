// Transfer encodings, forgiven; quoted-printable is GMime's.
#include "mail/mime/decoding.hpp"

#include "base/ascii.hpp"
#include "mail/mime/fields.hpp"
#include "mail/mime/gmime_calls.hpp"

#include <algorithm>
#include <array>

namespace mail::mime {

namespace {

constexpr std::size_t piece_octets = 64u << 10;

// Of base64 (RFC 2045, section 6.8).
constexpr unsigned char no_digit = 0xFF;

constexpr std::array<unsigned char, 256> digit_values = [] {
    std::array<unsigned char, 256> table{};
    table.fill(no_digit);
    const std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < digits.size(); ++i)
        table.at(static_cast<unsigned char>(digits[i])) = static_cast<unsigned char>(i);
    table.at('-') = table.at('+'); // RFC 4648, section 5: programs that send by the web forget the difference
    table.at('_') = table.at('/');
    return table;
}();

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
    const gmime_object<GMimeFilter> filter(
        gmime().filter_basic_new(GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, FALSE));
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

/// Or the padding.
bool is_base64_digit(char c)
{
    return digit_values[static_cast<unsigned char>(c)] != no_digit || c == '=';
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

void base64_reader::add(std::string_view text, std::string& out)
{
    for (const char c : text) {
        if (c == '=') finish(out);
        const unsigned char value = digit_values.at(static_cast<unsigned char>(c));
        if (value == no_digit) continue;
        bits_ = bits_ << 6 | value;
        if (++digits_ < 4) continue;
        for (const unsigned shift : {16U, 8U, 0U})
            out += static_cast<char>(static_cast<unsigned char>(bits_ >> shift));
        bits_ = digits_ = 0;
    }
}

void base64_reader::finish(std::string& out)
{
    bits_ <<= 6 * (4 - digits_) % 24;
    if (digits_ >= 2) out += static_cast<char>(static_cast<unsigned char>(bits_ >> 16));
    if (digits_ >= 3) out += static_cast<char>(static_cast<unsigned char>(bits_ >> 8));
    bits_ = digits_ = 0;
}

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
    for (std::size_t index = 0; index < octets.size(); index = line_end(octets, index)) {
        const auto line = without_blanks_around(octets.substr(index, line_end(octets, index) - index));
        if (is_line_drawn(line)) return index;
        if (!looks_plain(line)) continue;
        // Base64 with blanks in it, as some gateways left it, has no other signs.
        const bool others = std::ranges::any_of(octets.substr(index), [](char c) {
            return !is_base64_digit(c) && !std::string_view(" \t\r\n").contains(c);
        });
        return others ? index : std::string_view::npos;
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

namespace {

constexpr std::size_t octets_a_line_max = 63;
constexpr std::size_t signs_behind_max = 2; // some write a check sum

std::string_view line_at(std::string_view text, std::size_t offset)
{
    std::string_view line = text.substr(offset, line_end(text, offset) - offset);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

unsigned value_of(char sign)
{
    return (static_cast<unsigned char>(sign) - 0x20U) & 0x3FU;
}

std::size_t signs_of(std::size_t octets)
{
    return (octets + 2) / 3 * 4;
}

bool is_encoded(std::string_view line)
{
    if (line.empty()) return true; // no octets, and the blank that said so is lost
    if (!std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '`'; })) return false;
    const std::size_t octets = value_of(line[0]);
    // Shorter where the zeros at its end are blanks that got lost on the way.
    return octets <= octets_a_line_max && line.size() - 1 <= signs_of(octets) + signs_behind_max;
}

bool is_base64_line(std::string_view line)
{
    return std::ranges::all_of(
        line, [](char c) { return base::is_letter_or_digit(c) || c == '+' || c == '/' || c == '='; });
}

/// `begin 644 name`; fills what the line tells.
bool is_begin(std::string_view line, uuencoded_file& file)
{
    file.base64 = line.starts_with("begin-base64 ");
    if (!file.base64 && !line.starts_with("begin ")) return false;
    line.remove_prefix(line.find(' ') + 1);
    const std::size_t digits = std::min(line.size(), line.find_first_not_of("01234567"));
    if (digits < 3 || digits > 6 || digits + 1 >= line.size() || line[digits] != ' ') return false;
    file.name = line.substr(digits + 1);
    file.name = file.name.substr(0, file.name.find_last_not_of(" \t") + 1);
    return true;
}

bool is_end(std::string_view line, std::string_view word)
{
    return line.starts_with(word) && line.find_first_not_of(" \t", word.size()) == std::string_view::npos;
}

/// The end of the file whose lines begin at `offset`; false where a line is none of them.
bool find_end(std::string_view text, std::size_t offset, uuencoded_file& file)
{
    const std::size_t begin = offset;
    while (offset < text.size()) {
        const std::string_view line = line_at(text, offset);
        const std::size_t next = line_end(text, offset);
        if (is_end(line, file.base64 ? "====" : "end")) {
            file.lines = text.substr(begin, offset - begin);
            file.end = next;
            return true;
        }
        if (file.base64 ? !is_base64_line(line) : !is_encoded(line)) return false;
        offset = next;
    }
    return false;
}

} // namespace

std::optional<uuencoded_file> find_uuencoded(std::string_view text, std::size_t start)
{
    for (std::size_t offset = text.find("begin", start); offset != std::string_view::npos;
         offset = text.find("begin", offset + 1)) {
        uuencoded_file file{.begin = offset};
        const bool at_line_start = offset == 0 || text[offset - 1] == '\n';
        if (!at_line_start || !is_begin(line_at(text, offset), file)) continue;
        if (find_end(text, line_end(text, offset), file)) return file;
    }
    return std::nullopt;
}

std::string uudecoded(std::string_view lines)
{
    std::string out;
    for (std::size_t index = 0; index < lines.size(); index = line_end(lines, index)) {
        const std::string_view line = line_at(lines, index);
        uuencoded_file ignored;
        if (is_end(line, "end")) break;
        if (line.empty() || is_begin(line, ignored)) continue;
        std::size_t octets = value_of(line[0]);
        for (std::size_t group = 1; octets > 0; group += 4) {
            unsigned bits = 0;
            for (std::size_t i = group; i < group + 4; ++i)
                bits = bits << 6 | (i < line.size() ? value_of(line[i]) : 0);
            for (unsigned shift = 16; octets > 0 && shift <= 16; shift -= 8, --octets)
                out += static_cast<char>(static_cast<unsigned char>(bits >> shift)); // below 0 it is above 16
        }
    }
    return out;
}

} // namespace mail::mime
