// What may not be read is asked of somebody with more rights, who opens it; it is read here all the same.
#include "disk/path_reader.hpp"

#include "disk/posix_calls.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace disk {

namespace {

base::error cannot_read(const std::string& path, int number)
{
    return base::error_from_errno(number, "cannot read " + path);
}

base::error not_readable_whole(const std::string& path, std::size_t mebibytes_max)
{
    return base::permanent_error(base::failure::malformed, path + " is not a file of at most " +
                                                               std::to_string(mebibytes_max) + " MiB");
}

base::result<owned_descriptor> open_path_to_read(const std::string& path, int flags,
                                                 const file_opener& open_unreadable)
{
    owned_descriptor file(
        retried([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags); }));
    if (file.is_open()) return file;
    const int number = errno;
    if (number != EACCES || !open_unreadable) return base::fail(cannot_read(path, number));
    const auto opened = open_unreadable(path);
    if (opened) return owned_descriptor(*opened);
    auto error = opened.error();
    error.operator_text = "cannot read " + path + ": " + error.operator_text;
    return base::fail(std::move(error));
}

std::optional<bool> is_entry_folder(const dirent& entry, int folder)
{
    if (entry.d_type == DT_DIR) return true;
    if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return false;
    struct stat status{};
    if (::fstatat(folder, entry.d_name, &status, 0) == 0) return S_ISDIR(status.st_mode);
    if (errno == EACCES) return std::nullopt;
    return false;
}

} // namespace

base::result<path_reader::contents> path_reader::read(const std::string& path,
                                                      std::size_t mebibytes_max) const
{
    const auto file = open_path_to_read(path, 0, open_unreadable_);
    if (!file) return base::fail(file.error());
    struct stat status{};
    if (::fstat(file->number(), &status) != 0) return base::fail(cannot_read(path, errno));
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > mebibytes_max << 20U)
        return base::fail(not_readable_whole(path, mebibytes_max));
    contents out{.octets = std::string(static_cast<std::size_t>(status.st_size), '\0'),
                 .mode = status.st_mode & 07777U};
    std::size_t octets = 0;
    while (octets < out.octets.size()) {
        const auto got = retried(
            [&] { return ::read(file->number(), out.octets.data() + octets, out.octets.size() - octets); });
        if (got < 0) return base::fail(cannot_read(path, errno));
        if (got == 0) break; // it was cut short meanwhile
        octets += static_cast<std::size_t>(got);
    }
    out.octets.resize(octets);
    return out;
}

base::result<std::vector<path_reader::entry>> path_reader::list(const std::string& folder) const
{
    auto opened = open_path_to_read(folder, O_DIRECTORY, open_unreadable_);
    if (!opened) return base::fail(opened.error());
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(opened->number()), &::closedir);
    if (!entries) return base::fail(cannot_read(folder, errno));
    const int number = opened->release(); // closedir() closes it
    std::vector<entry> out;
    while (const dirent* found = ::readdir(entries.get())) { // nobody else has this DIR
        const std::string_view name = found->d_name;
        if (name != "." && name != "..")
            out.push_back({.name = std::string(name), .is_folder = is_entry_folder(*found, number)});
    }
    return out;
}

std::string path_reader::state(const std::string& path) const
{
    struct stat status{};
    int number = ::stat(path.c_str(), &status) == 0 ? 0 : errno;
    if (number == EACCES && open_unreadable_) {
        const auto opened = open_unreadable_(path);
        const owned_descriptor file(opened ? *opened : -1);
        if (file.is_open() && ::fstat(file.number(), &status) == 0) number = 0;
    }
    if (number != 0) return path + " error " + std::to_string(number) + "\n";
    return path + " " + std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + " " +
           std::to_string(status.st_size) + " " + std::to_string(status.st_ctim.tv_sec) + "." +
           std::to_string(status.st_ctim.tv_nsec) + "\n";
}

} // namespace disk
