// Where the messages of a collection were last seen.
#pragma once

#include "store/maildir/collection_folders.hpp"
#include "store/maildir/scan.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace store::maildir {

struct location {
    std::shared_ptr<open_folder> in;
    maildir::folder folder = folder::fresh;
    std::string info; ///< the file's name is the key and this

    disk::directory& directory() const { return in->at.in(folder); }
};

/// Finds messages by key: at once where nothing has changed, else by looking into the folders. Safe from any thread.
class locations {
public:
    locations(collection_folders& folders, const base::clock& clock) : folders_(folders), clock_(clock) {}

    /// Does something to a message's file; `vanished` where no file has that name.
    using action = std::function<base::result<>(const location&)>;
    /// Attempts it where the message was last seen, and if it vanished from there, where a search shows it. `vanished`
    /// where it is nowhere; temporary `storage` where it moved faster than we could follow.
    base::result<> act_on(std::string_view key, const action& act);

    void remember(std::string_view key, location where);
    void forget(std::string_view key);
    /// All of a folder at once.
    void remember(const std::shared_ptr<open_folder>& folder, const found_names& found);

private:
    std::optional<location> last_seen(std::string_view key);
    base::result<std::optional<location>> search(std::string_view key, const std::optional<location>& last);
    base::result<std::optional<location>> search_folder(std::string_view key,
                                                        const std::shared_ptr<open_folder>& folder);

    collection_folders& folders_;
    const base::clock& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, location> known_; // about 200 octets a message
};

} // namespace store::maildir
