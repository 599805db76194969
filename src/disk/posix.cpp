// Where paths begin, in the kernel.
#include "disk/posix.hpp"

#include "disk/posix_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

namespace disk {

namespace {

base::result<owned_descriptor> open_path(const std::string& path)
{
    owned_descriptor opened(
        retried([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!opened.is_open()) return base::fail(posix_error("open directory", path));
    return opened;
}

// "/a/b" → "/a", "/a/b"
std::vector<std::string> path_and_parents(const std::string& path)
{
    std::vector<std::string> out;
    for (std::size_t end = 0; end != std::string::npos;) {
        const std::size_t begin = path.find_first_not_of('/', end);
        if (begin == std::string::npos) break;
        end = path.find('/', begin);
        out.push_back(path.substr(0, end));
    }
    return out;
}

std::string parent_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

base::result<> sync_path(const std::string& path)
{
    auto opened = open_path(path);
    if (!opened) return base::fail(opened.error());
    if (::fsync(opened->number()) != 0) return base::fail(posix_error("fsync directory", path));
    return {};
}

// Whoever made the deepest directory that we found may have died before the sync of its parent. A parent
// that we may not read was not made by one of us.
base::result<> sync_found(const std::string& path)
{
    if (path.empty()) return {};
    auto opened = open_path(parent_of(path));
    if (opened && ::fsync(opened->number()) != 0)
        return base::fail(posix_error("fsync directory", parent_of(path)));
    return {};
}

} // namespace

base::result<std::unique_ptr<directory>> posix_file_system::open(const std::string& path)
{
    auto opened = open_path(path);
    if (!opened) return base::fail(opened.error());
    const bool local = is_local(opened->number());
    {
        const std::lock_guard guard(mutex_);
        if (local)
            local_.insert(path);
        else
            local_.erase(path);
    }
    return std::make_unique<posix_directory>(std::move(*opened), path, local);
}

base::result<> posix_file_system::make_path(const std::string& path)
{
    std::string deepest_found;
    for (const std::string& step : path_and_parents(path)) {
        if (retried([&] { return ::mkdir(step.c_str(), 0700); }) == 0) {
            if (auto synced = sync_path(parent_of(step)); !synced) return synced;
        } else if (errno == EEXIST) {
            deepest_found = step;
        } else {
            return base::fail(posix_error("make directory", step));
        }
    }
    if (auto synced = sync_found(deepest_found); !synced) return synced;
    if (auto opened = open_path(path); !opened) return base::fail(opened.error());
    return {};
}

base::result<std::uint64_t> device_of(const std::string& path)
{
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return base::fail(posix_error("stat", path));
    return static_cast<std::uint64_t>(found.st_dev);
}

} // namespace disk
