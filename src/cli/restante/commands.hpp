// The collector's sub-commands, each a function from what was asked for to an exit code (docs/collector.md lists them).
#pragma once

#include "collector/account_care.hpp"
#include "collector/fetching.hpp"
#include "collector/message_lookup.hpp"
#include "collector/restoring.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cli::restante {

/// What holds for every command.
struct style {
    std::string archive; ///< the folder; empty: the default one
    bool json = false;
    bool quiet = false;
    bool verbose = false; ///< what the protocol does, to standard error; never a secret
    bool yes = false;     ///< a person, or a script, has agreed to what would be asked
};

// archive_commands.cpp
/// `key_path`: of the key file of an encrypted archive that was lost; empty: a new key.
int init(const style& options, bool encrypted, const std::string& passphrase_command,
         const std::string& key_path);
int change_passphrase(const style& options);
/// Begins a second copy in a folder, whose disk must be mounted; `take_over`: also where it is another archive's.
int second_copy_init(const style& options, const std::string& folder, bool take_over);

// status_command.cpp
int status(const style& options);

// account_add.cpp
struct account_wish {
    std::string name;                  ///< an address, or any name with --server
    std::optional<std::string> server; ///< HOST[:PORT]
    std::optional<std::string> tls;
    std::optional<std::string> user;
    std::optional<std::string> password_command, password_file;
    bool password_keyring = false;
    std::string keep = "all";
    std::string clock = "stored";
    std::string ca;
    std::vector<std::string> pins;
    bool first_use = false;
    std::string client_certificate, client_key;
    std::vector<std::string> mechanisms;
    std::string proxy;
    std::string second_copy;
    bool second_copy_same_disk = false;
    std::string oauth2; ///< a provider
    std::string client_id, client_secret_command;
    bool no_check = false; ///< do not sign in now
};
int account_add(const style& options, const account_wish& wish);

// account_commands.cpp
int account_list(const style& options);
int account_show(const style& options, const std::string& name);
int account_test(const style& options, const std::string& name);
int account_remove(const style& options, const std::string& name);
/// Gets tokens from an OAuth 2.0 provider; `way`: "device", "browser".
int account_sign_in(const style& options, const std::string& name, const std::string& way);

// fetch_command.cpp
int fetch(const style& options, const collector::fetch_request& request);

// watch_command.cpp
struct watch_wish {
    std::vector<std::string> accounts; ///< none: all
    std::optional<std::string> every;  ///< goes before the files
    unsigned rounds = 0;               ///< end after so many of each account; 0: never
};
int watch(const style& options, const watch_wish& wish);

// reading_commands.cpp
int list(const style& options, const collector::query_wish& wish);
int search(const style& options, const collector::query_wish& wish);
int folders(const style& options, const std::optional<std::string>& account);
struct show_wish {
    std::string message;
    bool raw = false, headers = false, peek = false;
    bool thread = false; ///< all that answer it, or that it answers
};
int show(const style& options, const show_wish& wish);
int save(const style& options, const std::string& message, const std::string& folder,
         const std::vector<unsigned>& numbers);

// changing_commands.cpp
int mark(const style& options, const std::string& word, const std::vector<std::string>& messages);
/// `tags`: one, or several parted by commas; `add`, or take off.
int tag(const style& options, const std::string& tags, bool add, const std::vector<std::string>& messages);
int tags(const style& options);
int move(const style& options, const std::string& folder, const std::vector<std::string>& messages);

// verify_command.cpp
int verify(const style& options, const std::vector<std::string>& accounts, bool repair);

// restore_command.cpp
int restore(const style& options, const std::vector<std::string>& accounts,
            const collector::restore_request& request);

// keeping_commands.cpp
int explain(const style& options, const std::string& message, const std::optional<std::string>& account);
int rebuild(const style& options, const std::vector<std::string>& accounts, bool believe_files);
int adopt(const style& options, const std::string& account);
int take_over(const style& options, const std::string& account, const collector::take_over_request& request);

// export_command.cpp
struct exchange_wish {
    std::optional<std::string> mbox, eml, maildir;
    std::optional<std::string> pst;   ///< import alone
    std::optional<std::size_t> limit; ///< export alone; none: all
    collector::query_wish query;      ///< its own limit does not count
};
int export_mail(const style& options, const exchange_wish& wish);
// import_command.cpp
int import_mail(const style& options, const std::string& account, const exchange_wish& wish);

} // namespace cli::restante
