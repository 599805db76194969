// Messages written out.
#include "exchange/exporting.hpp"

#include "exchange/free_name.hpp"
#include "exchange/mbox_marks.hpp"
#include "mail/header_section.hpp"
#include "mail/line_ends.hpp"
#include "mail/mbox.hpp"
#include "mail/mime/reading.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>
#include <set>

namespace exchange {
namespace {

constexpr std::size_t published_together_max = 100;  // of one publish
constexpr std::size_t header_octets_max = 64u << 10; // in which sender and subject are looked for
constexpr std::size_t file_name_octets_max = 100;    // of a subject, in a file's name
constexpr std::string_view unfinished = ".restante-export";

/// What one reading of a message tells, before any of it is written.
struct message_facts {
    ledger::content_hash hash;
    bool mbox_holds_it = true; ///< an mbox gives it back to the octet
    std::string tags{};
};

/// True: it was written; false: it was there.
using take_kept = std::function<base::result<bool>(const store::kept_message&, store::stored_message&,
                                                   const message_facts&)>;

base::result<message_facts> read_through(store::stored_message& message)
{
    ledger::content_hasher hasher;
    bool bare_lf = false;
    char last = '\0';
    auto read = store::read_canonical(message, [&](std::string_view piece) -> base::result<> {
        hasher.add(piece);
        for (const char c : piece) {
            bare_lf = bare_lf || (c == '\n' && last != '\r');
            last = c;
        }
        return {};
    });
    if (!read) return base::fail(read.error());
    return message_facts{.hash = hasher.finish(), .mbox_holds_it = !bare_lf && last == '\n'};
}

/// A message that was opened and read whole: nothing half is ever written.
struct sound_message {
    store::kept_message kept;
    std::unique_ptr<store::stored_message> message;
    message_facts facts;
};

base::result<sound_message> open_and_read(const export_wish& wish)
{
    auto kept = wish.source->find(wish.key);
    if (!kept) return base::fail(kept.error());
    auto message = wish.source->open(wish.key);
    if (!message) return base::fail(message.error());
    auto facts = read_through(**message);
    if (!facts) return base::fail(facts.error());
    if (wish.tags != nullptr)
        if (const auto found = wish.tags->find(facts->hash); found != wish.tags->end())
            facts->tags = found->second;
    return sound_message{std::move(*kept), std::move(*message), *std::move(facts)};
}

/// Opens each wish in turn; what another program removed, or nobody can read, is told and no error.
base::result<exported> for_each(const std::vector<export_wish>& wishes, const export_watch& watch,
                                const take_kept& take)
{
    exported done;
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        if (watch.stop != nullptr && *watch.stop) {
            done.stopped = true;
            return done;
        }
        const export_wish& wish = wishes[i];
        auto sound = open_and_read(wish);
        if (!sound) {
            if (sound.error().kind == base::failure::vanished)
                done.vanished.push_back(wish.key);
            else
                done.damaged.push_back(wish.key + ": " + sound.error().operator_text);
            continue;
        }
        if (wish.stored_as ? *wish.stored_as != sound->facts.hash : !sound->message->as_long_as_named())
            done.changed.push_back(wish.key);
        auto written = take(sound->kept, *sound->message, sound->facts);
        if (!written) return base::fail(written.error());
        done.tags.insert_or_assign(sound->facts.hash, sound->facts.tags);
        ++(*written ? done.messages : done.there_before);
        if (*written) done.octets += sound->message->octets();
        if (watch.tell) watch.tell(i + 1, wishes.size());
    }
    return done;
}

/// The header section, or its beginning.
base::result<std::string> header_of(store::stored_message& message)
{
    std::string beginning(std::min<std::uint64_t>(header_octets_max, message.stored_octets()), '\0');
    const auto got = message.read(beginning, 0);
    if (!got) return base::fail(got.error());
    beginning.resize(*got);
    std::string canonical;
    if (message.form() == mail::form::lf)
        mail::to_crlf().convert(beginning, canonical);
    else
        canonical = std::move(beginning);
    return std::string(mail::header_section_of(canonical));
}

/// The address of a message's author, for the "From " line.
std::string sender_in(std::string_view header)
{
    std::string sender = mail::mime::read(header).from;
    if (const auto open = sender.rfind('<'); open != std::string::npos) {
        sender.erase(0, open + 1);
        sender.erase(std::min(sender.size(), sender.find('>')));
    }
    return sender.empty() || sender.find_first_of(" ,") != std::string::npos ? "MAILER-DAEMON" : sender;
}

std::string day_of(base::wall_time when)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    static_cast<void>(gmtime_r(&seconds, &parts)); // fails only where the year is above an int
    std::array<char, 40> text{};
    const auto octets = std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
    return {text.data(), octets};
}

