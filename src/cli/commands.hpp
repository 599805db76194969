// The sub-commands, each a function from what was asked for to an exit code of sysexits.h.
#pragma once

#include "cli/source.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cli {

/// How a command that answers shall answer.
struct answer_style {
    bool json = false;
};

// serve.cpp
int serve(const source& origin);

// check.cpp
/// Prints every fault, or what a start would open; `show`: all values in force, as a configuration.
int check(const source& origin, bool show);

// read_certificates.cpp
/// For the daemon at the other end of standard input, a socket of systemd's.
int read_certificates(const source& origin);

// doctor.cpp
/// A line for each thing looked at, with a remedy; 0 unless there is an error.
int doctor(const source& origin, answer_style style);

// user_commands.cpp
int user_add(const source& origin, const std::string& name, const std::vector<std::string>& fields);
int user_passwd(const source& origin, const std::string& name);
int user_remove(const source& origin, const std::string& name);
int user_list(const source& origin, answer_style style);
int user_show(const source& origin, const std::string& name, answer_style style);

// deliver.cpp
/// A message from standard input; for an MTA's pipe, so whatever is neither the message's nor the recipient's
/// fault is EX_TEMPFAIL, even a bad configuration: the MTA keeps the message.
int deliver(const source& origin, const std::string& address, const std::optional<std::string>& sender);

// maildrop_commands.cpp
struct undelete_wish {
    std::string user;
    std::optional<std::string> session;
    std::optional<std::string> since;
};
int undelete(const source& origin, const undelete_wish& wish);
struct sweep_wish {
    std::vector<std::string> users; ///< all where none is named
    bool held = false;              ///< all held mail, too
    std::optional<std::string> held_older_than;
};
int sweep(const source& origin, const sweep_wish& wish);
/// `format`: what Dovecot's pop3_uidl_format was.
int import_unique_ids(const source& origin, const std::vector<std::string>& users, const std::string& format);

// backup.cpp, restore.cpp
/// Copies users, mail, held mail, unique-ids, certificates and configuration into a new folder, while the daemon
/// serves.
int backup(const source& origin, const std::string& folder, answer_style style);
/// Fills an empty root with what a backup has, and compares every file with its checksum.
int restore(const source& origin, const std::string& folder, answer_style style);

// admin_commands.cpp
int who(const source& origin, answer_style style);
int kick(const source& origin, const std::string& user_or_session);
int status(const source& origin, answer_style style);
int reload(const source& origin);

} // namespace cli
