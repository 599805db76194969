// Paths that a person names outside of the archive.
#pragma once

#include "base/result.hpp"
#include "cli/collector/commands.hpp"

#include <string>

namespace cli::collector {

/// A path as its folder and its last part.
struct parted {
    std::string folder, name;
};
parted part(const std::string& path);

/// As a person finds it from anywhere.
std::string absolute(const std::string& path);

/// report() for what a person named: with its whole path, and 66 (EX_NOINPUT) where nothing lies there.
int report_at(const std::string& path, base::error why);

/// Says what is missing where the wish names no form.
bool names_one_form(const exchange_wish& wish);

} // namespace cli::collector