std::string file_name_of(const store::kept_message& kept, std::string_view header)
{
    const mail::mime::reading reading = mail::mime::read(header);
    std::string subject = reading.subject;
    if (subject.size() > file_name_octets_max) {
        std::size_t end = file_name_octets_max;
        while (end > 0 && (static_cast<unsigned char>(subject[end]) & 0xC0U) == 0x80) --end;
        subject.resize(end);
    }
    std::ranges::replace(subject, '/', '_');
    std::ranges::replace(subject, '\\', '_');
    return mail::mime::safe_file_name(
        day_of(reading.date.value_or(reading.received.value_or(kept.arrival))) + " " + subject + ".eml", 1);
}

base::result<> write_entry(mail::mbox_writer& writer, const store::kept_message& kept,
                           store::stored_message& message, const std::string& tags)
{
    auto header = header_of(message);
    if (!header) return base::fail(header.error());
    if (auto begun = writer.begin(sender_in(*header), kept.arrival); !begun) return begun;
    if (auto marked = writer.octets(format_mbox_marks(kept.marks, tags, kept.folder, *header)); !marked)
        return marked;
    if (auto read =
            store::read_canonical(message, [&](std::string_view piece) { return writer.octets(piece); });
        !read)
        return read;
    return writer.end();
}

base::result<> finish_file(disk::file& file)
{
    if (auto synced = file.sync(); !synced) return synced;
    return file.close();
}

/// The directories that stand for folders, made as they are met.
class folder_directories {
public:
    explicit folder_directories(disk::directory& top) { places_.emplace("", place(top)); }

    /// Nothing where `is_it` says of a file there that it is what was to be written.
    base::result<std::optional<named_file>> create(const std::string& folder, const std::string& name,
                                                   const free_names::judge& is_it)
    {
        auto position = open(folder);
        if (!position) return base::fail(position.error());
        return (*position)->names.create_unless(name, is_it);
    }

    base::result<> remove(const std::string& folder, const std::string& name)
    {
        return places_.at(folder).directory.remove(name);
    }

    base::result<> sync()
    {
        for (auto& [folder, position] : places_)
            if (auto synced = position.directory.sync(); !synced) return synced;
        return {};
    }

private:
    struct place {
        explicit place(disk::directory& target) : directory(target), names(target) {}
        explicit place(std::unique_ptr<disk::directory> target)
            : owned(std::move(target)), directory(*owned), names(directory)
        {
        }
        std::unique_ptr<disk::directory> owned;
        disk::directory& directory;
        free_names names;
    };

    base::result<place*> open(const std::string& folder)
    {
        if (const auto known = places_.find(folder); known != places_.end()) return &known->second;
        const auto slash = folder.rfind('/');
        auto parent = open(slash == std::string::npos ? "" : folder.substr(0, slash));
        if (!parent) return parent;
        const std::string name =
            mail::mime::safe_file_name(slash == std::string::npos ? folder : folder.substr(slash + 1), 1);
        auto made = (*parent)->directory.make_directory(name);
        if (!made && made.error().kind != base::failure::exists) return base::fail(made.error());
        auto directory = (*parent)->directory.open_directory(name);
        if (!directory) return base::fail(directory.error());
        return &places_.emplace(folder, place(*std::move(directory))).first->second;
    }

    std::map<std::string, place> places_;
};

base::result<bool> is_message(disk::file& file, std::uint64_t octets, const ledger::content_hash& hash)
{
    auto status = file.status();
    if (!status) return base::fail(status.error());
    if (status->octets != octets) return false;
    ledger::content_hasher hasher;
    std::string buffer(64u << 10, '\0');
    for (std::uint64_t offset = 0; offset < octets;) {
        const auto got = file.read(buffer, offset);
        if (!got) return base::fail(got.error());
        if (*got == 0) break;
        hasher.add(std::string_view(buffer).substr(0, *got));
        offset += *got;
    }
    return hasher.finish() == hash;
}

base::result<bool> write_eml(folder_directories& directories, const store::kept_message& kept,
                             store::stored_message& message, const message_facts& facts)
{
    auto header = header_of(message);
    if (!header) return base::fail(header.error());
    auto made = directories.create(kept.folder, file_name_of(kept, *header), [&](disk::file& file) {
        return is_message(file, message.octets(), facts.hash);
    });
    if (!made) return base::fail(made.error());
    if (!*made) return false;
    disk::file& file = *(*made)->file;
    auto written = store::read_canonical(message, [&](std::string_view piece) { return file.write(piece); });
    if (written) written = finish_file(file);
    if (!written) (void)directories.remove(kept.folder, (*made)->name); // half a message is none
    if (!written) return base::fail(written.error());
    return true;
}

/// The contents of a collection, hashed only where a size agrees.
class contents_there {
public:
    explicit contents_there(store::collection& collection) : in_(collection) {}

