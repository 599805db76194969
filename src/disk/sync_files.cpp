// Many files made durable while waiting once.
#include "disk/posix_directory.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

namespace disk {

namespace {

// A journalling file system makes one commit for all who wait at once. Ever more of them bring ever less: see
// docs/disk.md.
constexpr std::size_t syncs_at_once_max = 16;

} // namespace

std::vector<base::result<>> directory::sync_files(std::span<file* const> those)
{
    std::vector<base::result<>> done;
    for (file* const one : those) done.push_back(one->sync());
    return done;
}

std::vector<base::result<>> posix_directory::sync_files(std::span<file* const> those)
{
    std::vector<base::result<>> done(those.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t at = next++; at < those.size(); at = next++) done[at] = those[at]->sync();
    };
    std::vector<std::jthread> crew;
    const std::size_t size = std::min(those.size(), syncs_at_once_max);
    crew.reserve(size);
    try {
        while (crew.size() + 1 < size) crew.emplace_back(work);
    } catch (const std::system_error&) { // NOLINT(bugprone-empty-catch)
        // No thread is to be had: those at work do it all.
    }
    work();
    for (std::jthread& one : crew) one.join();
    return done;
}

} // namespace disk
