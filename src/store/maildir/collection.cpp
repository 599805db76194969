// The contract of collection.hpp in terms of files, names and directories.
#include "store/maildir/collection.hpp"

#include "store/maildir/admission.hpp"
#include "store/maildir/backend.hpp"
#include "store/maildir/collection_folders.hpp"
#include "store/maildir/locations.hpp"
#include "store/maildir/message_file.hpp"
#include "store/maildir/name.hpp"
#include "store/maildir/sweep.hpp"
#include "store/maildir/temporary_file.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

namespace store::maildir {

namespace {

constexpr int list_passes_max = 5; // while other programs move messages from folder to folder

base::error foreign_addition()
{
    return {.kind = base::failure::internal,
            .temporary = false,
            .peer_text = {},
            .operator_text = "a message was begun in one collection and published in another"};
}

bool is_set(base::wall_time time)
{
    return time != base::wall_time();
}

base::wall_time to_time(std::uint64_t microseconds)
{
    return base::wall_time(
        std::chrono::duration_cast<base::wall_time::duration>(std::chrono::microseconds(microseconds)));
}

struct message_addition final : addition {
    message_addition(const collection& for_whom, std::unique_ptr<temporary_file> file)
        : whose(&for_whom), message(std::move(file))
    {
    }
    base::result<> write(std::string_view octets) override { return message.write(octets); }
    base::result<> complete() override
    {
        if (auto done = message.finish(); !done) return done;
        return message.file().write_out();
    }
    std::uint64_t octets() const override { return message.octets(); }
    base::result<> read_back(const std::function<base::result<>(std::string_view)>& sink) override
    {
        if (auto done = message.finish(); !done) return done;
        return message.read_back(sink);
    }

    const collection* whose;
    message_writer message;
};

class maildir_collection final : public collection {
public:
    maildir_collection(disk::file_system& files, maildir::folders main,
                       std::unique_ptr<disk::directory> temporary, const base::clock& clock,
                       base::random& random, base::log& log, std::string_view host)
        : files_(files),
          path_(main.path),
          clock_(clock),
          names_(clock, random, host),
          skipped_(log),
          ages_(clock, log),
          temporary_(std::move(temporary)),
          folders_(std::move(main)),
          locations_(folders_, clock)
    {
    }

    base::result<std::unique_ptr<addition>> begin_addition() override
    {
        auto file = temporary_file::create(names_, writing_, temporary_);
        if (!file) return base::fail(file.error());
        return std::make_unique<message_addition>(*this, std::move(*file));
    }

    std::vector<base::result<std::string>> publish(std::vector<publication> group) override;
    base::result<std::string> publish_copy(collection& collection, std::string_view key,
                                           const placement& placement) override;
    base::result<> list(const std::function<void(const kept_message&)>& each) override;
    base::result<std::vector<std::string>> folders() override;
    base::result<std::optional<std::string>> state() override;
    void expect(const kept_message& told) override;
    base::result<kept_message> find(std::string_view key) override;
    base::result<std::unique_ptr<stored_message>> open(std::string_view key) override;
    base::result<> set_marks(std::string_view key, const message_marks& marks) override;
    base::result<> make_durable(std::span<const std::string> keys) override;
    base::result<> move(std::string_view key, const std::string& folder) override;
    base::result<> remove(std::string_view key) override;
    base::result<> set_aside(std::string_view key, const std::string& path) override;
    base::result<std::size_t> sweep() override;

private:
    struct open_message {
        std::unique_ptr<disk::file> file;
        disk::status status;
        message_octets octets;
    };

    static base::result<message_addition*> written_out(publication& of, const collection& whose);
    static std::vector<base::result<message_addition*>> finished(std::vector<publication>& group,
                                                                 const collection& whose);
    base::result<> make_place_durable();
    base::result<location> place_for(const placement& placement);
    std::string next_name(const message_octets& octets, const placement& placement);
    base::result<std::string> link_to(const location& from, std::string_view key,
                                      const message_octets& octets, const location& to,
                                      const placement& placement);
    base::result<std::string> copy_from(collection& collection, std::string_view key,
                                        const placement& placement);
    base::result<open_message> open_at(const location& at, std::string_view key);
    base::result<kept_message> tell(const location& at, std::string_view key);
    base::result<> list_folder(const std::shared_ptr<open_folder>& folder,
                               std::unordered_set<std::string>* told,
                               const std::function<void(const kept_message&)>& each);

