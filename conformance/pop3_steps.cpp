// Which answer belongs to which command.
#include "conformance/pop3_steps.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace conformance {
namespace {

constexpr std::string_view pipelining = "2449 6.6";

std::string rfc_of(const std::string& mark)
{
    return mark.starts_with("none") ? "" : mark;
}

step step_of(const std::string& sent, const std::string& mark, bool in_exchange)
{
    step out;
    out.sent = sent;
    out.rfc = rfc_of(mark);
    std::string_view line = std::string_view(sent).substr(0, sent.find("\r\n"));
    if (in_exchange) return out;
    while (true) {
        const std::size_t space = line.find(' ');
        out.arguments.emplace_back(line.substr(0, space));
        if (space == std::string_view::npos) break;
        line.remove_prefix(space + 1);
    }
    out.keyword = out.arguments.front();
    for (char& c : out.keyword) c = base::upper(c);
    out.arguments.erase(out.arguments.begin());
    return out;
}

/// Takes the answer to `asked` off the lines that are left.
void take_answer(step& asked, const std::vector<transcripts::pattern>& lines, std::size_t& at)
{
    if (at == lines.size()) return;
    asked.expected.push_back(lines[at++].example(""));
    if (!asked.multi_line() || !asked.expects_ok()) return;
    while (at < lines.size()) {
        asked.expected.push_back(lines[at++].example(""));
        if (asked.expected.back() == ".") break;
    }
    asked.expected.pop_back();
}

} // namespace

bool step::multi_line() const
{
    constexpr std::array always{"CAPA", "RETR", "TOP"};
    constexpr std::array without_argument{"LIST", "UIDL", "LANG", "AUTH"};
    return std::ranges::count(always, keyword) > 0 || (std::ranges::count(without_argument, keyword) > 0 &&
                                                       (arguments.empty() || arguments.front().empty()));
}

std::vector<step> steps_of(const transcripts::transcript& file)
{
    std::vector<step> out(1);
    out.front().rfc = rfc_of(file.rfc);
    bool greeted = false;
    for (const auto& part : file.sections) {
        std::size_t at = 0;
        if (!greeted && !part.server.empty()) out.front().expected = {part.server[at++].example("")};
        greeted = true;
        const bool in_one_piece = std::ranges::count(part.rfc, pipelining) > 0;
        const std::size_t first = out.size();
        for (std::size_t i = 0; i < part.client.size(); ++i) {
            step next = step_of(part.client[i], part.rfc[i], out.back().expects_challenge());
            take_answer(next, part.server, at);
            next.with_next = in_one_piece && i + 1 < part.client.size();
            out.push_back(std::move(next));
        }
        if (part.then == transcripts::section::ending::tls && out.size() > first) out.back().then_tls = true;
    }
    return out;
}

std::vector<std::string> sections_of(const std::vector<step>& steps)
{
    std::vector<std::string> out;
    for (const step& each : steps)
        if (!each.rfc.empty() && !each.expected.empty() && std::ranges::count(out, each.rfc) == 0)
            out.push_back(each.rfc);
    // A dialogue that ends in the middle of a command proves something by what is there afterwards.
    for (const step& each : steps)
        if (out.empty() && !each.rfc.empty()) out.push_back(each.rfc);
    return out;
}

bool server_ends(const transcripts::transcript& file)
{
    return std::ranges::any_of(file.sections, [](const transcripts::section& part) {
        return part.then == transcripts::section::ending::end;
    });
}

std::string printable(std::string_view octets)
{
    constexpr std::size_t octets_max = 120;
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : octets.substr(0, octets_max)) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 0x20 && octet < 0x7F)
            out += c;
        else
            out.append("\\x").append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
    }
    if (octets.size() > octets_max) out += "...";
    return out;
}

} // namespace conformance
