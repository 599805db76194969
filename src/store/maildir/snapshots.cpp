// Deciding whether a kept snapshot still holds, and making the next from it.
#include "store/maildir/snapshots.hpp"

#include "store/maildir/message_file.hpp"
#include "store/maildir/name.hpp"
#include "store/maildir/resolve.hpp"
#include "store/maildir/snapshot.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace store::maildir {

namespace {

constexpr std::size_t file_messages_min = 1000; // smaller maildrops are scanned faster than a file is written
constexpr std::uint64_t stored_octets_max = 1ULL << 50; // a name that tells a pebibyte lies

constexpr std::size_t file_looks_min = 100; // as many files are not opened again after a restart

// For header sections that an hour's work would be: the rest is left to the next log-in.
constexpr std::chrono::seconds header_looks_time_max{10};

constexpr std::size_t readers_max = 16;         // threads of one first contact
constexpr std::size_t files_a_reader_min = 128; // fewer are read before a thread has begun

/// What the name tells, where it tells all and it can be true.
std::optional<message_octets> octets_by_name(std::string_view base)
{
    const auto stored = stored_octets_of(base);
    const auto canonical = canonical_octets_of(base);
    if (!stored || !canonical || *stored > stored_octets_max || *canonical < *stored ||
        *canonical > 2 * *stored)
        return std::nullopt;
    return octets_as_named(*stored, *canonical);
}

/// Finds in an older snapshot what was learnt then. To be asked for messages in order of arrival, in which
/// that snapshot is, too: both are walked through side by side, once.
class seen_before {
public:
    explicit seen_before(const snapshot* older) : older_(older) {}

    std::optional<std::size_t> find(std::uint64_t arrival_microseconds, std::string_view base)
    {
        while (!at_end() && older_->base(next_) != base && comes_before(arrival_microseconds, base)) ++next_;
        if (at_end() || older_->base(next_) != base) return std::nullopt;
        return next_++;
    }

private:
    bool at_end() const { return older_ == nullptr || next_ == older_->size(); }
    /// Scans have this order.
    bool comes_before(std::uint64_t arrival_microseconds, std::string_view base) const
    {
        const auto own = older_->base(next_);
        const auto arrival = arrival_microseconds_of(own).value_or(0);
        return arrival != arrival_microseconds ? arrival < arrival_microseconds : own < base;
    }

    const snapshot* older_;
    std::size_t next_ = 0;
};

/// What is known of one message.
struct knowledge {
    std::optional<message_octets> octets{}; ///< nothing: unknown yet, or not to be listed
    std::optional<header_facts> header{};   ///< nothing: unknown yet