    disk::file_system& files_;
    const std::string path_;
    std::optional<base::result<>> place_durable_; ///< how that went: a sync is never tried again
    const base::clock& clock_;
    name_maker names_;
    files_being_written writing_;
    skipped_files skipped_;
    clock_watch ages_;
    const std::shared_ptr<disk::directory> temporary_;
    collection_folders folders_;
    locations locations_;
};

// --- adding

base::result<message_addition*> maildir_collection::written_out(publication& of, const collection& whose)
{
    auto* const message = dynamic_cast<message_addition*>(of.message.get());
    if (message == nullptr || message->whose != &whose) return base::fail(foreign_addition());
    if (auto done = message->message.finish(); !done) return base::fail(done.error());
    const auto arrival = is_set(of.where.arrival) ? std::optional(of.where.arrival) : std::nullopt;
    if (auto done = message->message.file().write_out(arrival); !done) return base::fail(done.error());
    return message;
}

/// What is a value is durable, but for its name.
std::vector<base::result<message_addition*>> maildir_collection::finished(std::vector<publication>& group,
                                                                          const collection& whose)
{
    std::vector<base::result<message_addition*>> messages;
    std::vector<std::size_t> whole;
    std::vector<temporary_file*> files;
    for (publication& one : group) {
        messages.push_back(written_out(one, whose));
        if (!messages.back()) continue;
        whole.push_back(messages.size() - 1);
        files.push_back(&(*messages.back())->message.file());
    }
    const auto done = temporary_file::finish(files);
    for (std::size_t i = 0; i < whole.size(); ++i)
        if (!done[i]) messages[whole[i]] = base::fail(done[i].error());
    return messages;
}

/// The directories themselves, whether we made them or somebody who died before they were durable. Only when something
/// is put into them: who looks and leaves need not wait for the disk.
base::result<> maildir_collection::make_place_durable()
{
    if (place_durable_) return *place_durable_;
    place_durable_ = files_.make_path(path_);
    if (*place_durable_) place_durable_ = folders_.root().sync();
    return *place_durable_;
}

base::result<location> maildir_collection::place_for(const placement& placement)
{
    if (auto durable = make_place_durable(); !durable) return base::fail(durable.error());
    auto folder = folders_.for_additions(placement.folder);
    if (!folder) return base::fail(folder.error());
    if (placement.marks == message_marks{}) return location{std::move(*folder), folder::fresh, ""};
    return location{std::move(*folder), folder::current, info_with("", placement.marks)};
}

std::string maildir_collection::next_name(const message_octets& octets, const placement& placement)
{
    return is_set(placement.arrival) ? names_.kept(octets.stored, octets.canonical, placement.arrival)
                                     : names_.kept(octets.stored, octets.canonical);
}

std::vector<base::result<std::string>> maildir_collection::publish(std::vector<publication> group)
{
    const auto messages = finished(group, *this);
    std::vector<base::result<std::string>> out;
    std::vector<location> places(group.size());
    for (std::size_t i = 0; i < group.size(); ++i) {
        auto place = messages[i] ? place_for(group[i].where) : base::fail(messages[i].error());
        if (!place) {
            out.push_back(base::fail(place.error()));
            continue;
        }
        places[i] = std::move(*place);
        temporary_file& file = (*messages[i])->message.file();
        const auto octets = octets_as_named(file.octets(), (*messages[i])->octets());
        auto name = file.rename_into(places[i].directory(),
                                     [&] { return next_name(octets, group[i].where) + places[i].info; });
        if (name)
            name->resize(name->size() - places[i].info.size());
        else
            folders_.forget(group[i].where.folder); // perhaps its directory was removed
        out.push_back(std::move(name));
    }

    std::map<disk::directory*, base::result<>> synced;
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (!out[i]) continue;
        disk::directory& directory = places[i].directory();
        const auto found = synced.find(&directory);
        const auto done = found != synced.end() ? found->second : directory.sync();
        if (found == synced.end()) synced.emplace(&directory, done);
        if (done) {
            locations_.remember(*out[i], places[i]);
        } else {
            static_cast<void>(directory.remove(*out[i] + places[i].info));
            out[i] = base::fail(done.error());
        }
    }
    return out;
}

base::result<std::string> maildir_collection::publish_copy(collection& owner, std::string_view key,
                                                           const placement& placement)
{
    auto* const other = dynamic_cast<maildir_collection*>(&owner);
    if (other == nullptr) return copy_from(owner, key, placement);
    auto to = place_for(placement);
    if (!to) return base::fail(to.error());
    std::string linked;
    bool refused = false;
    auto done = other->locations_.act_on(key, [&](const location& at) -> base::result<> {
        auto message = other->open_at(at, key);
        if (!message) return base::fail(message.error());
        // It may be another program's, who did not sync it.
        if (auto synced = message->file->sync(); !synced) return synced;
        auto name = link_to(at, key, message->octets, *to, placement);
        if (!name) {
            refused = name.error().kind == base::failure::refused;
            return base::fail(name.error());
        }
        linked = std::move(*name);
        return {};
    });
    if (refused) return copy_from(owner, key, placement);
    if (!done) return base::fail(done.error());
    if (auto synced = to->directory().sync(); !synced) {
        static_cast<void>(to->directory().remove(linked + to->info));
        return base::fail(synced.error());
    }
    locations_.remember(linked, std::move(*to));
    return linked;
}

base::result<std::string> maildir_collection::link_to(const location& from, std::string_view key,
                                                      const message_octets& octets, const location& to,
                                                      const placement& placement)
{
    for (int tried = 1;; ++tried) {
        std::string name = next_name(octets, placement);
        auto linked = from.directory().link(std::string(key) + from.info, to.directory(), name + to.info);
        if (linked) return name;
        if (linked.error().kind != base::failure::exists || tried == names_tried_max)
            return base::fail(linked.error());
    }
}

base::result<std::string> maildir_collection::copy_from(collection& owner, std::string_view key,
                                                        const placement& placement)
{
    auto message = owner.open(key);
    if (!message) return base::fail(message.error());
    auto copy = begin_addition();
    if (!copy) return base::fail(copy.error());
    auto copied = read_canonical(**message, [&](std::string_view octets) { return (*copy)->write(octets); });
    if (!copied) return base::fail(copied.error());
    std::vector<publication> one;
    one.push_back({std::move(*copy), placement});
    return std::move(publish(std::move(one)).front());
}

// --- looking

base::result<maildir_collection::open_message> maildir_collection::open_at(const location& at,
                                                                           std::string_view key)
{
    const std::string name = std::string(key) + at.info;
    auto file = at.directory().open(name);
    if (!file) return base::fail(file.error());
    const auto status = (*file)->status();
    if (!status) return base::fail(status.error());
    if (const auto reason = reason_not_served(*status, at.in->at.owner); !reason.empty())
        return base::fail({.kind = base::failure::refused,
                           .temporary = false,
                           .peer_text = {},
                           .operator_text = "message file '" + name + "': " + std::string(reason)});
    const auto told = parse_name(name);
    if (told && told->canonical_octets && told->stored_octets == status->octets)
        return open_message{std::move(*file), *status,
                            octets_as_named(status->octets, *told->canonical_octets)};
    const auto counted = count_octets(**file);
    if (!counted) return base::fail(counted.error());
    return open_message{std::move(*file), *status, *counted};
}

base::result<kept_message> maildir_collection::tell(const location& at, std::string_view key)
{
    kept_message out{.key = std::string(key),
                     .folder = at.in->name,
                     .marks = marks_of(at.info),
                     .octets = 0,
                     .arrival = {},
                     .fresh = at.folder == folder::fresh};
    const auto told = parse_name(key);
    const auto arrival = told ? told->arrival_microseconds : std::nullopt;
    if (arrival) out.arrival = to_time(*arrival);
    if (arrival && told->canonical_octets) {
        out.octets = *told->canonical_octets;
        return out;
    }
    const auto message = open_at(at, key);
    if (!message) return base::fail(message.error());
    out.octets = message->octets.canonical;
    if (!arrival) out.arrival = message->status.modified;
    return out;
}

base::result<> maildir_collection::list(const std::function<void(const kept_message&)>& each)
{
    std::unordered_set<std::string> told;
    std::map<std::string, directories_state> seen; // by path
    for (int pass = 0; pass < list_passes_max; ++pass) {
        auto all = folders_.all();
        if (!all) return base::fail(all.error());
        bool changed = false;
        for (const auto& folder : *all) {
            // A message that moves to a folder that was listed already changes that one's state.
            const auto state = state_of(folder->at);
            if (!state) return base::fail(state.error());
            const auto before = seen.find(folder->at.path);
            if (before != seen.end() && before->second == *state) continue;
            seen.insert_or_assign(folder->at.path, *state);
            changed = true;
            // Only from folder to folder can a message be met twice.
            auto* const twice = all->size() > 1 ? &told : nullptr;
            if (auto done = list_folder(folder, twice, each); !done) return done;
        }
        if (!changed || all->size() == 1) break;
    }
    return {};
}

base::result<> maildir_collection::list_folder(const std::shared_ptr<open_folder>& folder,
                                               std::unordered_set<std::string>* told,
                                               const std::function<void(const kept_message&)>& each)
{
    const auto scanned = scan_names(folder->at, clock_);
    if (!scanned) return base::fail(scanned.error());
    for (const auto& name : scanned->shadowed) skipped_.report(folder->at.path, name, reason_shadowed);
    locations_.remember(folder, scanned->found);
    for (const found_name& found : scanned->found.names) {
        const std::string key(scanned->found.base(found));
        if (told != nullptr && told->contains(key)) continue;
        const std::string info(scanned->found.name(found).substr(found.base_octets));
        auto message = tell({folder, found.folder, info}, key);
        if (!message && message.error().kind == base::failure::vanished) message = find(key);
        if (message) {
            if (told != nullptr) told->insert(key);
            each(*message);
        } else if (message.error().kind == base::failure::refused) {
            skipped_.report(folder->at.path, key, message.error().operator_text);
        } else if (message.error().kind != base::failure::vanished) {
            return base::fail(message.error());
        }
    }
    return {};
}

base::result<std::vector<std::string>> maildir_collection::folders()
{
    auto all = folders_.all();
    if (!all) return base::fail(all.error());
    std::vector<std::string> out;
    for (const auto& folder : *all)
        if (std::ranges::find(out, folder->name) == out.end()) out.push_back(folder->name);
    return out;
}

base::result<std::optional<std::string>> maildir_collection::state()
{
    const auto now = clock_.now(); // before the look: what changes meanwhile is newer
    auto all = folders_.all();
    if (!all) return base::fail(all.error());
    return state_text(*all, now);
}

void maildir_collection::expect(const kept_message& told)
{
    auto folder = folders_.there(told.folder);
    if (!folder) return;
    const auto which = told.fresh ? folder::fresh : folder::current;
    locations_.remember(told.key,
                        {std::move(folder), which, told.fresh ? std::string() : info_with("", told.marks)});
}

base::result<kept_message> maildir_collection::find(std::string_view key)
{
    kept_message out;
    auto found = locations_.act_on(key, [&](const location& at) -> base::result<> {
        if (auto there = at.directory().status(std::string(key) + at.info); !there)
            return base::fail(there.error());
        auto message = tell(at, key);
        if (!message) return base::fail(message.error());
        out = std::move(*message);
        return {};
    });
    if (!found) return base::fail(found.error());
    return out;
}

base::result<std::unique_ptr<stored_message>> maildir_collection::open(std::string_view key)
{
    std::unique_ptr<stored_message> out;
    auto found = locations_.act_on(key, [&](const location& at) -> base::result<> {
        auto message = open_at(at, key);
        if (!message) return base::fail(message.error());
        const auto named = stored_octets_of(key);
        out = std::make_unique<message_file>(std::move(message->file), message->octets,
                                             !named || *named == message->status.octets);
        return {};
    });
    if (!found) return base::fail(found.error());
    return out;
}

// --- changing

base::result<> maildir_collection::set_marks(std::string_view key, const message_marks& marks)
{
    std::optional<location> seen;
    const auto look = [&](const location& at) -> base::result<> {
        if (auto there = at.directory().status(std::string(key) + at.info); !there)
            return base::fail(there.error());
        seen = at;
        return {};
    };
    if (auto found = locations_.act_on(key, look); !found) return found;
    if (marks_of(seen->info) == marks) return {};
    const location marked{seen->in, folder::current, info_with(seen->info, marks)};
    auto renamed = seen->directory().rename(std::string(key) + seen->info, marked.directory(),
                                            std::string(key) + marked.info);
    if (renamed)
        locations_.remember(key, marked);
    else if (renamed.error().kind == base::failure::vanished)
        return locations_.act_on(key, look); // another program was quicker: what it noted stays
    return renamed;
}

base::result<> maildir_collection::make_durable(std::span<const std::string> keys)
{
    constexpr std::size_t open_at_once = 64; // enough for their syncs to share the disk's
    if (auto durable = make_place_durable(); !durable) return durable;
    std::map<disk::directory*, location> places;
    for (; !keys.empty(); keys = keys.subspan(std::min(open_at_once, keys.size()))) {
        std::map<disk::directory*, std::vector<std::unique_ptr<disk::file>>> files;
        for (const std::string& key : keys.first(std::min(open_at_once, keys.size()))) {
            auto done = locations_.act_on(key, [&](const location& at) -> base::result<> {
                auto message = open_at(at, key);
                if (!message) return base::fail(message.error());
                places.try_emplace(&at.directory(), at);
                files[&at.directory()].push_back(std::move(message->file));
                return {};
            });
            if (!done) return done;
        }
        for (const auto& [directory, opened] : files) {
            std::vector<disk::file*> those;
            those.reserve(opened.size());
            for (const auto& file : opened) those.push_back(file.get());
            for (const auto& synced : directory->sync_files(those))
                if (!synced) return synced;
        }
    }
    for (const auto& [directory, place] : places)
        if (auto synced = directory->sync(); !synced) return synced;
    return {};
}

base::result<> maildir_collection::move(std::string_view key, const std::string& folder)
{
    if (auto durable = make_place_durable(); !durable) return durable;
    auto to = folders_.for_additions(folder);
    if (!to) return base::fail(to.error());
    std::optional<location> from;
    std::optional<location> moved;
    auto done = locations_.act_on(key, [&](const location& at) -> base::result<> {
        const std::string name = std::string(key) + at.info;
        from = at;
        moved = location{*to, at.folder, at.info};
        // Nothing to do but to make sure: the sync of an earlier move may have failed.
        if (at.in == *to) {
            const auto there = at.directory().status(name);
            return there ? base::result<>() : base::fail(there.error());
        }
        return at.directory().rename(name, moved->directory(), name);
    });
    if (!done) return done;
    locations_.remember(key, *moved);
    // First where it is now: at no time may it be in neither.
    if (auto synced = moved->directory().sync(); !synced) return synced;
    return from->in == *to ? base::result<>() : from->directory().sync();
}

base::result<> maildir_collection::remove(std::string_view key)
{
    std::optional<location> from;
    auto done = locations_.act_on(key, [&](const location& at) {
        from = at;
        return at.directory().remove(std::string(key) + at.info);
    });
    if (!done) return done;
    locations_.forget(key);
    return from->directory().sync();
}

base::result<> maildir_collection::set_aside(std::string_view key, const std::string& path)
{
    if (auto made = files_.make_path(path); !made) return made;
    auto aside = files_.open(path);
    if (!aside) return base::fail(aside.error());
    std::optional<location> from;
    auto done = locations_.act_on(key, [&](const location& at) {
        from = at;
        return at.directory().rename(std::string(key) + at.info, **aside, key);
    });
    if (!done) return done;
    locations_.forget(key);
    // First where it is now: at no time may it be in neither.
    if (auto synced = (*aside)->sync(); !synced) return synced;
    return from->directory().sync();
}

base::result<std::size_t> maildir_collection::sweep()
{
    if (!ages_.ages_can_be_trusted()) return 0;
    auto all = folders_.all();
    if (!all) return base::fail(all.error());
    std::size_t gone = 0;
    for (const auto& folder : *all) {
        auto temporary = folder->at.maildrop->open_directory("tmp");
        if (!temporary && temporary.error().kind == base::failure::vanished) continue;
        if (!temporary) return base::fail(temporary.error());
        const auto removed = remove_leftovers(**temporary, writing_, clock_.now(), is_leftover);
        if (!removed) return removed;
        gone += *removed;
    }
    return gone;
}

} // namespace

base::result<std::unique_ptr<collection>> open_collection(disk::file_system& files, const std::string& path,
                                                          const base::clock& clock, base::random& random,
                                                          base::log& log, std::string_view host)
{
    auto directory = files.open(path);
    if (!directory && directory.error().kind == base::failure::vanished) {
        if (auto made = files.make_path(path); !made) return base::fail(made.error());
        directory = files.open(path);
    }
    if (!directory) return base::fail(directory.error());
    folders main;
    main.path = path;
    main.maildrop = std::move(*directory);
    if (auto parts = open_parts(main, true); !parts) return base::fail(parts.error());
    auto temporary = main.maildrop->open_directory("tmp");
    if (!temporary) return base::fail(temporary.error());
    return std::make_unique<maildir_collection>(files, std::move(main), std::move(*temporary), clock, random,
                                                log, host);
}

} // namespace store::maildir
