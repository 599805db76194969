// Outlook's data files (.pst), unpacked by readpst of Debian's package pst-utils: no code of ours reads that format.
#pragma once

#include "base/result.hpp"

#include <string>
#include <vector>

namespace collector {

/// A folder of .eml files that goes when this is destroyed.
class unpacked_mail {
public:
    explicit unpacked_mail(std::string path) : path_(std::move(path)) {}
    unpacked_mail(unpacked_mail&& other) noexcept;
    unpacked_mail& operator=(unpacked_mail&&) = delete;
    ~unpacked_mail();
    /// Where Outlook's folders begin: below the one that stands for the file itself, where there is such a one.
    std::string top() const;
    const std::string& path() const { return path_; }

    std::vector<std::string> left_out{}; ///< what readpst made no files of, by folder, for people

private:
    std::string path_;
};

/// Unpacks into a folder of mode 0700 below $TMPDIR, else /tmp. `refused` where readpst is not installed, with the name
/// of its package; `malformed` where it cannot read the file; `vanished` where that is not there.
base::result<unpacked_mail> unpack_outlook(const std::string& path);

} // namespace collector
