// Cutting and comparing.
#include "transcripts/comparison.hpp"

#include <algorithm>

namespace transcripts {

void for_each_piece(const section& from, const splitter& split,
                    const std::function<void(std::string_view)>& send)
{
    // Runs of lines that may be cut are one run of octets: a cut may also fall nowhere.
    std::string run;
    const auto flush = [&] {
        for (std::string_view left = run; !left.empty();) {
            const std::size_t octets = std::min(left.size(), split(left));
            send(left.substr(0, octets));
            left.remove_prefix(octets);
        }
        run.clear();
    };
    for (std::size_t i = 0; i < from.client.size(); ++i) {
        if (from.may_be_cut[i]) {
            run += from.client[i];
            continue;
        }
        flush();
        send(from.client[i]);
    }
    flush();
}

std::string compare(std::string_view answers, const std::vector<pattern>& expected)
{
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const std::size_t end = answers.find("\r\n");
        if (end == std::string_view::npos)
            return "missing: " + expected[i].source() + "\nleft: " + printable(answers.substr(0, 200));
        if (!expected[i].matches(answers.substr(0, end)))
            return "expected: " + expected[i].source() + "\n     got: " + printable(answers.substr(0, end));
        answers.remove_prefix(end + 2);
    }
    return answers.empty() ? "" : "too much: " + printable(answers.substr(0, 200));
}

std::string printable(std::string_view line)
{
    std::string out;
    for (const char c : line) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 0x20 && octet != 0x7f)
            out += c;
        else
            out.append("\\x").append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
    }
    return out;
}

} // namespace transcripts
