// Where a command's configuration comes from: a file, the command line, or the defaults alone.
#pragma once

#include "config/configuration.hpp"
#include "config/site.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cli {

constexpr std::string_view default_configuration_path = "/etc/restante/restanted.toml";

/// What the command line says about it.
struct source {
    std::optional<std::string> file; ///< --config
    config::overrides wishes;

    /// The file to read: --config; none where only --root is given; else the default path where a file is
    /// there.
    std::optional<std::string> file_to_read() const;
    /// The file's name for messages; "the command line" where there is none.
    std::string name() const;
};

/// Where a daemon of this source has its root, though the file may be faulty: --root, else the file's `root` where that
/// line can be read, else the default.
struct likely_root {
    std::string path;
    bool file_is_faulty = false;
};
likely_root find_root(const source& origin);

/// Reads the file, puts the command line over it and checks all of it, without a look at the disk around.
/// A relative --root begins at the working directory.
config::reading read(const source& origin);

} // namespace cli
