// Any octets as a configuration: no crash, and every fault has a reason and a line of the file.
#include "config/configuration.hpp"

#include "config/schema.hpp"
#include "config/site.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto read = config::read_configuration(text);
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    for (const auto& fault : read.faults) {
        if (fault.reason.empty() || fault.line == 0 || fault.line > lines) std::abort();
        if (config::format_fault(fault, "f").find('\x1b') != std::string::npos) std::abort();
    }
    if (!read.faults.empty()) return 0;

    // What has no faults can be put in force, and is read back as the same.
    for (const auto& key : config::site_keys())
        if (config::format_value(key, read.values).empty()) std::abort();
    config::check_together(read);
    if (!read.faults.empty()) return 0;
    const auto site = config::site_settings(read.values);
    if (site.listeners.empty()) std::abort();
    return 0;
}
