// A TOML file that a person wrote: parsed within bounds, its faults told with their lines.
#include "config/toml_file.hpp"

#include <algorithm>
#include <string>

namespace config {

namespace {

// What toml++ is not asked to read: its answer would cost more than the file is worth.
std::vector<fault> out_of_bounds(std::string_view text)
{
    if (text.size() > configuration_octets_max)
        return {{0, "", "the file is larger than 1 MiB", "this is not a configuration file; name another"}};
    std::size_t line = 1;
    for (std::size_t begin = 0; begin < text.size(); ++line) {
        const auto end = std::min(text.find('\n', begin), text.size());
        if (end - begin > configuration_line_octets_max)
            return {
                {line, "", "the line is longer than 4096 octets", "split it: a list may span several lines"}};
        begin = end + 1;
    }
    return {};
}

} // namespace

void read_toml(std::string_view text, std::vector<fault>& faults,
               const std::function<void(const toml::table&)>& take)
{
    faults = out_of_bounds(text);
    if (!faults.empty()) return;
    try {
        take(toml::parse(text));
    } catch (const toml::parse_error& e) {
        faults.push_back({static_cast<std::size_t>(e.source().begin.line), "",
                          "this is not TOML: " + std::string(e.description()),
                          "correct the line; https://toml.io/en/v1.0.0 describes the syntax"});
    }
    put_in_order(faults);
}

} // namespace config
