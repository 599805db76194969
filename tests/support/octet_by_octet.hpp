// What the fast passes over line ends and dots must give, by looking at one octet after another.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// As mail::to_crlf has it.
inline std::string crlf_octet_by_octet(std::string_view stored)
{
    std::string out;
    char last = '\0';
    for (const char c : stored) {
        if (c == '\n' && last != '\r') out += '\r';
        out += c;
        last = c;
    }
    return out;
}

struct lf_form {
    std::string octets;
    bool lossless = true;
};

/// As mail::to_lf has it: CRLF becomes LF, but CR CR LF stays.
inline lf_form lf_octet_by_octet(std::string_view canonical)
{
    lf_form out;
    const auto is_cr = [&](std::size_t i) { return i < canonical.size() && canonical[i] == '\r'; };
    for (std::size_t i = 0; i < canonical.size(); ++i) {
        const bool lf_behind = i + 1 < canonical.size() && canonical[i + 1] == '\n';
        if (canonical[i] == '\n' && (!is_cr(i - 1) || is_cr(i - 2))) out.lossless = false;
        if (!(is_cr(i) && lf_behind && !is_cr(i - 1))) out.octets += canonical[i];
    }
    return out;
}

/// As RFC 1939, section 3 says it, but a bare LF ends a line, too; with the end of the response.
inline std::string stuffed_octet_by_octet(std::string_view canonical)
{
    std::string out;
    char last = '\n';
    for (const char c : canonical) {
        if (last == '\n' && c == '.') out += '.';
        out += c;
        last = c;
    }
    if (!canonical.empty() && !canonical.ends_with("\r\n")) out += "\r\n";
    return out + ".\r\n";
}

/// Texts in which these octets stand in every way: one beside the other, far apart, on both sides of the 64th octet,
/// some thousand of them in a row.
inline std::vector<std::string> texts_of_line_ends_and_dots()
{
    std::vector<std::string> out{""};
    const std::vector<std::string> odd{
        "\n",     "\r",     ".",        "\r\n",     "\n\n",   "\n.",
        "\r\n.",  "\r\r\n", "\r\n\r\n", "\n.\n.\n", ".\r\n.", std::string("\0\n", 2),
        "\r\r\r", ".\r",    "\r.",      "\xFF\n",   "\x8A.",  "\x0B\x0E/-"};
    for (const std::string& each : odd) {
        for (std::size_t before = 0; before < 150; ++before)
            out.push_back(std::string(before, 'a') + each + "b");
        std::string row;
        while (row.size() < 2500) row += each;
        out.push_back(row);
    }
    std::mt19937 random(11);
    constexpr std::string_view special = "\n\r.\n\r.\0";
    for (int round = 0; round < 600; ++round) {
        const auto octets = random() % (round % 10 == 0 ? 9000 : 300);
        const auto rarity = 1 + random() % 90;
        std::string text;
        while (text.size() < octets)
            text += random() % rarity == 0 ? special[random() % special.size()]
                                           : static_cast<char>(random() & 0xFF);
        out.push_back(std::move(text));
    }
    return out;
}

/// Gives `text` to `take` in pieces of any length, empty ones too; a long text in larger ones.
template <typename taker>
void cut_anyhow(std::string_view text, std::mt19937& random, taker take)
{
    constexpr std::array<std::size_t, 6> lengths{1, 3, 64, 130, 3000, 100'000};
    const auto longest = std::max(lengths[random() % lengths.size()], text.size() / 500);
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, random() % (longest + 1));
        take(piece);
        text.remove_prefix(piece.size());
    }
}

} // namespace support
