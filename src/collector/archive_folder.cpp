// The archive's folder: what lies where in it, and how its parts are opened.
#include "collector/archive_folder.hpp"

#include "collector/passphrase.hpp"
#include "collector/state_files.hpp"
#include "disk/posix.hpp"
#include "disk/sealed/sealed_file_system.hpp"
#include "ledger/unique_id_journal.hpp"
#include "store/maildir/collection.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

namespace collector {

namespace {

constexpr std::string_view marker_name = "archive";
constexpr std::string_view marker_text =
    "This folder is an archive of restante. Keep this file: without it the archive is taken "
    "for a disk that is not mounted.\n";
constexpr std::string_view configuration_name = "restante.toml";
constexpr std::uint64_t file_octets_max = 1U
                                          << 20U; // of what a person or we write here: configurations, tokens

std::string in_home(std::string_view rest)
{
    const char* const home = std::getenv("HOME");
    return std::string(home != nullptr && *home != '\0' ? home : ".") + std::string(rest);
}

// "disk: what" of a bare file system error says where, too.
base::error at_path(const std::string& path, base::error error)
{
    error.operator_text = path + ": " + error.operator_text;
    return error;
}

base::result<> check_database_files(const std::string& path)
{
    for (const std::string_view suffix : {"", "-wal", "-shm"})
        if (auto usable = check_state_file(path + std::string(suffix)); !usable) return usable;
    return {};
}

std::string all_of(const std::vector<config::fault>& faults, const std::string& file)
{
    std::string out;
    for (const auto& line : config::format_faults(faults, file))
        out.append(out.empty() ? "" : "\n").append(line);
    return out;
}

} // namespace

std::string default_archive_path()
{
    if (const char* const given = std::getenv("RESTANTE_ARCHIVE"); given != nullptr && *given != '\0')
        return given;
    if (const char* const data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/')
        return std::string(data) + "/restante";
    return in_home("/.local/share/restante");
}

archive_folder::archive_folder(std::string path, collector::person person)
    : path_(std::move(path)), person_(std::move(person)), files_(std::make_unique<disk::posix_file_system>())
{
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
}

archive_folder::~archive_folder() = default;

bool archive_folder::is_there(const std::string& path)
{
    disk::posix_file_system files;
    auto state = files.open(path + "/.restante");
    return state && (*state)->status(marker_name);
}

base::result<std::unique_ptr<archive_folder>> archive_folder::open(const std::string& path,
                                                                   collector::person person)
{
    return open(path, std::move(person), std::nullopt);
}

base::result<std::unique_ptr<archive_folder>>
archive_folder::open(const std::string& path, collector::person person,
                     const std::optional<std::string>& passphrase)
{
    if (!is_there(path))
        return base::fail(base::permanent_error(
            base::failure::refused, "no archive in " + path +
                                        ": restante account add creates one, and restante init an empty one; "
                                        "if there should be one, check that its disk is mounted"));
    std::unique_ptr<archive_folder> out(new archive_folder(path, std::move(person)));
    auto root = out->files_->open(out->path_);
    if (!root) return base::fail(at_path(path, root.error()));
    out->root_ = std::move(*root);
    auto state = out->root_->open_directory(".restante");
    if (!state) return base::fail(at_path(out->state_path(), state.error()));
    out->state_ = std::move(*state);
    for (const auto& folder : {out->path_, out->state_path()})
        if (auto ours = check_only_we_write(folder); !ours) return base::fail(ours.error());
    if (auto done = out->read_configuration(); !done) return base::fail(done.error());
    if (auto done = out->unlock(passphrase); !done) return base::fail(done.error());
    return out;
}

base::result<std::unique_ptr<archive_folder>>
archive_folder::make(const std::string& path, const config::archive_configuration& configuration,
                     const std::string& passphrase, collector::person person, std::string_view key_file)
{
    if (is_there(path)) return open(path, std::move(person));
    if (!key_file.empty())
        if (auto opened = disk::sealing_key::unwrap(key_file, passphrase); !opened)
            return base::fail(opened.error());
    disk::posix_file_system files;
    if (auto made = files.make_path(path + "/.restante"); !made)
        return base::fail(at_path(path, made.error()));
    auto root = files.open(path);
    if (!root) return base::fail(at_path(path, root.error()));
    if (!(*root)->status(configuration_name))
        if (auto wrote =
                disk::replace_whole(**root, configuration_name, config::format_archive(configuration));
            !wrote)
            return base::fail(at_path(path, wrote.error()));
    auto state = (*root)->open_directory(".restante");
    if (!state) return base::fail(at_path(path, state.error()));
    if (configuration.encrypted) {
        base::system_random random;
        auto kept = key_file.empty() ? disk::sealing_key::make(random).write(**state, passphrase, random)
                                     : disk::replace_whole(**state, disk::sealing_key::file_name, key_file);
        if (!kept) return base::fail(at_path(path, kept.error()));
    }
    // The marker last: an archive that was made halfway is none.
    if (auto wrote = disk::replace_whole(**state, marker_name, marker_text); !wrote)
        return base::fail(at_path(path, wrote.error()));
    return open(path, std::move(person),
                configuration.encrypted ? std::optional(passphrase) : std::nullopt); // nobody is asked twice
}

base::result<> archive_folder::read_configuration()
{
    if (!root_->status(configuration_name)) return {};
    if (auto ours = check_only_we_write(path_ + "/restante.toml"); !ours) return ours;
    const auto text = disk::read_whole(*root_, configuration_name, file_octets_max);
    if (!text) return base::fail(at_file(path_ + "/restante.toml", text.error()));
    auto reading = config::read_archive(*text);
    if (!reading.faults.empty())
        return base::fail(base::permanent_error(base::failure::malformed,
                                                all_of(reading.faults, path_ + "/restante.toml")));
    configuration_ = std::move(reading.values);
    return {};
}

base::result<> archive_folder::unlock(const std::optional<std::string>& known)
{
    const bool has_key = state_->status(disk::sealing_key::file_name).has_value();
    if (configuration_.encrypted != has_key)
        return base::fail(base::permanent_error(
            base::failure::malformed,
            has_key
                ? path_ + "/restante.toml: this archive is encrypted, so it must say encrypted = true"
                : path_ + ": it is encrypted, and its key, .restante/" +
                      std::string(disk::sealing_key::file_name) +
                      ", is missing: put it back from a copy of the archive; nothing else opens what is here"));
    if (!has_key) return {};
    const auto passphrase =
        known ? base::result<std::string>(*known) : passphrase_of(configuration_, path_, person_);
    if (!passphrase) return base::fail(passphrase.error());
    auto key = disk::sealing_key::read(*state_, *passphrase);
    if (!key && key.error().kind == base::failure::storage)
        return base::fail(
            at_file(state_path() + "/" + std::string(disk::sealing_key::file_name), key.error()));
    if (!key) return base::fail(at_path(path_, key.error()));
    key_ = std::move(*key);
    sealed_files_ =
        std::make_unique<disk::sealed_file_system>(*files_, key_->sub_key(disk::sealing_key::purpose::files));
    database_key_ = std::string(key_->sub_key(disk::sealing_key::purpose::database).text());
    return {};
}

base::result<std::string> archive_folder::key_file()
{
    auto text = disk::read_whole(*state_, disk::sealing_key::file_name, file_octets_max);
    if (!text) return base::fail(at_path(state_path(), text.error()));
    return text;
}

base::result<> archive_folder::change_passphrase(const std::string& passphrase)
{
    if (!key_)
        return base::fail(
            base::permanent_error(base::failure::refused, path_ + ": this archive is not encrypted"));
    return key_->write(*state_, passphrase, random_);
}

base::result<std::vector<std::string>> archive_folder::account_names()
{
    std::vector<std::string> out;
    const auto listed = root_->list([&](std::string_view name) {
        if (!name.ends_with(".toml") || name == configuration_name) return;
        const auto account = name.substr(0, name.size() - std::string_view(".toml").size());
        if (ledger::is_account_name(account)) out.emplace_back(account);
    });
    if (!listed) return base::fail(at_path(path_, listed.error()));
    std::ranges::sort(out);
    return out;
}

base::result<std::vector<std::string>> archive_folder::named_or_all(const std::vector<std::string>& named)
{
    if (named.empty()) return account_names();
    return named;
}

base::result<config::account_configuration> archive_folder::account(const std::string& name)
{
    const auto file = path_ + "/" + name + ".toml";
    if (!ledger::is_account_name(name) || !root_->status(name + ".toml"))
        return base::fail(
            base::permanent_error(base::failure::unknown_user, "no account " + name + " in " + path_ +
                                                                   ": restante account list lists all"));
    if (auto ours = check_only_we_write(file); !ours) return base::fail(ours.error());
    const auto text = disk::read_whole(*root_, name + ".toml", file_octets_max);
    if (!text) return base::fail(at_file(file, text.error()));
    auto reading = config::read_account(name, *text);
    if (!reading.faults.empty())
        return base::fail(base::permanent_error(base::failure::malformed, all_of(reading.faults, file)));
    if (reading.values.archive.second_copy.empty() && !configuration_.second_copy.empty()) {
        reading.values.second_copy_root = configuration_.second_copy;
        reading.values.archive.second_copy = configuration_.second_copy + "/" + name;
        reading.values.second_copy_same_disk = configuration_.second_copy_same_disk;
    }
    return std::move(reading.values);
}

base::result<> archive_folder::check_is_new(const std::string& name)
{
    const auto file = name + ".toml";
    if (!root_->status(file)) return {};
    return base::fail(base::permanent_error(
        base::failure::exists, "the account " + name + " already exists: edit " + path_ + "/" + file));
}

base::result<> archive_folder::save_account(const config::account_configuration& account, bool replace)
{
    if (!replace)
        if (auto free = check_is_new(account.archive.name); !free) return free;
    const auto file = account.archive.name + ".toml";
    if (auto wrote = disk::replace_whole(*root_, file, config::format_account(account)); !wrote)
        return base::fail(at_path(path_ + "/" + file, wrote.error()));
    return {};
}

base::result<> archive_folder::remove_account(const std::string& name)
{
    if (auto known = account(name); !known && known.error().kind == base::failure::unknown_user)
        return base::fail(known.error());
    if (auto gone = root_->remove(name + ".toml"); !gone) return base::fail(at_path(path_, gone.error()));
    // They would let someone in for months.
    if (state_->status(name + ".tokens"))
        if (auto gone = state_->remove(name + ".tokens"); !gone)
            return base::fail(at_path(state_path(), gone.error()));
    return root_->sync();
}

base::result<std::unique_ptr<store::collection>> archive_folder::mail(const std::string& account)
{
    return elsewhere(mail_path(account), true);
}

base::result<std::unique_ptr<store::collection>> archive_folder::elsewhere(const std::string& path,
                                                                           bool sealed)
{
    auto& files = sealed ? sealed_files() : *files_;
    return store::maildir::open_collection(files, path, clock_, random_, log_, "restante");
}

base::result<std::unique_ptr<ledger::ledger>> archive_folder::ledger()
{
    using reading = ledger::ledger::reading;
    if (auto usable = check_database_files(ledger_path()); !usable) return base::fail(usable.error());
    if (auto usable = check_journals(); !usable) return base::fail(usable.error());
    auto opened = ledger::ledger::open(own_disk(), ledger_path(), database_key_, clock_,
                                       ledger_known_ ? reading::known : reading::through);
    if (opened) ledger_known_ = true;
    return opened;
}

bool archive_folder::ledger_is_sound() const
{
    return ledger::shutdown_marker(*files_, ledger_path()).holds(clock_.now());
}

base::result<> archive_folder::check_journals()
{
    base::result<> usable;
    const auto listed = state_->list([&](std::string_view name) {
        if (usable && ledger::unique_id_journal::account_of(name))
            usable = check_state_file(state_path() + "/" + std::string(name));
    });
    if (!listed) return base::fail(at_path(state_path(), listed.error()));
    return usable;
}

base::result<std::unique_ptr<search::index>> archive_folder::index()
{
    if (auto usable = check_database_files(index_path()); !usable) return base::fail(usable.error());
    return search::index::open(own_disk(), index_path(), database_key_);
}

bool archive_folder::has_index() const
{
    struct stat found{};
    return ::stat(index_path().c_str(), &found) == 0 && found.st_size > 0;
}

base::result<std::unique_ptr<search::index>> archive_folder::make_index_again()
{
    return search::index::make_again(own_disk(), index_path(), database_key_);
}

base::result<std::unique_ptr<disk::lock>> archive_folder::lock(const std::string& account)
{
    if (auto usable = check_state_file(state_path() + "/" + account + ".lock"); !usable)
        return base::fail(usable.error());
    auto held = state_->lock_file(account + ".lock");
    if (!held && held.error().kind == base::failure::in_use)
        return base::fail(
            base::error{base::failure::in_use, true, "",
                        account + ": another restante is working on this account; wait for it to finish"});
    return held;
}

base::result<std::optional<std::string>> archive_folder::tokens(const std::string& account)
{
    const auto name = account + ".tokens";
    if (!state_->status(name)) return std::optional<std::string>();
    auto text = disk::read_whole(*state_, name, file_octets_max);
    if (!text) return base::fail(at_file(state_path() + "/" + name, text.error()));
    return std::optional(std::move(*text));
}

base::result<std::string> archive_folder::tags_state()
{
    constexpr std::uint64_t state_octets_max = 100;
    const auto folder = files_->open(state_path());
    if (!folder) return base::fail(folder.error());
    auto state = disk::read_whole(**folder, ledger::ledger::tags_state_name, state_octets_max);
    if (!state && state.error().kind == base::failure::vanished) return std::string();
    return state;
}

base::result<> archive_folder::save_tokens(const std::string& account, const std::string& json)
{
    return disk::replace_whole(*state_, account + ".tokens", json);
}

} // namespace collector
