// The folders of a Maildir++: the main one, and a directory ".Name" in it for each other.
#pragma once

#include "base/clock.hpp"
#include "store/maildir/place.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace store::maildir {

struct open_folder {
    std::string name; ///< "" or "Lists/C++"
    folders at;
};

/// Opens folders once and keeps them open; safe from any thread. INBOX is the main folder (without_inbox()).
class collection_folders {
public:
    /// The main folder, with its parts open. Its path is for log lines.
    explicit collection_folders(folders main);

    /// Every folder that is there now, the main one first. Two directories may be of one folder: ".Sent" and
    /// ".INBOX.Sent".
    base::result<std::vector<std::shared_ptr<open_folder>>> all();
    /// The folder `given`, made where missing; itself and its parts durable.
    base::result<std::shared_ptr<open_folder>> for_additions(const std::string& given);
    /// The folder `given`, as far as it is there under the name that we would give it; else null.
    std::shared_ptr<open_folder> there(const std::string& given);
    /// Somebody removed its directory: open it anew next time.
    void forget(const std::string& given);

    /// The main one's own directory.
    disk::directory& root() { return *main_->at.maildrop; }

private:
    struct known_folder {
        std::shared_ptr<open_folder> folder;
        bool durable = false;
    };
    base::result<std::shared_ptr<open_folder>> open(const std::string& directory, const std::string& name,
                                                    bool make);
    base::result<> make_durable(known_folder& folder);

    const std::shared_ptr<open_folder> main_;
    std::mutex mutex_;
    std::map<std::string, known_folder> known_; ///< by the name of the directory; all but the main one
};

/// The folders' names and, of cur/ and new/ of each, the inode and the times of the last change, in nanoseconds: both
/// that which other programs can set and that which they cannot. Nothing where one of them changed so shortly before
/// `now` that the next change may get the same time.
base::result<std::optional<std::string>> state_text(std::span<const std::shared_ptr<open_folder>> all,
                                                    base::wall_time now);

} // namespace store::maildir
