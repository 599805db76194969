// The folders of second copies: begun once on a person's word, and known again by their marker.
#include "collector/second_copies.hpp"

#include "archive/second_copy.hpp"
#include "base/encoding.hpp"
#include "collector/ledger_care.hpp"
#include "collector/named_files.hpp"
#include "disk/posix.hpp"
#include "ledger/tags.hpp"

#include <algorithm>
#include <vector>

namespace collector {

namespace {

using copy_state = second_copy_state;

constexpr std::string_view copy_marker_name = "restante-second-copy";
constexpr std::string_view copy_marker_head = "restante-second-copy 1\n";
constexpr std::string_view copy_marker_text =
    "In this folder lies a second copy of an archive of restante. Keep this file: without it the copy is taken "
    "for a disk that is not mounted.\n";
constexpr std::string_view copy_key_name = "restante-second-copy-key";
constexpr std::string_view known_copies_name =
    "second-copies"; // in .restante: "ID PATH", a line each; of one path the last one counts
constexpr std::uint64_t small_file_octets_max = 1U << 20U;
constexpr std::size_t id_octets = 16;
constexpr std::size_t id_digits = 2 * id_octets;

/// Passes as soon as a disk is mounted or a person has answered, so that cron tries again.
base::error not_usable(const std::string& text)
{
    return {base::failure::storage, true, "the second copy cannot be used", text};
}

std::string parent_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// The id in a folder's marker; nothing where there is no marker.
base::result<std::optional<std::string>> id_in(disk::directory& folder)
{
    const auto text = disk::read_whole(folder, copy_marker_name, small_file_octets_max);
    if (!text && text.error().kind == base::failure::vanished) return std::optional<std::string>();
    if (!text) return base::fail(text.error());
    const std::string_view rest =
        std::string_view(*text).substr(std::min(copy_marker_head.size(), text->size()));
    if (!text->starts_with(copy_marker_head) || rest.size() <= id_digits || rest[id_digits] != '\n')
        return std::optional<std::string>("damaged");
    return std::optional(std::string(rest.substr(0, id_digits)));
}

struct known_copy {
    std::string id, path;
};

bool knows_id(const std::vector<known_copy>& copies, const std::string& id)
{
    return std::ranges::any_of(copies, [&](const known_copy& known) { return known.id == id; });
}

bool knows_path(const std::vector<known_copy>& copies, const std::string& path)
{
    return std::ranges::any_of(copies, [&](const known_copy& known) { return known.path == path; });
}

/// In its place, as far as the archive knows, another one was begun since.
bool is_older(const std::vector<known_copy>& copies, const std::string& id)
{
    const auto own = std::ranges::find(copies, id, &known_copy::id);
    return own != copies.end() && std::find_if(own + 1, copies.end(), [&](const known_copy& known) {
                                      return known.path == own->path;
                                  }) != copies.end();
}

base::result<std::vector<known_copy>> known_copies(archive_folder& folder)
{
    auto directory = folder.files().open(folder.state_path());
    if (!directory) return base::fail(directory.error());
    const auto text = disk::read_whole(**directory, known_copies_name, small_file_octets_max);
    std::vector<known_copy> out;
    if (!text && text.error().kind == base::failure::vanished) return out;
    if (!text) return base::fail(text.error());
    for (std::string_view rest = *text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        if (line.size() > id_digits && line[id_digits] == ' ')
            out.push_back({std::string(line.substr(0, id_digits)), std::string(line.substr(id_digits + 1))});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

base::result<> save_known_copies(archive_folder& folder, const std::vector<known_copy>& copies)
{
    auto directory = folder.files().open(folder.state_path());
    if (!directory) return base::fail(directory.error());
    std::string text;
    for (const auto& copy : copies) text += copy.id + " " + copy.path + "\n";
    return disk::replace_whole(**directory, known_copies_name, text);
}

/// Nothing where there is none.
base::result<std::optional<std::string>> key_in(disk::directory& folder)
{
    auto text = disk::read_whole(folder, copy_key_name, small_file_octets_max);
    if (!text && text.error().kind == base::failure::vanished) return std::optional<std::string>();
    if (!text) return base::fail(text.error());
    return std::optional(std::move(*text));
}

/// Another archive's key must not be written over: it may be the only one that opens what lies there.
base::result<> check_key_is_not_lost(archive_folder& folder, disk::directory& directory,
                                     const std::string& path)
{
    const auto key = key_in(directory);
    if (!key) return base::fail(key.error());
    if (!*key) return {};
    const auto own = folder.encrypted() ? folder.key_file() : base::result<std::string>();
    if (!own) return base::fail(own.error());
    if (**key == *own) return {};
    const auto file = path + "/" + std::string(copy_key_name);
    return base::fail(base::permanent_error(
        base::failure::exists,
        file +
            " is the key of another encrypted archive, and without it nobody can read the mail that lies there: "
            "make an archive that has this key with restante init --encrypted --key " +
            file + ", or move the file away"));
}

/// Where the account's mail lies, or will.
base::result<std::uint64_t> device_of_mail(archive_folder& folder, const std::string& account)
{
    if (!account.empty())
        if (auto device = disk::device_of(folder.mail_path(account)); device) return device;
    return disk::device_of(folder.path());
}

/// The account's own folder may be a link to another disk than the marker's.
base::result<bool> is_on_disk_of_mail(archive_folder& folder, const std::string& account,
                                      const std::string& root, const std::string& path)
{
    const auto mail = device_of_mail(folder, account);
    if (!mail) return base::fail(mail.error());
    auto copy = disk::device_of(path);
    if (!copy) copy = disk::device_of(root);
    if (!copy) return base::fail(copy.error());
    return *copy == *mail;
}

second_copy_view cannot(copy_state found, const std::string& path, const std::string& reason)
{
    return {.state = found, .path = path, .trouble = not_usable(reason)};
}

second_copy_view without_marker(const std::string& path, const std::string& root,
                                const std::vector<known_copy>& known)
{
    if (knows_path(known, root))
        return cannot(copy_state::away, path,
                      "second copy not reachable: " + root + " has no " + std::string(copy_marker_name) +
                          ": mount its disk");
    return cannot(copy_state::not_begun, path,
                  "the second copy in " + root +
                      " was not begun: check that its disk is mounted, then run "
                      "restante second-copy init " +
                      root);
}

/// `allowing`: how a person says that it is meant.
std::string same_disk_text(const std::string& path, std::string_view allowing)
{
    return "the second copy in " + path +
           " is on the same disk as the mail, and would be lost with it: mount "
           "the other disk, or, if that is meant, " +
           std::string(allowing);
}

/// What the configuration says of a folder of second copies.
struct copy_naming {
    bool is_named = false;             ///< it is there
    bool same_disk = false;            ///< and allows it to lie on the disk of the archive
    std::vector<std::string> accounts; ///< whose second copies lie in it
};

base::result<copy_naming> naming_of(archive_folder& folder, const std::string& path)
{
    copy_naming out;
    if (absolute_path(folder.configuration().second_copy) == path)
        out = {true, folder.configuration().second_copy_same_disk, {}};
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    for (const auto& name : *names) {
        const auto account = folder.account(name);
        if (!account) return base::fail(account.error());
        const auto& root = account->second_copy_root;
        if (absolute_path(root.empty() ? account->archive.second_copy : root) != path) continue;
        out.accounts.push_back(name);
        out.is_named = true;
        out.same_disk = out.same_disk || account->second_copy_same_disk;
    }
    return out;
}

/// No run of these accounts goes on in the old second copy while a new one is begun.
base::result<std::vector<std::unique_ptr<disk::lock>>> locks_of(archive_folder& folder,
                                                                const std::vector<std::string>& accounts)
{
    std::vector<std::unique_ptr<disk::lock>> out;
    for (const auto& account : accounts) {
        auto lock = folder.lock(account);
        if (!lock) return base::fail(lock.error());
        out.push_back(std::move(*lock));
    }
    return out;
}

/// What was proved of another second copy of these accounts counts no more, from now on.
base::result<> bind_all(archive_folder& folder, const std::vector<std::string>& accounts,
                        const std::string& id)
{
    if (accounts.empty()) return {};
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    for (const auto& name : accounts) {
        const auto account = folder.account(name);
        if (!account) return base::fail(account.error());
        if (auto met = meet_second_copy(folder, *account, **book, id); !met) return met;
    }
    return {};
}

} // namespace

second_copy_view look_at_second_copy(archive_folder& folder, const config::account_configuration& account)
{
    const auto& path = account.archive.second_copy;
    if (path.empty()) return {};
    const auto& named = account.second_copy_root.empty() ? path : account.second_copy_root;
    const auto root = absolute_path(named);
    if (!named.starts_with('/'))
        return cannot(
            copy_state::away, path,
            "second copy not reachable: " + named +
                " is not an absolute path, so that it would be another folder from each place: write it "
                "from / on");
    auto directory = folder.files().open(root);
    if (!directory)
        return cannot(copy_state::away, path,
                      "second copy not reachable: " + root + ": " + directory.error().operator_text +
                          "; mount its disk, or begin one there with restante second-copy init " + root);
    const auto known = known_copies(folder);
    if (!known) return cannot(copy_state::away, path, known.error().operator_text);
    const auto id = id_in(**directory);
    if (!id)
        return cannot(copy_state::away, path,
                      "second copy not reachable: " + root + ": " + id.error().operator_text);
    if (!*id) return without_marker(path, root, *known);
    if (!knows_id(*known, **id))
        return cannot(
            copy_state::foreign, path,
            root +
                " holds another archive's second copy: mount the right disk, or say that this one is "
                "ours now with restante second-copy init --take-over " +
                root);
    if (is_older(*known, **id))
        return cannot(
            copy_state::older, path,
            root +
                " holds an older second copy of this archive, in whose place another one was begun: mount the "
                "right disk, or say that this one is used again with restante second-copy init " +
                root);
    second_copy_view out{.state = copy_state::ready, .path = path, .id = **id};
    out.folder_is_there = disk::device_of(path).has_value();
    if (folder.encrypted()) {
        const auto own = folder.key_file();
        const auto key = key_in(**directory);
        out.key_is_there = own && key && *key == *own;
    }
    const auto same = is_on_disk_of_mail(folder, account.archive.name, root, path);
    if (!same)
        return cannot(copy_state::away, path, "second copy not reachable: " + same.error().operator_text);
    out.on_same_disk = *same;
    if (!*same || account.second_copy_same_disk) return out;
    out.state = copy_state::same_disk;
    out.trouble = not_usable(same_disk_text(path, second_copy_wish().allowing));
    return out;
}

base::result<std::unique_ptr<store::collection>>
open_second_copy(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book)
{
    const auto found = heed_second_copy(folder, account, book);
    if (!found) return base::fail(found.error());
    if (found->trouble) return base::fail(*found->trouble);
    if (found->state == copy_state::none) return std::unique_ptr<store::collection>();
    if (!found->key_is_there)
        if (auto kept = keep_key_in(folder, account.second_copy_root.empty() ? found->path
                                                                             : account.second_copy_root);
            !kept)
            return base::fail(not_usable("the archive's key cannot be put beside the second copy in " +
                                         found->path + ": " + kept.error().operator_text));
    auto copy = folder.elsewhere(found->path, true);
    if (!copy)
        return base::fail(not_usable("the second copy in " + found->path +
                                     " cannot be used: " + copy.error().operator_text));
    return copy;
}

base::result<> keep_key_in(archive_folder& folder, const std::string& root)
{
    if (!folder.encrypted()) return {};
    const auto own = folder.key_file();
    if (!own) return base::fail(own.error());
    auto directory = folder.files().open(absolute_path(root));
    if (!directory) return base::fail(directory.error());
    if (const auto key = key_in(**directory); key && *key == *own) return {};
    return disk::replace_whole(**directory, copy_key_name, *own);
}

base::result<begun_second_copy> begin_second_copy(archive_folder& folder, const second_copy_wish& wish)
{
    if (wish.path.find('\n') != std::string::npos)
        return base::fail(base::permanent_error(base::failure::malformed, "a path may not hold a line end"));
    if (auto parent = folder.files().open(parent_of(wish.path)); !parent)
        return base::fail(not_usable("the second copy cannot be begun in " + wish.path + ": " +
                                     parent.error().operator_text + "; mount its disk, or make that folder"));
    // Before the folder is made: where it would lie on the wrong disk, nothing may stay.
    const bool is_there = disk::device_of(wish.path).has_value();
    const auto same = is_on_disk_of_mail(folder, "", parent_of(wish.path), wish.path);
    if (!same) return base::fail(not_usable(same.error().operator_text));
    if (*same && !wish.same_disk_allowed)
        return base::fail(not_usable(same_disk_text(wish.path, wish.allowing)));
    if (!is_there)
        if (auto made = folder.files().make_path(wish.path); !made) return base::fail(made.error());
    auto directory = folder.files().open(wish.path);
    if (!directory) return base::fail(directory.error());
    const auto found = id_in(**directory);
    if (!found) return base::fail(found.error());
    auto known = known_copies(folder);
    if (!known) return base::fail(known.error());
    const bool ours = *found && knows_id(*known, **found);
    if (ours) {
        if (auto kept = keep_key_in(folder, wish.path); !kept) return base::fail(kept.error());
        if (!is_older(*known, **found)) return begun_second_copy{**found, true};
    }
    if (*found && !ours && !wish.take_over)
        return base::fail(base::permanent_error(
            base::failure::exists, wish.path +
                                       " holds another archive's second copy: name another folder, or, if "
                                       "it is ours now, run restante second-copy init --take-over " +
                                       wish.path));
    if (!ours)
        if (auto safe = check_key_is_not_lost(folder, **directory, wish.path); !safe)
            return base::fail(safe.error());
    const auto id = ours ? **found : base::to_hex(folder.random().octets(id_octets));
    std::erase_if(*known, [&](const known_copy& copy) { return copy.id == id; });
    known->push_back({id, wish.path});
    // First what we know: a marker that nobody knows would be another archive's.
    if (auto saved = save_known_copies(folder, *known); !saved) return base::fail(saved.error());
    if (ours) return begun_second_copy{id, true};
    // The key before the marker: where the marker is, the copies can be read.
    if (auto kept = keep_key_in(folder, wish.path); !kept) return base::fail(kept.error());
    const auto text = std::string(copy_marker_head) + id + "\n" + std::string(copy_marker_text);
    if (auto wrote = disk::replace_whole(**directory, copy_marker_name, text); !wrote)
        return base::fail(wrote.error());
    return begun_second_copy{id, false};
}

base::result<named_second_copy> begin_named_second_copy(archive_folder& folder, const std::string& path,
                                                        bool take_over)
{
    const auto naming = naming_of(folder, path);
    if (!naming) return base::fail(naming.error());
    const auto locks = locks_of(folder, naming->accounts);
    if (!locks) return base::fail(locks.error());
    const auto begun = begin_second_copy(
        folder, {.path = path, .same_disk_allowed = naming->same_disk, .take_over = take_over});
    if (!begun) return base::fail(begun.error());
    if (auto bound = bind_all(folder, naming->accounts, begun->id); !bound) return base::fail(bound.error());
    return named_second_copy{.before = begun->before, .is_named = naming->is_named};
}

base::result<second_copy_view>
heed_second_copy(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book)
{
    auto found = look_at_second_copy(folder, account);
    if (!found.id.empty())
        if (auto bound = meet_second_copy(folder, account, book, found.id); !bound)
            return base::fail(bound.error());
    return found;
}

base::result<> meet_second_copy(archive_folder& folder, const config::account_configuration& account,
                                ledger::ledger& book, const std::string& id)
{
    const auto& name = account.archive.name;
    const auto& path = account.archive.second_copy;
    const auto before = archive::bound_second_copy(book, name);
    if (!before) return base::fail(before.error());
    if (*before == id) return {};
    if (auto taken = take_in_tags(folder, name, book, path); !taken)
        return base::fail(not_usable("the tags that lie in the second copy in " + path +
                                     " cannot be taken in: " + taken.error().operator_text));
    return archive::bind_second_copy(book, name, id);
}

namespace {

base::result<ledger::content_tags> tags_of_account(ledger::ledger& book, const std::string& account)
{
    ledger::content_tags out;
    const auto done =
        book.each_tagged([&](std::string_view name, const ledger::content_hash& hash, std::string_view tags) {
            if (name == account) out.emplace(hash, tags);
        });
    if (!done) return base::fail(done.error());
    return out;
}

base::result<> write_tags_of(archive_folder& folder, const std::string& account, ledger::ledger& book,
                             const std::string& path)
{
    const auto tags = tags_of_account(book, account);
    if (!tags) return base::fail(tags.error());
    auto directory = folder.sealed_files().open(path);
    if (!directory) return base::fail(directory.error());
    return ledger::write_tags_file(**directory, *tags);
}

} // namespace

base::result<> take_in_tags(archive_folder& folder, const std::string& account, ledger::ledger& book,
                            const std::string& path)
{
    auto directory = folder.sealed_files().open(path);
    if (!directory && directory.error().kind == base::failure::vanished) return {}; // the first run makes it
    if (!directory) return base::fail(directory.error());
    const auto copied = ledger::read_tags_file(**directory);
    if (!copied) return base::fail(copied.error());
    const auto known = tags_of_account(book, account);
    if (!known) return base::fail(known.error());
    std::vector<ledger::tagging> additions;
    for (const auto& [hash, tags] : *copied)
        if (!known->contains(hash)) additions.push_back({account, hash, {.added = ledger::tags_in(tags)}});
    return book.tag(additions);
}

void put_out_tags(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book,
                  const std::function<void(const std::string&)>& tell)
{
    const auto& path = account.archive.second_copy;
    const auto done = write_tags_of(folder, account.archive.name, book, path);
    if (!done && tell)
        tell(account.archive.name + ": the tags could not be put into the second copy in " + path + ": " +
             done.error().operator_text);
}

} // namespace collector
