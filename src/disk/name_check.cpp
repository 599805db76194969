// Which names may be given to a directory.
#include "disk/name_check.hpp"

namespace disk {

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
