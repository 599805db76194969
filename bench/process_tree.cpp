// Reads /proc/PID/stat and /proc/PID/smaps_rollup of a tree of processes.
#include "process_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace bench {

namespace {

struct process {
    pid_t parent = 0;
    double user_ticks = 0, system_ticks = 0;
};

/// proc(5): field 2 is the name in parentheses and may hold anything, so what follows begins behind the last one.
std::optional<process> read_process(const std::filesystem::path& folder)
{
    std::ifstream file(folder / "stat");
    std::string text;
    if (!std::getline(file, text)) return {}; // it has just ended
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream fields(text.substr(name_end + 1));
    std::string state, skipped;
    process out;
    fields >> state >> out.parent;
    for (int field = 5; field < 14; ++field) fields >> skipped;
    double user = 0, system = 0, children_user = 0, children_system = 0;
    fields >> user >> system >> children_user >> children_system;
    out.user_ticks = user + children_user;
    out.system_ticks = system + children_system;
    return fields ? std::optional(out) : std::nullopt;
}

std::map<pid_t, process> read_all()
{
    std::map<pid_t, process> out;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename();
        pid_t number = 0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
        if (read.ec != std::errc() || read.ptr != name.data() + name.size()) continue;
        if (const auto one = read_process(entry.path())) out.emplace(number, *one);
    }
    return out;
}

std::uint64_t read_memory(pid_t number)
{
    std::ifstream file("/proc/" + std::to_string(number) + "/smaps_rollup");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("Pss:")) continue;
        std::istringstream words(line.substr(4));
        std::uint64_t kibibytes = 0;
        words >> kibibytes;
        return kibibytes * 1024;
    }
    return 0;
}

} // namespace

usage read_usage(std::span<const pid_t> roots, bool with_memory)
{
    const std::map<pid_t, process> all = read_all();
    const auto belongs = [&](pid_t number) {
        while (number > 1) {
            if (std::ranges::find(roots, number) != roots.end()) return true;
            const auto found = all.find(number);
            if (found == all.end()) return false;
            number = found->second.parent;
        }
        return false;
    };
    usage out;
    const auto ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    for (const auto& [number, one] : all) {
        if (!belongs(number)) continue;
        ++out.processes;
        out.user_seconds += one.user_ticks / ticks_a_second;
        out.system_seconds += one.system_ticks / ticks_a_second;
        if (with_memory) out.memory_octets += read_memory(number);
    }
    return out;
}

} // namespace bench
