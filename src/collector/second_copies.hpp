// The folders of second copies: begun once on a person's word, and known again by their marker.
//
//   FOLDER/restante-second-copy      the marker: an id, which .restante/second-copies of the archive knows
//   FOLDER/restante-second-copy-key  of an encrypted archive: its key, under its passphrase
//   FOLDER/                          the account's copies, a Maildir; or, with second_copy of restante.toml,
//   FOLDER/NAME/                     one for each account
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "config/account_configuration.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace collector {

enum class second_copy_state {
    none,      ///< the account has none
    ready,     ///< it is there, ours, and on another disk or allowed to be on this one
    away,      ///< the folder or its marker is not there: the disk is not mounted
    not_begun, ///< a folder without a marker, and the archive knows of none there
    foreign,   ///< the marker of another archive
    older,     ///< ours, but another one was begun in its place since
    same_disk, ///< on the disk of the mail, and nobody allowed that
};

/// What was found where an account's second copy should be.
struct second_copy_view {
    second_copy_state state = second_copy_state::none;
    std::string path;             ///< of the account's copies
    std::string id{};             ///< of the marker, where it is ours
    bool folder_is_there = false; ///< else it is made by the first run
    bool on_same_disk = false;    ///< also where that is allowed
    bool key_is_there = true;     ///< of an encrypted archive: what opens the copies lies beside them
    std::optional<base::error>
        trouble{}; ///< where it cannot be used: temporary, what is wrong and what to do
};

/// Looks, and changes nothing.
second_copy_view look_at_second_copy(archive_folder& folder, const config::account_configuration& account);

/// Puts the key of an encrypted archive beside the marker in `root`, a folder that is ours, where it is not there or is
/// another: without it nobody could read what lies there once the archive is lost. Durable on return.
base::result<> keep_key_in(archive_folder& folder, const std::string& root);

/// Opens it; null where the account has none. Whatever hinders is temporary (exit code 75): nothing is made but the
/// account's own folder in one that is ours. What `book` says of another second copy is forgotten.
base::result<std::unique_ptr<store::collection>>
open_second_copy(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book);

/// A person's word on a folder.
struct second_copy_wish {
    std::string path;               ///< absolute; its parent must be there
    bool same_disk_allowed = false; ///< though it may lie on the disk of the archive
    bool take_over = false;         ///< though it has another archive's marker
    /// How a person allows the same disk, for the refusal.
    std::string_view allowing = "write second_copy_same_disk = true beside second_copy";
};
struct begun_second_copy {
    std::string id;      ///< of the marker
    bool before = false; ///< it was ours already
};
/// Puts our marker there, and makes the folder where it is not there.
base::result<begun_second_copy> begin_second_copy(archive_folder& folder, const second_copy_wish& wish);

struct named_second_copy {
    bool before = false;   ///< it was ours already
    bool is_named = false; ///< an account uses it, or restante.toml has it for all of them
};
/// begin_second_copy() in `path`, as the configuration allows it. What was proved of another second copy of the
/// accounts that use it counts no more; `in_use` where one of them has a run, which would go on in the old one.
base::result<named_second_copy> begin_named_second_copy(archive_folder& folder, const std::string& path,
                                                        bool take_over);

/// Looks, and makes `book` forget what it says of another second copy than the one that is there.
base::result<second_copy_view>
heed_second_copy(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book);

/// Makes `book` know that the account's second copy is the one with this id: takes in the tags that lie there, and
/// forgets what was proved of another one. Nothing where it knows that already.
base::result<> meet_second_copy(archive_folder& folder, const config::account_configuration& account,
                                ledger::ledger& book, const std::string& id);

// Tags go along into the second copy, and come back from it.

/// When a ledger meets a second copy for the first time, what is tagged there and not here becomes tagged here, also
/// contents that are still to come: before anything is written there.
base::result<> take_in_tags(archive_folder& folder, const std::string& account, ledger::ledger& book,
                            const std::string& path);

/// The account's tags, into the file restante-tags of its second copy; sealed where the archive is. Where that fails,
/// `tell` hears of it, and the mail goes on: the next run or verify tries again.
void put_out_tags(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book,
                  const std::function<void(const std::string&)>& tell);

} // namespace collector