    bool is_complete(bool headers) const { return octets && (header || !headers); }
};

knowledge known_before(const snapshot& older, std::size_t index)
{
    return {older.octets(index), older.header(index)};
}

/// A scan, and what is known of each message in it.
struct survey {
    found_names found;
    bool headers = false; ///< are wanted
    std::vector<knowledge> known;
    std::vector<std::size_t> unknown; ///< indexes of those whose files must be looked at
    bool octets_unknown = false;      ///< of some, not their header sections alone
};

survey take_stock(found_names found, const snapshot* previous, bool names_trusted, bool headers)
{
    survey out{.found = std::move(found), .headers = headers, .known = {}, .unknown = {}};
    seen_before before(previous);
    out.known.reserve(out.found.names.size());
    for (std::size_t i = 0; i < out.found.names.size(); ++i) {
        const auto& one = out.found.names[i];
        const auto base = out.found.base(one);
        const auto then = before.find(one.arrival_microseconds, base);
        knowledge now = then ? known_before(*previous, *then) : knowledge{};
        const bool believed = names_trusted && size_claim_of(base) == size_claim::wire;
        const auto by_name = believed ? octets_by_name(base) : std::nullopt;
        if (by_name && by_name != now.octets) now = {by_name, std::nullopt};
        if (!now.is_complete(headers)) out.unknown.push_back(i);
        if (!now.octets) out.octets_unknown = true;
        out.known.push_back(now);
    }
    return out;
}

/// What looking at one file showed.
struct look {
    knowledge known;
    std::string_view skipped_for; ///< not empty: not to be served
};

/// Our own names are believed where the size is the file's; what another program wrote is counted.
bool is_size_believed(std::string_view base, std::uint64_t file_octets)
{
    const auto by_name = octets_by_name(base);
    return by_name && by_name->stored == file_octets && size_claim_of(base) != size_claim::none;
}

base::result<message_octets> octets_of(std::string_view base, disk::file& file, std::uint64_t file_octets)
{
    if (!is_size_believed(base, file_octets)) return count_octets(file, file_octets);
    const auto by_name = *octets_by_name(base);
    return size_claim_of(base) == size_claim::wire ? by_name : with_last_line_end(file, by_name);
}

/// Nothing where it cannot be read: that hinders nobody's log-in, is tried again at the next, and RETR tells why.
std::optional<header_facts> read_header(std::unique_ptr<disk::file> file, message_octets octets)
{
    message_file message(std::move(file), octets);
    const auto surrogate_octets = count_surrogate_octets(message);
    if (!surrogate_octets) return std::nullopt;
    return header_facts{*surrogate_octets};
}

/// Opens the file, checks that it may be served, finds out its octets, and reads the header section where
/// that is wanted.
base::result<look> look_at(folders& maildrop, const target& at, bool headers)
{
    auto opened = maildrop.in(at.folder).open(at.name);
    if (!opened && opened.error().kind == base::failure::vanished) return base::fail(opened.error());
    const auto status = opened ? (*opened)->status() : maildrop.in(at.folder).status(at.name);
    if (!status) return base::fail(status.error());
    if (const auto reason = reason_not_served(*status, maildrop.owner); !reason.empty())
        return look{{}, reason};
    if (!opened) return base::fail(opened.error());
    // A client would take a packed message for the message, and delete it; who packs keeps the size of what is inside.
    if (!is_size_believed(at.base, status->octets)) {
        const auto reason = reason_unreadable(**opened);
        if (!reason) return base::fail(reason.error());
        if (!reason->empty()) return look{{}, *reason};
    }
    const auto counted = octets_of(at.base, **opened, status->octets);
    if (!counted) return base::fail(counted.error());
    return look{{*counted, headers ? read_header(*std::move(opened), *counted) : std::nullopt}, {}};
}

target target_of(const found_names& in, const found_name& one)
{
    return {std::string(in.base(one)), one.folder, std::string(in.name(one))};
}

/// Looks at many files at once: a disk that has to fetch them takes hardly longer for eight than for one. What
/// cannot be counted stays unknown, for look_at_unknown() to say why.
void look_side_by_side(folders& maildrop, const base::clock& clock, survey& survey)
{
    const auto until = clock.steady_now() + header_looks_time_max;
    const auto can_wait = [&](std::size_t i) {
        return survey.known[i].octets && clock.steady_now() >= until;
    };
    std::atomic<std::size_t> next = 0;
    const auto look = [&] {
        for (std::size_t u = next++; u < survey.unknown.size(); u = next++) {
            const std::size_t i = survey.unknown[u];
            if (can_wait(i)) continue;
            const auto seen =
                look_at(maildrop, target_of(survey.found, survey.found.names[i]), survey.headers);
            if (seen && seen->skipped_for.empty()) survey.known[i] = seen->known;
        }
    };
    {
        std::vector<std::jthread> readers;
        const std::size_t wanted = std::min(readers_max, survey.unknown.size() / files_a_reader_min);
        try {
            while (readers.size() < wanted) readers.emplace_back(look);
        } catch (const std::system_error&) { // NOLINT(bugprone-empty-catch): fewer do it too, and later
        }
    }
    std::erase_if(survey.unknown,
                  [&](std::size_t i) { return survey.known[i].is_complete(survey.headers) || can_wait(i); });
}

/// Takes over the name that a message was found under in the end.
void rename(found_names& in, found_name& one, const target& now)
{
    one.folder = now.folder;
    one.begin = in.text.size();
    one.name_octets = static_cast<std::uint8_t>(now.name.size());
    in.text += now.name;
}

base::result<> look_at_unknown(folders& maildrop, const base::clock& clock, skipped_files& skipped,
                               survey& survey)
{
    std::vector<target> targets;
    targets.reserve(survey.unknown.size());
    for (const std::size_t i : survey.unknown)
        targets.push_back(target_of(survey.found, survey.found.names[i]));
    const auto outcomes =
        attempt_each(maildrop, clock, targets, [&](std::size_t t, const target& now) -> base::result<> {
            const auto seen = look_at(maildrop, now, survey.headers);
            if (!seen) return base::fail(seen.error());
            survey.known[survey.unknown[t]] = seen->known; // nothing of what is skipped
            if (!seen->skipped_for.empty()) skipped.report(maildrop.path, now.name, seen->skipped_for);
            return {};
        });
    for (std::size_t t = 0; t < targets.size(); ++t) {
        auto& known = survey.known[survey.unknown[t]];
        const bool vanished = !outcomes[t] && outcomes[t].error().kind == base::failure::vanished;
        if (vanished) known = {};
        // Left out for trouble with the disk it would look removed to the client, which might then forget what it has.
        if (!outcomes[t] && !vanished && !known.octets) return outcomes[t];
        rename(survey.found, survey.found.names[survey.unknown[t]], targets[t]);
    }
    return {};
}

snapshot pack(const survey& survey, const unique_ids& ids, const snapshot_origin& origin)
{
    snapshot::builder out;
    std::size_t base_octets = 0; // the unique-ids, as a rule
    for (const found_name& found : survey.found.names) base_octets += found.base_octets;
    out.reserve(survey.found.names.size(), base_octets);
    for (std::size_t i = 0; i < survey.found.names.size(); ++i) {
        const auto& [octets, header] = survey.known[i];
        if (!octets) continue;
        const found_name& found = survey.found.names[i];
        const auto base = survey.found.base(found);
        out.add({.unique_id = ids.of(base),
                 .base = base,
                 .info = survey.found.name(found).substr(base.size()),
                 .folder = found.folder,
                 .stored_octets = octets->stored,
                 .octets = octets->canonical,
                 .form = octets->form,
                 .header = header});
    }
    return std::move(out).build(origin);
}

} // namespace

