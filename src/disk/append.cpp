// A file that only grows.
#include "disk/append.hpp"

#include "disk/name_check.hpp"
#include "disk/posix_file.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace disk {

base::result<std::unique_ptr<file>> open_to_append(const std::string& path, std::string_view name)
{
    if (auto good = check_name(name); !good) return base::fail(good.error());
    const std::string whole = path + "/" + std::string(name);
    constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    owned_descriptor opened(retried([&] { return ::open(whole.c_str(), flags, 0600); }));
    if (!opened.is_open()) return base::fail(posix_error("open for appending", whole));
    struct stat of{};
    if (::fstat(opened.number(), &of) != 0) return base::fail(posix_error("stat", whole));
    if (!S_ISREG(of.st_mode)) return base::fail(not_regular(whole));
    return std::make_unique<posix_file>(std::move(opened), whole);
}

base::result<> shorten(file& of, std::uint64_t octets)
{
    if (retried([&] { return ::ftruncate(of.descriptor(), static_cast<off_t>(octets)); }) == 0) return {};
    return base::fail(posix_error("shorten", "a file"));
}

} // namespace disk
