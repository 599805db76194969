// Paths, and the form that a person must name.
#include "cli/collector/exchange.hpp"

#include "cli/collector/reporting.hpp"
#include "cli/terminal.hpp"

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace cli::collector {

namespace {

/// By the modes and the mount, as open(2) would find; access(2) alone asks for the real user.
bool is_forbidden(const std::string& path, int what)
{
    return ::faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) != 0 &&
           (errno == EACCES || errno == EPERM || errno == EROFS);
}

/// The deepest part of a path that is there.
std::string deepest_there(const std::string& path)
{
    std::error_code unknown;
    std::filesystem::path at = absolute(path);
    while (at.has_relative_path() && !std::filesystem::exists(at, unknown)) at = at.parent_path();
    return at.string();
}

base::error no_such_file(base::failure kind, std::string why)
{
    return {.kind = kind, .temporary = false, .peer_text = {}, .operator_text = std::move(why)};
}

int report_with_path(const std::string& path, base::error why, bool forbidden)
{
    if (forbidden) why.kind = base::failure::refused;
    why.operator_text = absolute(path) + ": " + why.operator_text;
    return report(why);
}

} // namespace

parted part(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string absolute(const std::string& path)
{
    std::error_code none; // without a working directory the path is told as it was typed
    const auto whole = std::filesystem::absolute(path, none);
    return none ? path : whole.lexically_normal().string();
}

int report_at(const std::string& path, base::error why)
{
    std::error_code unknown;
    if (why.kind == base::failure::vanished && !std::filesystem::exists(path, unknown))
        return error_exit(EX_NOINPUT, absolute(path) + " is not there");
    // What a person may not read, or what is no such file, does not get better by itself.
    if (why.kind == base::failure::storage || why.kind == base::failure::vanished) why.temporary = false;
    const bool forbidden = why.kind == base::failure::storage && is_forbidden(path, R_OK);
    return report_with_path(path, std::move(why), forbidden);
}

int report_target(const std::string& path, base::error why)
{
    std::error_code unknown;
    const std::string there = deepest_there(path);
    if (why.kind == base::failure::vanished)
        return error_exit(EX_NOINPUT, absolute(path) + " cannot be made: a link there leads nowhere");
    if (why.kind == base::failure::storage) why.temporary = false;
    const bool forbidden = why.kind == base::failure::storage && is_forbidden(there, W_OK);
    if (why.kind == base::failure::refused && !std::filesystem::is_directory(there, unknown))
        why.kind = base::failure::exists;
    return report_with_path(path, std::move(why), forbidden);
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
                                                                     ? "it is a folder, and no file"
                                                                     : "it is no regular file"));
    return part(whole.string());
}

bool names_one_form(const exchange_wish& wish)
{
    return wish.mbox || wish.eml || wish.maildir || wish.pst;
}

} // namespace cli::collector
