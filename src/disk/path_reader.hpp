// Files and folders that a person names by their paths, such as certificates: read whole, listed, watched for changes.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace disk {

/// Opens for reading a file or folder that this process itself may not read, such as a key that is root's alone; the
/// value is a descriptor that the caller closes.
using file_opener = std::function<base::result<int>(const std::string& path)>;

/// Links are followed, in the path and at its end, unlike below a `directory`: where they lead is the business of
/// whoever named the path. Errors say "cannot read PATH: " and why. Blocks for the disk; safe from any thread.
class path_reader {
public:
    /// `open_unreadable` is asked where a path may not be read (EACCES); empty: nobody is.
    explicit path_reader(file_opener open_unreadable = {}) : open_unreadable_(std::move(open_unreadable)) {}

    struct contents {
        std::string octets;
        std::uint32_t mode = 0; ///< permission bits, 07777
    };
    /// Reads a regular file whole. `malformed` where it is none, or has more than `mebibytes_max`.
    base::result<contents> read(const std::string& path, std::size_t mebibytes_max) const;

    struct entry {
        std::string name;
        std::optional<bool> is_folder; ///< a folder, or a link to one; none: we may not look behind the link
    };
    /// What is in a folder but "." and "..", in no order.
    base::result<std::vector<entry>> list(const std::string& folder) const;

    /// A line that identifies what is at `path`: "PATH DEVICE:FILE SIZE SECONDS.NANOSECONDS" (of the last change, which
    /// nobody can set back), or "PATH error NUMBER" where it cannot be looked at.
    std::string state(const std::string& path) const;

private:
    file_opener open_unreadable_;
};

} // namespace disk
