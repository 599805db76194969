// The folder that everything lies in: made at the first start, recognised at every other.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "cli/process.hpp"
#include "config/configuration.hpp"
#include "disk/file_system.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cli {

// ROOT/mail/      all maildrops, with a marker file        ROOT/tls/   cert.pem, key.pem (0600)
// ROOT/users      the users (0600)                         ROOT/run/   lock, admin.sock, lmtp.sock
// ROOT/secret     made at first use; see secret below (0600)
// ROOT/.restante  the mail folders and users files that were once there, a line each: outside them, so that it is
//                 still there when the disk they are on is not

/// The lock of a running daemon, and the secret of its root.
struct prepared_root {
    std::unique_ptr<disk::lock> lock;
    std::string secret; ///< see root_secret()
};

/// Makes what is missing, each durable, and takes the daemon's lock ROOT/run/lock. A mail folder without
/// its marker is made one at the first start only; where ROOT/.restante knows it, its disk is not mounted:
/// refused, as is a users file that is missing where one was before. `in_use` where another daemon serves this root.
base::result<prepared_root> prepare_root(const config::configuration& configuration, disk::file_system& files,
                                         base::wall_time now);

/// For `user add` and `import-unique-ids`, which may be the first command of all: the same without lock and
/// certificate.
base::result<> prepare_folders(const config::configuration& configuration, disk::file_system& files);

/// As root, before it becomes `owner`, who makes all the rest: at the first start the root and the mail folder, where
/// only root can.
base::result<> make_folders_for(const config::configuration& configuration, const identity& owner);

/// A temporary error where something that ROOT/.restante knows is missing. Makes nothing; a root that was never made is
/// good.
base::result<> recognise_root(const config::configuration& configuration, disk::file_system& files);

/// For all other commands without a daemon (deliver, user, undelete, sweep): a temporary error where the root, its mail
/// folder or what was once there is missing. Makes nothing: an unknown user of a root that is not there is no unknown
/// user.
base::result<> require_root(const config::configuration& configuration, disk::file_system& files);

/// What mends a root that its user may not read or write: "ROOT and all in it must belong to the user …".
std::string ownership_remedy(const std::string& root, const std::string& user);

/// What auth said of the users file, `error`, with what only the disk around it tells: its whole path where it is
/// missing
/// and its owner where the caller may not read it, each with the command that mends it. For people; may have lines.
std::string users_fault(const config::configuration& values, const base::error& error,
                        disk::file_system& files);

/// What prepare_root() would find of the mail folder; changes nothing.
enum class mail_folder_state {
    ready,       ///< it has its marker
    first_start, ///< it was never made: no marker, and ROOT/.restante does not know it
    not_mounted, ///< ROOT/.restante knows it, and its marker is missing
};
base::result<mail_folder_state> look_at_mail_folder(const config::configuration& configuration,
                                                    disk::file_system& files);

/// `path` in two: its folder, and its last component.
struct placed_file {
    std::string folder;
    std::string name;
};
placed_file split_path(const std::string& path);

// The secret of a root: what must look the same after a restart, and only this machine can compute.

// ROOT/secret (0600): 64 hexadecimal digits and a line end. The SCRAM salts of names that are no users come of it.

/// Reads it. Where there is none, makes it, durable. One that cannot be read, is not as it was
/// made, or can be read by others is never replaced: the error says what to do.
base::result<std::string> root_secret(disk::file_system& files, const std::string& root,
                                      base::random& random);

} // namespace cli
