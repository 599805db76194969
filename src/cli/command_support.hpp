// What most sub-commands begin and end with.
#pragma once

#include "base/result.hpp"
#include "cli/process.hpp"
#include "cli/source.hpp"

#include <optional>
#include <span>
#include <string>

namespace cli {

/// The configuration, or nothing after its faults were printed to standard error.
std::optional<config::configuration> usable_configuration(const source& origin);

void print_faults(std::span<const config::fault> faults, const std::string& file_name);

/// What is wrong where the caller, who became the daemon's user, may not read the configuration file at `path`; none
/// where he may, or where there is no file. Ask source::file_to_read() before: later the way there may be closed.
std::optional<config::fault> configuration_closed(const std::optional<std::string>& path);

/// Where root called, becomes the configured user, or else whoever owns the root folder, so that files belong
/// to the daemon. Makes nothing; a temporary error where the root or a part of it is missing (require_root()).
base::result<> enter(const config::configuration& configuration);

/// The same for a command that may be the first of all: makes what was never there.
base::result<> make_and_enter(const config::configuration& configuration);

/// One of these two.
using entrance = base::result<> (*)(const config::configuration&);

/// Whom `serve` becomes: as enter() does. Root without `user`, and with a root folder of its own, is `malformed`
/// (serving as root is refused), but for a trial, which the option --root makes it: then there is nobody.
base::result<std::optional<identity>> serving_identity(const config::configuration& configuration,
                                                       const source& origin);

/// Prints the operator's text; the exit code of sysexits.h that fits the error.
int report(const base::error& error);

} // namespace cli
