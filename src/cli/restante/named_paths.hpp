// Paths that a person names outside of the archive.
#pragma once

#include "base/result.hpp"
#include "cli/restante/commands.hpp"
#include "collector/named_files.hpp"

#include <optional>
#include <string>

namespace cli::restante {

/// report() for what a person named and we could not read: with its whole path. 66 (EX_NOINPUT) where nothing lies
/// there, 77 (EX_NOPERM) where reading it is not permitted.
int report_at(const std::string& path, base::error error);

/// The same for a place where we were to write: 77 where that is not permitted, 73 (EX_CANTCREAT) where a file is in
/// the way, 66 where a link leads nowhere; a full disk stays 75.
int report_target(const std::string& path, base::error error);

/// Where to read from or to write to; none where nothing is named.
std::optional<collector::mail_place> place_in(const exchange_wish& wish);

} // namespace cli::restante
