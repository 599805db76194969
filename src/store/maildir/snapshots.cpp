// Deciding whether a kept snapshot still holds, and making the next from it.
#include "store/maildir/snapshots.hpp"

#include "store/maildir/name.hpp"
#include "store/maildir/resolve.hpp"
#include "store/maildir/snapshot_file.hpp"

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace store::maildir {

namespace {

constexpr std::size_t file_messages_min = 1000; // smaller maildrops are scanned faster than a file is written
constexpr std::uint64_t stored_octets_max = 1ULL << 50; // a name that tells a pebibyte lies

/// What the name tells, where it tells all and it can be true.
std::optional<message_octets> octets_by_name(const parsed_name& name)
{
    if (!name.stored_octets || !name.canonical_octets) return std::nullopt;
    const auto stored = *name.stored_octets;
    const auto canonical = *name.canonical_octets;
    if (stored > stored_octets_max || canonical < stored || canonical > 2 * stored) return std::nullopt;
    return message_octets{stored, canonical};
}

/// Finds in an older snapshot what was counted then; its table is made at the first question.
class counted_before {
public:
    explicit counted_before(const snapshot* older) : older_(older) {}

    std::optional<message_octets> find(std::string_view base)
    {
        if (older_ == nullptr) return std::nullopt;
        if (by_base_.empty())
            for (std::size_t i = 0; i < older_->size(); ++i) by_base_.emplace(older_->base(i), i);
        const auto found = by_base_.find(base);
        if (found == by_base_.end()) return std::nullopt;
        return message_octets{older_->stored_octets(found->second), older_->listing().octets(found->second)};
    }

private:
    const snapshot* older_;
    std::unordered_map<std::string_view, std::size_t> by_base_;
};

/// A message whose file must be looked at.
struct unmeasured {
    std::size_t index; ///< among the names of the scan
    std::optional<message_octets> by_name;
    message_octets octets;
    std::string_view skipped_for; ///< not empty: not to be served
};

/// Opens the file, checks that it may be served, and counts where its name does not tell the truth.
base::result<> measure(folders& in, const target& at, unmeasured& out)
{
    const auto refuse = [&](const disk::status& file) {
        out.skipped_for = reason_not_served(file, in.owner);
        return !out.skipped_for.empty();
    };
    auto opened = in.in(at.folder).open(at.name);
    if (!opened) {
        if (opened.error().kind == base::failure::vanished) return base::fail(opened.error());
        const auto status = in.in(at.folder).status(at.name);
        if (!status) return base::fail(status.error());
        if (refuse(*status)) return {};
        return base::fail(opened.error());
    }
    const auto status = (*opened)->status();
    if (!status) return base::fail(status.error());
    if (refuse(*status)) return {};
    if (out.by_name && out.by_name->stored == status->octets) {
        out.octets = *out.by_name;
        return {};
    }
    const auto counted = count_octets(**opened);
    if (!counted) return base::fail(counted.error());
    out.octets = *counted;
    return {};
}

} // namespace

base::result<std::shared_ptr<const snapshot>> snapshots::of(folders& in)
{
    ++wanted_;
    const auto directories = state_of(in);
    if (!directories) return base::fail(directories.error());
    const auto imported = unique_ids_state_of(*in.maildrop);
    if (!imported) return base::fail(imported.error());

    auto kept = cache_.find(in.path);
    if (!kept) {
        kept = read_snapshot_file(in);
        if (kept && kept->origin().names_trusted && distrusted(in.path)) kept = nullptr;
        if (kept) cache_.put(in.path, kept);
    }
    if (kept && kept->origin().still_holds(*directories, *imported)) {
        ++hits_;
        return kept;
    }
    return make(in, *imported, kept.get());
}

base::result<std::shared_ptr<const snapshot>> snapshots::make(folders& in, const unique_ids_state& imported,
                                                              const snapshot* previous)
{
    const auto ids = read_unique_ids(*in.maildrop);
    if (!ids) return base::fail(ids.error());
    if (ids->ignored_lines() != 0)
        log_.warning("unique-ids-ignored",
                     {{"maildrop", in.path}, {"lines", std::uint64_t{ids->ignored_lines()}}});
    const auto scanned = scan_names(in, clock_);
    if (!scanned) return base::fail(scanned.error());
    const auto& found = scanned->found;
    const bool names_trusted =
        !distrusted(in.path) && (previous == nullptr || previous->origin().names_trusted);

    counted_before before(previous);
    std::vector<message_octets> octets(found.names.size());
    std::vector<unmeasured> to_measure;
    std::vector<target> targets;
    for (std::size_t i = 0; i < found.names.size(); ++i) {
        const auto parsed = parse_name(found.name(found.names[i]));
        const auto by_name = octets_by_name(*parsed);
        if (names_trusted && by_name) {
            octets[i] = *by_name;
        } else if (const auto counted = before.find(parsed->base)) {
            octets[i] = *counted;
        } else {
            to_measure.push_back({i, by_name, {}, {}});
            targets.push_back(
                {std::string(parsed->base), found.names[i].folder, std::string(found.name(found.names[i]))});
        }
    }
    const auto outcomes = attempt_each(in, clock_, targets, [&](std::size_t index, const target& current) {
        return measure(in, current, to_measure[index]);
    });

    snapshot::builder out;
    out.reserve(found.names.size());
    std::size_t measured = 0;
    for (std::size_t i = 0; i < found.names.size(); ++i) {
        const auto& one = found.names[i];
        std::string_view name = found.name(one);
        folder where = one.folder;
        if (measured < to_measure.size() && to_measure[measured].index == i) {
            const auto& file = to_measure[measured];
            const auto& outcome = outcomes[measured];
            const auto& at = targets[measured];
            ++measured;
            if (!outcome && outcome.error().kind == base::failure::vanished) continue;
            // Left out it would look removed to the client, which might then forget or fetch again what it
            // has.
            if (!outcome) return base::fail(outcome.error());
            if (!file.skipped_for.empty()) {
                skipped_.report(in.path, at.name, file.skipped_for);
                continue;
            }
            octets[i] = file.octets;
            name = at.name;
            where = at.folder;
        }
        const auto parsed = parse_name(name);
        out.add({.unique_id = ids->of(parsed->base),
                 .base = parsed->base,
                 .info = parsed->info,
                 .folder = where,
                 .stored_octets = octets[i].stored,
                 .octets = octets[i].canonical});
    }
    auto made = std::make_shared<const snapshot>(std::move(out).build({.directories = scanned->state,
                                                                       .imported = imported,
                                                                       .settled = scanned->settled,
                                                                       .names_trusted = names_trusted}));
    cache_.put(in.path, made);
    if (measured > 0 || (made->origin().settled && made->size() >= file_messages_min))
        if (const auto written = write_snapshot_file(in, *made, random_); !written)
            log_.notice("snapshot-not-written",
                        {{"maildrop", in.path}, {"error", written.error().operator_text}});
    return made;
}

void snapshots::distrust_names(folders& in)
{
    {
        const std::lock_guard lock(mutex_);
        distrusted_.insert(in.path);
    }
    cache_.forget(in.path);
    static_cast<void>(in.maildrop->remove(snapshot_file_name)); // where it stays, it is not read
}

bool snapshots::distrusted(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    return distrusted_.contains(path);
}

} // namespace store::maildir
