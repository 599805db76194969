// The archive's folder: what lies where in it, and how its parts are opened.
//
//   DIR/restante.toml           what holds for all accounts
//   DIR/NAME.toml  DIR/NAME/    an account and its mail, a Maildir
//   DIR/.restante/              the ledger, the index, locks, tokens, the key of an encrypted archive
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "collector/person.hpp"
#include "config/account_configuration.hpp"
#include "config/archive_configuration.hpp"
#include "disk/file_system.hpp"
#include "disk/sealed/sealing_key.hpp"
#include "ledger/ledger.hpp"
#include "search/index.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace collector {

/// $RESTANTE_ARCHIVE, else restante/ in $XDG_DATA_HOME, else ~/.local/share/restante.
std::string default_archive_path();

class archive_folder {
public:
    /// `refused` where no archive is there: it may be a disk that is not mounted, so nothing is made.
    static base::result<std::unique_ptr<archive_folder>> open(const std::string& path,
                                                              collector::person person);
    /// Makes one where none is, with this configuration; opens it otherwise. `passphrase` is for an encrypted one, and
    /// `key_file` the key file of an archive that was lost, which it opens (`credentials` where it does not); empty: a
    /// new key.
    static base::result<std::unique_ptr<archive_folder>>
    make(const std::string& path, const config::archive_configuration& configuration,
         const std::string& passphrase, collector::person person, std::string_view key_file = {});
    static bool is_there(const std::string& path);
    ~archive_folder();

    const config::archive_configuration& configuration() const { return configuration_; }
    const std::string& path() const { return path_; }
    /// Who asked for the work.
    const collector::person& person() const { return person_; }
    const base::clock& clock() const { return clock_; }
    base::random& random() { return random_; }
    /// Where the ledger and the index lie: the disk as it is, for they seal themselves.
    ledger::own_disk own_disk() { return {*files_}; }
    disk::file_system& files() { return *files_; } ///< the disk as it is, for what a person names outside
    /// Where files lie that are as secret as the mail: sealed in an encrypted archive.
    disk::file_system& sealed_files() { return sealed_files_ ? *sealed_files_ : *files_; }

    /// In the order of their names.
    base::result<std::vector<std::string>> account_names();
    /// Those that were named; all where none was.
    base::result<std::vector<std::string>> named_or_all(const std::vector<std::string>& named);
    /// The account's file; `malformed` with every fault, a line each; `unknown_user` where there is none.
    base::result<config::account_configuration> account(const std::string& name);
    /// `exists` where an account has that name.
    base::result<> check_is_new(const std::string& name);
    base::result<> save_account(const config::account_configuration& account, bool replace);
    /// The file and the tokens go; the mail stays.
    base::result<> remove_account(const std::string& name);

    // Each call opens anew: every thread has its own.
    base::result<std::unique_ptr<store::collection>> mail(const std::string& account);
    /// A collection elsewhere, for second copies and exports; sealed like the archive itself where `sealed`.
    base::result<std::unique_ptr<store::collection>> elsewhere(const std::string& path, bool sealed);
    /// A damaged file is `malformed`: restante rebuild makes it again. One that is no file, or not ours, is `refused`.
    base::result<std::unique_ptr<ledger::ledger>> ledger();
    /// It need not be looked at before a run: its last user left it sound.
    bool ledger_is_sound() const;
    /// What ledger::tags_state() is, or is about to be.
    base::result<std::string> tags_state();
    /// A damaged one is thrown away and made anew.
    base::result<std::unique_ptr<search::index>> index();
    base::result<std::unique_ptr<search::index>> make_index_again();
    bool has_index() const; ///< a file with something in it

    /// One run an account at a time; `in_use` where another program has it.
    base::result<std::unique_ptr<disk::lock>> lock(const std::string& account);

    base::result<std::optional<std::string>> tokens(const std::string& account);
    base::result<> save_tokens(const std::string& account, const std::string& json);

    bool encrypted() const { return key_.has_value(); }
    /// The key of an encrypted archive as it lies on the disk, under its passphrase.
    base::result<std::string> key_file();
    /// The key of an encrypted archive under another passphrase; `refused` where the archive is not encrypted.
    base::result<> change_passphrase(const std::string& passphrase);

    std::string ledger_path() const { return state_path() + "/ledger.sqlite"; }
    std::string index_path() const { return state_path() + "/index.sqlite"; }
    std::string state_path() const { return path_ + "/.restante"; }
    std::string mail_path(const std::string& account) const { return path_ + "/" + account; }
    /// Where damaged files of the account are put aside.
    std::string damaged_path(const std::string& account) const
    {
        return state_path() + "/damaged/" + account;
    }
    const ledger::database_key& database_key() const { return database_key_; }

private:
    archive_folder(std::string path, collector::person person);
    base::result<> read_configuration();
    base::result<> check_journals();
    /// Asks for the passphrase where it is not given.
    static base::result<std::unique_ptr<archive_folder>>
    open(const std::string& path, collector::person person, const std::optional<std::string>& passphrase);
    base::result<> unlock(const std::optional<std::string>& known);

    std::string path_;
    collector::person person_;
    config::archive_configuration configuration_;
    base::system_clock clock_;
    base::system_random random_;
    base::null_log log_;
    std::unique_ptr<disk::file_system> files_; ///< the disk as it is
    std::optional<disk::sealing_key> key_;     ///< of an encrypted archive
    std::unique_ptr<disk::file_system>
        sealed_files_; ///< the disk through the key; null where nothing is sealed
    ledger::database_key database_key_;
    std::atomic<bool> ledger_known_ = false; ///< it was opened here before
    std::unique_ptr<disk::directory> root_;
    std::unique_ptr<disk::directory> state_;
};

} // namespace collector
