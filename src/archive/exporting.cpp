// Messages written out.
#include "archive/exporting.hpp"

#include "archive/free_name.hpp"
#include "archive/mbox.hpp"
#include "mail/header_section.hpp"
#include "mail/line_ends.hpp"
#include "mail/mime/reading.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>

namespace archive {
namespace {

constexpr std::size_t published_together_max = 100;  // of one publish
constexpr std::size_t header_octets_max = 64u << 10; // in which sender and subject are looked for
constexpr std::size_t file_name_octets_max = 100;    // of a subject, in a file's name
constexpr std::string_view unfinished = ".restante-export";

using take_message = std::function<base::result<>(const store::kept_message&, store::stored_message&)>;

/// Opens each wish in turn; what another program removed is told, not an error.
base::result<exported> for_each(const std::vector<export_wish>& what, const export_watch& watch,
                                const take_message& take)
{
    exported done;
    for (std::size_t i = 0; i < what.size(); ++i) {
        if (watch.stop != nullptr && *watch.stop) {
            done.stopped = true;
            return done;
        }
        auto kept = what[i].from->find(what[i].key);
        auto message = what[i].from->open(what[i].key);
        if ((!kept && kept.error().kind == base::failure::vanished) ||
            (!message && message.error().kind == base::failure::vanished)) {
            done.vanished.push_back(what[i].key);
            continue;
        }
        if (!kept) return base::fail(kept.error());
        if (!message) return base::fail(message.error());
        if (auto taken = take(*kept, **message); !taken) return base::fail(taken.error());
        ++done.messages;
        done.octets += (*message)->octets();
        if (watch.tell) watch.tell(i + 1, what.size());
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
    std::string from = mail::mime::read(header).from;
    if (const auto open = from.rfind('<'); open != std::string::npos) {
        from.erase(0, open + 1);
        from.erase(std::min(from.size(), from.find('>')));
    }
    return from.empty() || from.find_first_of(" ,") != std::string::npos ? "MAILER-DAEMON" : from;
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
    const mail::mime::reading told = mail::mime::read(header);
    std::string subject = told.subject;
    if (subject.size() > file_name_octets_max) {
        std::size_t end = file_name_octets_max;
        while (end > 0 && (static_cast<unsigned char>(subject[end]) & 0xC0U) == 0x80) --end;
        subject.resize(end);
    }
    std::ranges::replace(subject, '/', '_');
    std::ranges::replace(subject, '\\', '_');
    return mail::mime::safe_file_name(day_of(told.date.value_or(kept.arrival)) + " " + subject + ".eml", 1);
}

/// Writes one message as an mbox entry. True: an mbox gives it back as it is.
base::result<bool> write_entry(mbox_writer& writer, const store::kept_message& kept,
                               store::stored_message& message)
{
    auto header = header_of(message);
    if (!header) return base::fail(header.error());
    if (auto begun = writer.begin(sender_in(*header), kept.arrival); !begun) return base::fail(begun.error());
    bool bare_lf = false;
    char last = '\0';
    const auto take = [&](std::string_view piece) -> base::result<> {
        for (const char c : piece) {
            bare_lf = bare_lf || (c == '\n' && last != '\r');
            last = c;
        }
        return writer.octets(piece);
    };
    if (auto read = store::read_canonical(message, take); !read) return base::fail(read.error());
    if (auto ended = writer.end(); !ended) return base::fail(ended.error());
    return !bare_lf && last == '\n';
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

    base::result<named_file> create(const std::string& folder, const std::string& name)
    {
        auto in = open(folder);
        if (!in) return base::fail(in.error());
        return (*in)->names.create(name);
    }

    base::result<> remove(const std::string& folder, const std::string& name)
    {
        return places_.at(folder).directory.remove(name);
    }

    base::result<> sync()
    {
        for (auto& [folder, each] : places_)
            if (auto synced = each.directory.sync(); !synced) return synced;
        return {};
    }

private:
    struct place {
        explicit place(disk::directory& at) : directory(at), names(at) {}
        explicit place(std::unique_ptr<disk::directory> at)
            : owned(std::move(at)), directory(*owned), names(directory)
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

base::result<> write_eml(folder_directories& into, const store::kept_message& kept,
                         store::stored_message& message)
{
    auto header = header_of(message);
    if (!header) return base::fail(header.error());
    auto made = into.create(kept.folder, file_name_of(kept, *header));
    if (!made) return base::fail(made.error());
    auto written =
        store::read_canonical(message, [&](std::string_view piece) { return made->file->write(piece); });
    if (written) written = finish_file(*made->file);
    if (!written) (void)into.remove(kept.folder, made->name); // half a message is none
    return written;
}

} // namespace

base::result<std::vector<export_wish>> everything_in(store::collection& mail)
{
    std::vector<std::pair<base::wall_time, std::string>> all;
    auto listed =
        mail.list([&](const store::kept_message& each) { all.emplace_back(each.arrival, each.key); });
    if (!listed) return base::fail(listed.error());
    std::ranges::sort(all);
    std::vector<export_wish> wishes;
    wishes.reserve(all.size());
    for (auto& [arrival, key] : all) wishes.push_back({.from = &mail, .key = std::move(key)});
    return wishes;
}

base::result<exported> export_mbox(const std::vector<export_wish>& what, disk::directory& into,
                                   std::string_view name, const export_watch& watch)
{
    free_names names(into);
    if (into.status(name))
        return base::fail(base::error_from_errno(EEXIST, "exporting to " + std::string(name)));
    auto made = names.create(std::string(unfinished));
    if (!made) return base::fail(made.error());
    mbox_writer writer([&](std::string_view octets) { return made->file->write(octets); });
    std::uint64_t inexact = 0;
    auto done = for_each(
        what, watch, [&](const store::kept_message& kept, store::stored_message& message) -> base::result<> {
            auto exact = write_entry(writer, kept, message);
            if (!exact) return base::fail(exact.error());
            inexact += *exact ? 0 : 1;
            return {};
        });
    base::result<> settled;
    if (!done)
        settled = base::fail(done.error());
    else if (!done->stopped)
        settled = finish_file(*made->file);
    if (settled && !done->stopped) settled = into.rename(made->name, into, name);
    if (!settled || done->stopped) (void)into.remove(made->name);
    if (settled) settled = into.sync();
    if (!settled) return base::fail(settled.error());
    done->inexact = inexact;
    return done;
}

base::result<exported> export_eml(const std::vector<export_wish>& what, disk::directory& into,
                                  const export_watch& watch)
{
    folder_directories places(into);
    auto done = for_each(what, watch, [&](const store::kept_message& kept, store::stored_message& message) {
        return write_eml(places, kept, message);
    });
    if (!done) return done;
    if (auto synced = places.sync(); !synced) return base::fail(synced.error());
    return done;
}

base::result<exported> export_collection(const std::vector<export_wish>& what, store::collection& into,
                                         const export_watch& watch)
{
    std::vector<store::collection::publication> group;
    const auto publish = [&]() -> base::result<> {
        for (const auto& key : into.publish(std::exchange(group, {})))
            if (!key) return base::fail(key.error());
        return {};
    };
    auto done = for_each(
        what, watch, [&](const store::kept_message& kept, store::stored_message& message) -> base::result<> {
            auto adding = into.begin_addition();
            if (!adding) return base::fail(adding.error());
            auto read = store::read_canonical(
                message, [&](std::string_view piece) { return (*adding)->write(piece); });
            if (!read) return read;
            group.push_back({.message = *std::move(adding),
                             .where = {.folder = kept.folder, .marks = kept.marks, .arrival = kept.arrival}});
            return group.size() < published_together_max ? base::result<>{} : publish();
        });
    if (!done) return done;
    if (auto published = publish(); !published) return base::fail(published.error());
    return done;
}

} // namespace archive
