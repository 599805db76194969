// One thing to mend in a configuration, as text.
#include "cli/fault.hpp"

#include <algorithm>
#include <tuple>

namespace cli {

namespace {

// A path or a name in a fault may hold anything that a quoted TOML key can.
std::string printable(std::string_view text)
{
    std::string out;
    for (const char c : text) out += (c >= 0 && c < ' ') || c == '\x7f' ? '?' : c;
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

} // namespace cli
