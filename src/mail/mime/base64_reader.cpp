// Four digits, three octets (RFC 2045, section 6.8).
#include "mail/mime/base64_reader.hpp"

#include <array>

namespace mail::mime {
namespace {

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

} // namespace mail::mime
