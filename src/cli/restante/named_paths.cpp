// Paths, and the form that a person must name.
#include "cli/restante/named_paths.hpp"

#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace cli::restante {

namespace {

/// By the modes and the mount, as open(2) would find; access(2) alone asks for the real user.
bool is_forbidden(const std::string& path, int mode)
{
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) != 0 &&
           (errno == EACCES || errno == EPERM || errno == EROFS);
}

/// The deepest part of a path that is there.
std::string deepest_there(const std::string& path)
{
    std::error_code unknown;
    std::filesystem::path ancestor = collector::absolute_path(path);
    while (ancestor.has_relative_path() && !std::filesystem::exists(ancestor, unknown))
        ancestor = ancestor.parent_path();
    return ancestor.string();
}

int report_with_path(const std::string& path, base::error error, bool forbidden)
{
    if (forbidden) error.kind = base::failure::refused;
    error.operator_text = collector::absolute_path(path) + ": " + error.operator_text;
    return report(error);
}

} // namespace

int report_at(const std::string& path, base::error error)
{
    std::error_code unknown;
    if (error.kind == base::failure::vanished && !std::filesystem::exists(path, unknown))
        return error_exit(EX_NOINPUT, collector::absolute_path(path) + " is not there");
    // What a person may not read, or what is no such file, does not get better by itself.
    if (error.kind == base::failure::storage || error.kind == base::failure::vanished)
        error.temporary = false;
    const bool forbidden = error.kind == base::failure::storage && is_forbidden(path, R_OK);
    return report_with_path(path, std::move(error), forbidden);
}

int report_target(const std::string& path, base::error error)
{
    std::error_code unknown;
    const std::string ancestor = deepest_there(path);
    if (error.kind == base::failure::vanished)
        return error_exit(EX_NOINPUT,
                          collector::absolute_path(path) + " cannot be made: a link there leads nowhere");
    if (error.kind == base::failure::storage) error.temporary = false;
    const bool forbidden = error.kind == base::failure::storage && is_forbidden(ancestor, W_OK);
    if (error.kind == base::failure::refused && !std::filesystem::is_directory(ancestor, unknown))
        error.kind = base::failure::exists;
    return report_with_path(path, std::move(error), forbidden);
}

std::optional<collector::mail_place> place_in(const exchange_wish& wish)
{
    using collector::mail_form;
    if (wish.mbox) return collector::mail_place{mail_form::mbox, *wish.mbox};
    if (wish.eml) return collector::mail_place{mail_form::eml, *wish.eml};
    if (wish.maildir) return collector::mail_place{mail_form::maildir, *wish.maildir};
    if (wish.pst) return collector::mail_place{mail_form::outlook, *wish.pst};
    return std::nullopt;
}

} // namespace cli::restante
