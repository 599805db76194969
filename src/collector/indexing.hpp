// Bringing the index up to what lies in the archive.
#pragma once

#include "collector/archive_folder.hpp"
#include "config/archive_configuration.hpp"
#include "search/index.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace collector {

/// How many messages of an account the index has read, of those that it did not know.
using indexing_progress =
    std::function<void(const std::string& account, std::uint64_t ready, std::uint64_t total)>;

/// All accounts; or the one that was named, also where it was removed: its mail stays, and can still be asked for.
/// `unknown_user` where there is neither an account nor mail of that name.
base::result<std::vector<std::string>> accounts_to_ask(archive_folder& folder,
                                                       const std::optional<std::string>& account);

/// After a round of `watch`: the new messages of one account. What goes wrong is told and waits for the next time: the
/// mail is stored, and `list` and `search` bring the index up to it. The error is temporary, unless the disk says
/// otherwise.
base::result<> index_mail(archive_folder& folder, const std::string& account,
                          const indexing_progress& progress, const std::atomic<bool>* stop);

/// Opens the index and catches up with every account (or one). `unknown_user` where there is no such account, nor
/// mail of one that was removed.
base::result<std::unique_ptr<search::index>> open_index(archive_folder& folder,
                                                        const std::optional<std::string>& account,
                                                        const indexing_progress& progress);

// Texts of attachments, by programs that restante.toml names: for the index alone.

class attachment_reader {
public:
    attachment_reader(const config::archive_configuration& configuration,
                      std::function<void(const std::string&)> note)
        : commands_(configuration.text_of), note_(std::move(note))
    {
    }

    /// Stands for the programs; empty: none.
    std::string name() const;
    bool wants(const mail::mime::attachment& attachment) const { return !command_for(attachment).empty(); }
    /// What the program prints, at most a MiB of it. It has the attachment as its standard input, where it may seek;
    /// it is killed after 30 s. What goes wrong is noted once for each program, and the text is empty.
    std::string text_of(const mail::mime::attachment& attachment, std::string_view octets);

private:
    const std::vector<std::string>& command_for(const mail::mime::attachment& attachment) const;

    decltype(config::archive_configuration::text_of) commands_;
    std::function<void(const std::string&)> note_;
    std::set<std::string> complained_; ///< of which programs
};

} // namespace collector
