// Both are turned into Shift_JIS first, as Windows has it: iconv's ISO-2022-JP has none of the rows that NEC and IBM
// added, and its EUC-JP not all (docs/decisions/0140).
#include "mail/mime/japanese.hpp"

#include "base/utf8.hpp"
#include "mail/mime/octet_converter.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace mail::mime {
namespace {

constexpr char no_octet = '\xff';                      // of any of these sets
constexpr std::string_view not_known = "\xEF\xBF\xBD"; // U+FFFD

enum class set { ascii, roman, katakana, jis, jis_212, jis_213, jis_213_second, chinese, korean };

constexpr std::size_t sets = 9;

struct escape {
    std::string_view octets;
    set chosen;
};

constexpr std::array escapes = std::to_array<escape>({{"\x1b(B", set::ascii},
                                                      {"\x1b(J", set::roman},
                                                      {"\x1b(H", set::roman},
                                                      {"\x1b(I", set::katakana},
                                                      {"\x1b$@", set::jis},
                                                      {"\x1b$B", set::jis},
                                                      {"\x1b$(@", set::jis},
                                                      {"\x1b$(B", set::jis},
                                                      {"\x1b$(D", set::jis_212},
                                                      {"\x1b$(O", set::jis_213},
                                                      {"\x1b$(Q", set::jis_213},
                                                      {"\x1b$(P", set::jis_213_second},
                                                      {"\x1b$A", set::chinese},
                                                      {"\x1b$(A", set::chinese},
                                                      {"\x1b$(C", set::korean}});

const char* converter_of(set chosen)
{
    switch (chosen) {
    case set::ascii:
    case set::roman:
    case set::katakana: // raw octets between the escapes are Shift_JIS, if anything
    case set::jis: return "CP932";
    case set::jis_212: return "EUC-JP-MS";
    case set::jis_213:
    case set::jis_213_second: return "EUC-JISX0213";
    case set::chinese: return "GB18030";
    case set::korean: return "CP949";
    }
    return "CP932";
}

char high(char c)
{
    return static_cast<char>(c | '\x80');
}

bool is_half(std::string_view octets, std::size_t offset)
{
    return offset < octets.size() && octets[offset] > ' ' && octets[offset] < '\x7f';
}

/// A character of JIS X 0208, both octets of seven bits, as Shift_JIS.
void add_shift_jis(char first, char second, std::string& out)
{
    const unsigned row = static_cast<unsigned char>(first) - 0x20U;
    const unsigned cell = static_cast<unsigned char>(second) - 0x20U;
    const unsigned lead = (row - 1) / 2 + (row <= 62 ? 0x81 : 0xC1);
    const unsigned odd_trail = cell + (cell <= 63 ? 0x3F : 0x40);
    out += static_cast<char>(static_cast<unsigned char>(lead));
    out += static_cast<char>(static_cast<unsigned char>(row % 2 == 1 ? odd_trail : cell + 0x9E));
}

class reader_of_sets {
public:
    std::string read(std::string_view octets)
    {
        while (!octets.empty()) {
            const auto found = std::ranges::find_if(
                escapes, [&](const escape& candidate) { return octets.starts_with(candidate.octets); });
            if (found != escapes.end()) {
                choose(found->chosen);
                octets.remove_prefix(found->octets.size());
            } else {
                octets.remove_prefix(character(octets));
            }
        }
        flush();
        return std::move(out_);
    }

private:
    void choose(set chosen)
    {
        flush();
        chosen_ = chosen;
    }

    /// How many octets it has.
    std::size_t character(std::string_view octets)
    {
        const char c = octets[0];
        if (c == '\n') choose(set::ascii);
        if (c == '\x0e') choose(set::katakana); // SHIFT OUT and IN
        if (c == '\x0f') choose(set::ascii);
        if (c == no_octet) {
            flush();
            out_ += not_known;
            return 1;
        }
        if (!is_half(octets, 0) || chosen_ == set::ascii) {
            if (c != '\x0e' && c != '\x0f') held_ += c;
            return 1;
        }
        if (chosen_ == set::roman) {
            roman(c);
            return 1;
        }
        if (chosen_ == set::katakana) {
            held_ += high(c);
            return 1;
        }
        if (!is_half(octets, 1)) {
            flush();
            out_ += not_known;
            return 1;
        }
        if (chosen_ == set::jis) {
            add_shift_jis(c, octets[1], held_);
            return 2;
        }
        if (chosen_ == set::jis_212 || chosen_ == set::jis_213_second) held_ += '\x8f';
        held_ += high(c);
        held_ += high(octets[1]);
        return 2;
    }

    void roman(char c)
    {
        if (c != '\\' && c != '~') {
            held_ += c;
            return;
        }
        flush();
        out_ += c == '\\' ? "\xC2\xA5" : "\xE2\x80\xBE"; // yen sign, overline
    }

    void flush()
    {
        if (held_.empty()) return;
        auto& converter = converters_.at(static_cast<std::size_t>(chosen_));
        if (!converter) converter = std::make_unique<octet_converter>(converter_of(chosen_));
        converter->convert(held_, out_);
        held_.clear();
    }

    std::string out_, held_;
    std::array<std::unique_ptr<octet_converter>, sets>
        converters_; // to open one takes longer than to convert a line
    set chosen_ = set::ascii;
};

char low(char c)
{
    return static_cast<char>(c & '\x7f');
}

bool is_high_half(std::string_view octets, std::size_t offset)
{
    const char seven_bits =
        offset < octets.size() && !base::is_ascii(octets.substr(offset, 1)) ? low(octets[offset]) : ' ';
    return seven_bits > ' ' && seven_bits < '\x7f';
}

} // namespace

std::string from_iso_2022_jp(std::string_view octets)
{
    return reader_of_sets().read(octets);
}

std::string from_euc_jp(std::string_view octets)
{
    std::string seven; // the same in ISO-2022-JP: each set begins with its escape
    std::string_view set_now;
    const auto choose = [&](std::string_view escape) {
        if (set_now != escape) seven += escape;
        set_now = escape;
    };
    for (std::size_t index = 0; index < octets.size();) {
        const char c = octets[index];
        const bool third = c == '\x8f' && is_high_half(octets, index + 2);
        const bool katakana = c == '\x8e' && is_high_half(octets, index + 1);
        if (base::is_ascii(octets.substr(index, 1))) {
            choose("\x1b(B");
            seven += c;
            index += 1;
        } else if ((katakana || third || is_high_half(octets, index)) && is_high_half(octets, index + 1)) {
            choose(third ? "\x1b$(D" : katakana ? "\x1b(I" : "\x1b$B");
            const std::size_t count = third ? 3 : 2;
            for (std::size_t i = katakana || third ? 1 : 0; i < count; ++i) seven += low(octets[index + i]);
            index += count;
        } else {
            choose("\x1b(B");
            seven += no_octet;
            index += 1;
        }
    }
    return from_iso_2022_jp(seven);
}

} // namespace mail::mime
