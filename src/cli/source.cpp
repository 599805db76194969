// Where a command's configuration comes from: a file, the command line, or the defaults alone.
#include "cli/source.hpp"

#include "cli/root.hpp"
#include "config/toml_file.hpp"
#include "disk/posix.hpp"

#include <filesystem>
#include <sstream>

namespace cli {

namespace {

base::result<std::string> contents(const std::string& path)
{
    disk::posix_file_system files;
    const auto [folder, name] = split_path(path);
    const auto directory = files.open(folder);
    if (!directory) return base::fail(directory.error());
    // One octet more than allowed, so that read_configuration() can say so.
    return disk::read_whole(**directory, name, config::configuration_octets_max + 1);
}

// A file that is no TOML as a whole still has lines that are.
std::string root_in_lines(const std::string& path)
{
    const auto text = contents(path).value_or("");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line) && !line.starts_with('[');) {
        auto alone = config::read_configuration(line);
        if (alone.faults.empty() && alone.lines.contains("root")) return alone.values.root;
    }
    return config::configuration().root;
}

} // namespace

std::optional<std::string> source::file_to_read() const
{
    if (file) return file;
    std::error_code ignored;
    if (wishes.root || !std::filesystem::exists(default_configuration_path, ignored)) return std::nullopt;
    return std::string(default_configuration_path);
}

std::string source::name() const
{
    return file_to_read().value_or("the command line");
}

likely_root find_root(const source& origin)
{
    const auto reading = read(origin);
    likely_root out{reading.values.root, !reading.faults.empty()};
    if (out.file_is_faulty && !origin.wishes.root && !reading.lines.contains("root"))
        if (const auto path = origin.file_to_read()) out.path = root_in_lines(*path);
    return out;
}

config::reading read(const source& origin)
{
    config::reading out;
    if (const auto path = origin.file_to_read()) {
        if (auto text = contents(*path))
            out = config::read_configuration(*text);
        else
            out.faults.push_back({0, "", "cannot be read: " + text.error().operator_text,
                                  "name a file that is there and that you may read, or none"});
    }
    auto wishes = origin.wishes;
    if (wishes.root && !wishes.root->empty())
        wishes.root = std::filesystem::absolute(*wishes.root).lexically_normal();
    config::apply(wishes, out);
    config::check_together(out);
    return out;
}

} // namespace cli