    base::result<> list()
    {
        return in_.list(
            [&](const store::kept_message& message) { keys_[message.octets].push_back(message.key); });
    }
    base::result<bool> holds(std::uint64_t octets, const ledger::content_hash& hash)
    {
        if (const auto same_size = keys_.find(octets); same_size != keys_.end()) {
            for (const auto& key : same_size->second) {
                auto message = in_.open(key);
                if (!message) continue; // removed meanwhile, or unreadable: then it is written
                auto facts = read_through(**message);
                if (facts) hashes_.insert(facts->hash);
            }
            keys_.erase(same_size);
        }
        return hashes_.contains(hash);
    }
    void add(const ledger::content_hash& hash) { hashes_.insert(hash); }

private:
    store::collection& in_;
    std::map<std::uint64_t, std::vector<std::string>> keys_; // by size, not hashed yet
    std::set<ledger::content_hash> hashes_;
};

} // namespace

base::result<std::vector<export_wish>> everything_in(store::collection& mail)
{
    std::vector<std::pair<base::wall_time, std::string>> messages;
    auto listed = mail.list(
        [&](const store::kept_message& message) { messages.emplace_back(message.arrival, message.key); });
    if (!listed) return base::fail(listed.error());
    std::ranges::sort(messages);
    std::vector<export_wish> wishes;
    wishes.reserve(messages.size());
    for (auto& [arrival, key] : messages) wishes.push_back({.source = &mail, .key = std::move(key)});
    return wishes;
}

base::result<exported> export_mbox(const std::vector<export_wish>& wishes,
                                   const std::function<base::result<>(std::string_view)>& sink,
                                   const export_watch& watch)
{
    mail::mbox_writer writer(sink);
    std::uint64_t inexact = 0;
    auto done = for_each(wishes, watch,
                         [&](const store::kept_message& kept, store::stored_message& message,
                             const message_facts& facts) -> base::result<bool> {
                             if (auto written = write_entry(writer, kept, message, facts.tags); !written)
                                 return base::fail(written.error());
                             inexact += facts.mbox_holds_it ? 0 : 1;
                             return true;
                         });
    if (done) done->inexact = inexact;
    return done;
}

base::result<exported> export_mbox(const std::vector<export_wish>& wishes, disk::directory& target,
                                   std::string_view name, const export_watch& watch)
{
    free_names names(target);
    if (target.status(name)) return base::fail(base::error_from_errno(EEXIST, "exporting to it"));
    auto made = names.create(std::string(unfinished));
    if (!made) return base::fail(made.error());
    auto done =
        export_mbox(wishes, [&](std::string_view octets) { return made->file->write(octets); }, watch);
    base::result<> settled;
    if (!done)
        settled = base::fail(done.error());
    else if (!done->stopped)
        settled = finish_file(*made->file);
    if (settled && !done->stopped) settled = target.rename(made->name, target, name);
    if (!settled || done->stopped) (void)target.remove(made->name);
    if (settled) settled = target.sync();
    if (!settled) return base::fail(settled.error());
    return done;
}

base::result<exported> export_eml(const std::vector<export_wish>& wishes, disk::directory& target,
                                  const export_watch& watch)
{
    folder_directories places(target);
    auto done = for_each(wishes, watch,
                         [&](const store::kept_message& kept, store::stored_message& message,
                             const message_facts& facts) { return write_eml(places, kept, message, facts); });
    if (!done) return done;
    if (auto synced = places.sync(); !synced) return base::fail(synced.error());
    return done;
}

base::result<exported> export_collection(const std::vector<export_wish>& wishes, store::collection& target,
                                         const export_watch& watch)
{
    contents_there contents(target);
    if (auto listed = contents.list(); !listed) return base::fail(listed.error());
    std::vector<store::collection::publication> group;
    const auto publish = [&]() -> base::result<> {
        for (const auto& key : target.publish(std::exchange(group, {})))
            if (!key) return base::fail(key.error());
        return {};
    };
    const auto take = [&](const store::kept_message& kept, store::stored_message& message,
                          const message_facts& facts) -> base::result<bool> {
        auto is_there = contents.holds(message.octets(), facts.hash);
        if (!is_there) return is_there;
        if (*is_there) return false;
        contents.add(facts.hash);
        auto adding = target.begin_addition();
        if (!adding) return base::fail(adding.error());
        auto read =
            store::read_canonical(message, [&](std::string_view piece) { return (*adding)->write(piece); });
        if (!read) return base::fail(read.error());
        group.push_back({.message = *std::move(adding),
                         .where = {.folder = kept.folder, .marks = kept.marks, .arrival = kept.arrival}});
        if (group.size() >= published_together_max)
            if (auto published = publish(); !published) return base::fail(published.error());
        return true;
    };
    auto done = for_each(wishes, watch, take);
    if (!done) return done;
    if (auto published = publish(); !published) return base::fail(published.error());
    return done;
}

} // namespace exchange
