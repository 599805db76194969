// Paths that a person names outside of the archive.
#include "collector/named_files.hpp"

#include <filesystem>

namespace collector {

namespace {

base::error no_such_file(base::failure kind, std::string reason)
{
    return {.kind = kind, .temporary = false, .peer_text = {}, .operator_text = std::move(reason)};
}

} // namespace

parted part(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string absolute_path(const std::string& path)
{
    if (path.empty()) return path;
    std::error_code trouble;
    auto absolute = std::filesystem::absolute(path, trouble).lexically_normal().string();
    if (trouble) return path;
    while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
    return absolute;
}

base::result<parted> named_file(const std::string& path)
{
    if (path.empty()) return base::fail(no_such_file(base::failure::malformed, "the name is empty"));
    std::error_code trouble;
    const auto whole = std::filesystem::canonical(path, trouble);
    if (trouble == std::errc::too_many_symbolic_link_levels)
        return base::fail(no_such_file(base::failure::malformed, "a link that leads back to itself"));
    if (trouble == std::errc::no_such_file_or_directory || trouble == std::errc::not_a_directory)
        return base::fail(no_such_file(base::failure::vanished, "it is not there"));
    if (trouble) return base::fail(base::error_from_errno(trouble.value(), "looking for it"));
    if (!std::filesystem::is_regular_file(whole, trouble))
        return base::fail(no_such_file(base::failure::malformed, std::filesystem::is_directory(whole, trouble)
                                                                     ? "it is a folder, not a file"
                                                                     : "it is not a regular file"));
    return part(whole.string());
}

} // namespace collector
