// Paths that a person names outside of the archive.
#pragma once

#include "base/result.hpp"

#include <string>

namespace collector {

/// A path as its folder and its last part.
struct parted {
    std::string folder, name;
};
parted part(const std::string& path);

/// `path` as it is found from any folder: absolute, in one form, without a '/' at its end. An empty one stays empty,
/// and without a working directory it stays as it was typed.
std::string absolute_path(const std::string& path);

/// What a person exports to or imports from.
enum class mail_form {
    mbox,
    eml, ///< a folder of files, or one file
    maildir,
    outlook, ///< a .pst file; import alone
};
struct mail_place {
    mail_form form = mail_form::mbox;
    std::string path;
};

/// The file that a path leads to, links followed: whoever names a link means what it leads to. `vanished` where
/// nothing lies there, `malformed` where it is no regular file, so that nobody waits for a FIFO's writer.
base::result<parted> named_file(const std::string& path);

} // namespace collector
