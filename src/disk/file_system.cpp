// Small files as one value: read whole, replaced whole.
#include "disk/file_system.hpp"

#include "base/encoding.hpp"
#include "base/random.hpp"

#include <algorithm>

namespace disk {

namespace {

constexpr std::size_t read_octets = 64 * 1024; // one read of a settings or cache file, as a rule

base::error above_limit(std::string_view name, std::uint64_t octets_max)
{
    return base::permanent_error(base::failure::too_large, "read '" + std::string(name) +
                                                               "': it has more than " +
                                                               std::to_string(octets_max) + " octets");
}

base::result<> write_durably(directory& directory, std::string_view name, std::string_view contents)
{
    auto created = directory.create(name);
    if (!created) return base::fail(created.error());
    if (auto written = (*created)->write(contents); !written) return written;
    if (auto synced = (*created)->sync(); !synced) return synced;
    return (*created)->close();
}

} // namespace

base::result<std::string> read_whole(directory& directory, std::string_view name, std::uint64_t octets_max)
{
    auto opened = directory.open(name);
    if (!opened) return base::fail(opened.error());
    std::string out;
    for (;;) {
        const std::size_t before = out.size();
        // One octet more than allowed: a file that grows while it is read is caught as well.
        const auto room =
            static_cast<std::size_t>(std::min<std::uint64_t>(read_octets - 1, octets_max - before)) + 1;
        out.resize(before + room);
        auto got = (*opened)->read(std::span(out).subspan(before), before);
        if (!got) return base::fail(got.error());
        out.resize(before + *got);
        if (*got == 0) return out;
        if (out.size() > octets_max) return base::fail(above_limit(name, octets_max));
    }
}

base::result<> replace_whole(directory& directory, std::string_view name, std::string_view contents)
{
    // A name of our own, so that two who replace the same file at once do not write into each other's.
    const std::string temporary = ".new-" + base::to_hex(base::system_random().octets(8));
    auto done = write_durably(directory, temporary, contents);
    if (done) done = directory.replace(temporary, directory, name);
    if (!done) {
        static_cast<void>(directory.remove(temporary)); // what cannot be removed now is harmless
        return done;
    }
    return directory.sync();
}

base::result<> check_name(std::string_view name)
{
    using namespace std::string_view_literals;
    const bool good = !name.empty() && name != "." && name != ".." && name.size() <= name_octets_max &&
                      name.find_first_of("/\0"sv) == std::string_view::npos;
    if (good) return {};
    return base::fail(
        base::permanent_error(base::failure::malformed,
                              "not a name of one file: '" + std::string(name.substr(0, name_octets_max)) +
                                  "'; it must be 1 to 255 octets without '/' and NUL, and not '.' or '..'"));
}

} // namespace disk
