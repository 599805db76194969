// One thing to mend in a configuration, as text.
#include "config/fault.hpp"

#include <algorithm>
#include <tuple>

namespace config {

namespace {

constexpr std::size_t printed_octets_max = 500; // the longest reason of our own, a long path in it, and room

// A path or a name in a fault may hold anything that a quoted TOML key can, at any length.
std::string printable(std::string_view text)
{
    std::string out;
    for (const char c : text.substr(0, printed_octets_max))
        out += (c >= 0 && c < ' ') || c == '\x7f' ? '?' : c;
    if (text.size() > printed_octets_max) out += "... (" + std::to_string(text.size()) + " octets)";
    return out;
}

} // namespace

void put_in_order(std::vector<fault>& faults)
{
    std::ranges::sort(faults, {},
                      [](const fault& each) { return std::tie(each.line, each.key, each.reason); });
}

std::string format_fault(const fault& what, std::string_view file_name)
{
    std::string out(file_name);
    if (what.line > 0) out.append(":").append(std::to_string(what.line));
    out += ": ";
    if (!what.key.empty()) out.append(printable(what.key)).append(": ");
    out += printable(what.reason);
    if (!what.remedy.empty()) out.append("\n    ").append(printable(what.remedy));
    return out;
}

std::vector<std::string> format_faults(std::span<const fault> faults, std::string_view file_name)
{
    std::vector<std::string> out;
    for (const auto& each : faults.first(std::min(faults.size(), faults_shown_max)))
        out.push_back(format_fault(each, file_name));
    if (faults.size() > faults_shown_max)
        out.push_back(std::string(file_name) + ": and " + std::to_string(faults.size() - faults_shown_max) +
                      " more errors");
    return out;
}

} // namespace config
