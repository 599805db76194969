// readpst, started and judged.
#include "collector/outlook.hpp"

#include "credentials/child_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace collector {

namespace {

constexpr std::chrono::hours unpacking_limit{
    24}; // of 50 GiB on a slow disk; only a stuck program takes longer

constexpr std::size_t printed_octets_max = 64u << 20; // a few lines for each folder

/// From lines such as "\t"Inbox" - 3 items done, 1 items skipped.".
std::vector<std::string> left_out_in(std::string_view printed)
{
    constexpr std::string_view between = "\" - ";
    constexpr std::string_view done = " items done, ";
    constexpr std::string_view end = " items skipped.";
    std::vector<std::string> out;
    while (!printed.empty()) {
        std::string_view line = printed.substr(0, printed.find('\n'));
        printed.remove_prefix(std::min(line.size() + 1, printed.size()));
        const std::size_t name_end = line.rfind(between);
        const std::size_t count = line.rfind(done);
        if (!line.starts_with("\t\"") || !line.ends_with(end) || name_end == std::string_view::npos ||
            count == std::string_view::npos || count < name_end)
            continue;
        const std::string_view name = line.substr(2, std::max<std::size_t>(name_end, 2) - 2);
        line.remove_suffix(end.size());
        line.remove_prefix(count + done.size());
        if (line != "0")
            out.push_back(fmt::format(
                "{}: {} items of which readpst makes no files: tasks, notes, or damaged", name, line));
    }
    return out;
}

/// As the end of a sentence.
std::string last_line_of(std::string_view printed)
{
    while (printed.ends_with('\n')) printed.remove_suffix(1);
    const std::string_view line = printed.substr(printed.rfind('\n') + 1);
    return line.empty() ? std::string() : ": " + std::string(line);
}

base::error trouble(base::failure kind, std::string text)
{
    return {.kind = kind, .temporary = false, .peer_text = {}, .operator_text = std::move(text)};
}

} // namespace

unpacked_mail::unpacked_mail(unpacked_mail&& other) noexcept
    : left_out(std::move(other.left_out)), path_(std::exchange(other.path_, {}))
{
}

unpacked_mail::~unpacked_mail()
{
    std::error_code ignored; // what cannot be removed lies in /tmp, for its owner alone
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

std::string unpacked_mail::top() const
{
    std::error_code ignored; // what cannot be listed is told by the import
    std::string only;
    for (const auto& each : std::filesystem::directory_iterator(path_, ignored)) {
        if (!only.empty() || !each.is_directory(ignored)) return path_;
        only = each.path().string();
    }
    return only.empty() ? path_ : only;
}

base::result<unpacked_mail> unpack_outlook(const std::string& path)
{
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown))
        return base::fail(trouble(base::failure::vanished, "it is not there"));
    std::string wish = std::filesystem::temp_directory_path(unknown).string() + "/restante-pst-XXXXXX";
    if (unknown || ::mkdtemp(wish.data()) == nullptr)
        return base::fail(base::error_from_errno(errno, "making a folder for the unpacked mail in " + wish));
    unpacked_mail unpacked(std::move(wish));
    // -e: a file for each message, contact and appointment, so that what it skips is neither; -j 0: in one process,
    // whose end tells whether all went well.
    auto child =
        credentials::child_process::start({.argv = {"readpst", "-j", "0", "-e", "-o", unpacked.path(), path},
                                           .listens = true,
                                           .limit = unpacking_limit});
    const auto printed = child ? child->read_all(printed_octets_max) : base::fail(child.error());
    auto ended = child ? child->finish() : base::fail(child.error());
    if (!child || (ended && ended->exit_status == 127))
        return base::fail(trouble(base::failure::refused,
                                  "reading it takes the program readpst; install the package pst-utils"));
    if (!ended) return base::fail(ended.error());
    if (ended->exit_status != 0)
        return base::fail(
            trouble(base::failure::malformed,
                    fmt::format("readpst could not read it (exit status {}){}", ended->exit_status,
                                printed ? last_line_of(*printed) : std::string())));
    if (!printed) return base::fail(printed.error());
    unpacked.left_out = left_out_in(*printed);
    return unpacked;
}

} // namespace collector
