// Mail of other programs into an account, to the octet.
#pragma once

#include "base/result.hpp"
#include "collector/account_desk.hpp"
#include "collector/archive_folder.hpp"
#include "collector/indexing.hpp"
#include "collector/named_files.hpp"
#include "exchange/importing.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace collector {

struct import_request {
    mail_place source;
    std::string folder;                                        ///< for what has none of its own
    std::function<void(std::uint64_t messages)> progress = {}; ///< after each group
    indexing_progress indexing = {};
};

struct import_report {
    exchange::imported done;
    std::string prefix;                     ///< makes whole paths of those that `done` names
    std::optional<base::error> not_indexed; ///< why the index does not know what was stored
};

/// The account, locked. A ledger that knows nothing of the mail that is here is made again first, so that nothing is
/// stored twice.
base::result<account_desk> open_for_import(archive_folder& folder, const std::string& account);

/// Stores what lies in the source, and indexes it. The error is one of the source: `malformed` where it has another
/// form, `vanished` where nothing lies there, `refused` where the program that reads it is not installed.
base::result<import_report> import_mail(archive_folder& folder, account_desk& desk,
                                        const import_request& request);

// Outlook's data files (.pst), unpacked by readpst of Debian's package pst-utils: no code of ours reads that format.

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