base::result<std::shared_ptr<const snapshot>> snapshots::of(folders& maildrop, bool headers)
{
    ++wanted_;
    const auto directories = state_of(maildrop);
    if (!directories) return base::fail(directories.error());
    const auto imported = unique_ids_state_of(*maildrop.maildrop);
    if (!imported) return base::fail(imported.error());

    auto kept = cache_.find(maildrop.path);
    if (!kept) {
        kept = read_snapshot_file(maildrop);
        if (kept && kept->origin().names_trusted && distrusted(maildrop.path)) kept = nullptr;
        if (kept) cache_.put(maildrop.path, kept);
    }
    if (kept && kept->origin().still_holds(*directories, *imported) && (kept->headers_known() || !headers)) {
        ++hits_;
        return kept;
    }
    return make(maildrop, *imported, kept.get(), headers);
}

std::shared_ptr<const snapshot> snapshots::kept(folders& maildrop, bool headers)
{
    auto found = cache_.find(maildrop.path);
    if (!found || (headers && !found->headers_known())) return nullptr;
    const auto directories = state_of(maildrop);
    const auto imported = unique_ids_state_cached(*maildrop.maildrop);
    if (!directories || !imported || !found->origin().still_holds(*directories, *imported)) return nullptr;
    ++wanted_;
    ++hits_;
    return found;
}

base::result<std::shared_ptr<const snapshot>>
snapshots::make(folders& maildrop, const unique_ids_state& imported, const snapshot* previous, bool headers)
{
    const auto ids = read_unique_ids(*maildrop.maildrop);
    if (!ids) return base::fail(ids.error());
    if (ids->ignored_lines() != 0)
        log_.warning("unique-ids-ignored",
                     {{"maildrop", maildrop.path}, {"lines", std::uint64_t{ids->ignored_lines()}}});
    auto scanned = scan_names(maildrop, clock_);
    if (!scanned) return base::fail(scanned.error());
    const bool names_trusted =
        !distrusted(maildrop.path) && (previous == nullptr || previous->origin().names_trusted);
    for (const auto& name : scanned->shadowed) skipped_.report(maildrop.path, name, reason_shadowed);
    survey survey = take_stock(std::move(scanned->found), previous, names_trusted, headers);
    const bool much_learnt = survey.octets_unknown || survey.unknown.size() >= file_looks_min;
    look_side_by_side(maildrop, clock_, survey);
    if (auto looked = look_at_unknown(maildrop, clock_, skipped_, survey); !looked)
        return base::fail(looked.error());

    const snapshot_origin origin{.directories = scanned->state,
                                 .imported = imported,
                                 .settled = scanned->settled,
                                 .names_trusted = names_trusted};
    auto made = std::make_shared<const snapshot>(pack(survey, *ids, origin));
    cache_.put(maildrop.path, made);
    if (much_learnt || (origin.settled && made->size() >= file_messages_min))
        if (const auto written = write_snapshot_file(maildrop, *made, random_); !written)
            log_.notice("snapshot-not-written",
                        {{"maildrop", maildrop.path}, {"error", written.error().operator_text}});
    return made;
}

void snapshots::distrust_names(folders& maildrop)
{
    {
        const std::lock_guard lock(mutex_);
        distrusted_.insert(maildrop.path);
    }
    cache_.forget(maildrop.path);
    static_cast<void>(maildrop.maildrop->remove(snapshot_file_name)); // where it stays, it is not read
}

bool snapshots::distrusted(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    return distrusted_.contains(path);
}

std::shared_ptr<const snapshot> snapshot_cache::find(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    const auto found = by_path_.find(path);
    if (found == by_path_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->kept;
}

void snapshot_cache::put(const std::string& path, std::shared_ptr<const snapshot> kept)
{
    const std::uint64_t octets = kept->memory_octets() + path.size() + sizeof(entry);
    const std::lock_guard lock(mutex_);
    if (const auto old = by_path_.find(path); old != by_path_.end()) erase(old->second);
    if (octets > octets_max_) return;
    while (octets_ + octets > octets_max_) erase(std::prev(entries_.end()));
    entries_.push_front({path, std::move(kept), octets});
    by_path_.emplace(path, entries_.begin());
    octets_ += octets;
}

void snapshot_cache::forget(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    if (const auto old = by_path_.find(path); old != by_path_.end()) erase(old->second);
}

void snapshot_cache::erase(std::list<entry>::iterator which)
{
    octets_ -= which->octets;
    by_path_.erase(which->path);
    entries_.erase(which);
}

} // namespace store::maildir
