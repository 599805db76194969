// Passes over new/ and cur/.
#include "store/maildir/scan.hpp"

#include "store/maildir/name.hpp"

#include <algorithm>
#include <utility>

namespace store::maildir {

namespace {

// readdir(3) may miss a file that is renamed while it reads; a sixth of them when all are renamed once a
// pass. Even then twenty passes leave no one out.
constexpr int scan_passes_max = 20;

bool arrived_before(const found_names& a, const found_name& x, const found_names& b, const found_name& y)
{
    if (x.arrival_microseconds != y.arrival_microseconds)
        return x.arrival_microseconds < y.arrival_microseconds;
    return a.base(x) < b.base(y);
}

base::result<> list_into(found_names& out, disk::directory& directory, folder folder)
{
    return directory.list([&](std::string_view name) {
        const auto base = base_of(name);
        if (base.empty() || name.size() > name_octets_max) return;
        out.names.push_back({.arrival_microseconds = arrival_microseconds_of(base).value_or(0),
                             .begin = out.text.size(),
                             .name_octets = static_cast<std::uint8_t>(name.size()),
                             .base_octets = static_cast<std::uint8_t>(base.size()),
                             .folder = folder});
        out.text += name;
    });
}

/// Directories have their own order: in ours, whoever walks over a million names finds the next in the cache.
void put_text_in_order(found_names& out)
{
    std::string text;
    text.reserve(out.text.size());
    for (found_name& found : out.names) {
        const auto name = out.name(found);
        found.begin = text.size();
        text += name;
    }
    out.text = std::move(text);
}

struct pass {
    found_names found;
    std::vector<std::string> shadowed;
};

base::result<pass> one_pass(folders& maildrop)
{
    found_names out;
    // new/ first: a message on its way from new/ to cur/ is seen twice then, and never not at all.
    if (auto done = list_into(out, *maildrop.fresh, folder::fresh); !done) return base::fail(done.error());
    if (auto done = list_into(out, *maildrop.current, folder::current); !done)
        return base::fail(done.error());
    const auto before = [&](const found_name& x, const found_name& y) {
        if (x.arrival_microseconds != y.arrival_microseconds)
            return x.arrival_microseconds < y.arrival_microseconds;
        const int order = out.base(x).compare(out.base(y));
        return order != 0 ? order < 0 : x.begin < y.begin;
    };
    if (!std::ranges::is_sorted(out.names, before)) std::ranges::sort(out.names, before);
    // Of two with one base name keep the later seen, the one in cur/.
    const auto same = [&](const auto& x, const auto& y) { return out.base(x) == out.base(y); };
    std::vector<std::string> shadowed;
    for (auto at = out.names.begin();
         (at = std::ranges::adjacent_find(at, out.names.end(), same)) != out.names.end(); ++at)
        shadowed.emplace_back(out.name(*at));
    const auto doubled = std::ranges::unique(out.names.rbegin(), out.names.rend(), same);
    out.names.erase(out.names.begin(), doubled.begin().base());
    put_text_in_order(out);
    return pass{std::move(out), std::move(shadowed)};
}

struct difference {
    std::size_t only_known = 0;
    std::size_t only_seen = 0;
};

/// Puts what `seen` has into `known`, with the names of `seen` where both have a message; tells how they
/// differed, messages that arrived since `began` left out: they are no sign of a name that was missed.
difference merge(found_names& known, const found_names& seen, std::uint64_t began)
{
    difference out;
    found_names merged;
    const auto take = [&](const found_names& from, const found_name& found) {
        merged.names.push_back(found);
        merged.names.back().begin = merged.text.size();
        merged.text += from.name(found);
        return found.arrival_microseconds < began ? 1UZ : 0UZ;
    };
    auto k = known.names.begin();
    auto s = seen.names.begin();
    while (k != known.names.end() || s != seen.names.end()) {
        if (s == seen.names.end() || (k != known.names.end() && arrived_before(known, *k, seen, *s))) {
            out.only_known += take(known, *k++);
        } else if (k == known.names.end() || arrived_before(seen, *s, known, *k)) {
            out.only_seen += take(seen, *s++);
        } else {
            take(seen, *s++);
            ++k;
        }
    }
    known = std::move(merged);
    return out;
}

} // namespace

const found_name* find_base(const found_names& names, std::string_view base)
{
    const auto arrival = arrival_microseconds_of(base).value_or(0);
    const auto at = std::ranges::partition_point(names.names, [&](const found_name& found) {
        return found.arrival_microseconds != arrival ? found.arrival_microseconds < arrival
                                                     : names.base(found) < base;
    });
    return at != names.names.end() && names.base(*at) == base ? &*at : nullptr;
}

base::result<directories_state> state_of(folders& maildrop)
{
    const auto fresh = maildrop.fresh->status();
    if (!fresh) return base::fail(fresh.error());
    const auto current = maildrop.current->status();
    if (!current) return base::fail(current.error());
    return directories_state{fresh->inode, current->inode, fresh->modified, current->modified};
}

bool is_settled(const directories_state& state, base::wall_time now)
{
    return std::max(state.fresh_modified, state.current_modified) + time_stamp_step < now;
}

base::result<scan> scan_names(folders& maildrop, const base::clock& clock)
{
    const std::uint64_t began = to_microseconds(clock.now());
    found_names known;
    int without_news = 0;
    for (int pass = 0; pass < scan_passes_max; ++pass) {
        const auto now = clock.now();
        const auto before = state_of(maildrop);
        if (!before) return base::fail(before.error());
        auto seen = one_pass(maildrop);
        if (!seen) return base::fail(seen.error());
        const auto after = state_of(maildrop);
        if (!after) return base::fail(after.error());
        if (*before == *after && is_settled(*before, now))
            return scan{std::move(seen->found), *before, true, std::move(seen->shadowed)};
        if (pass == 0) {
            known = std::move(seen->found);
            continue;
        }
        const auto changed = merge(known, seen->found, began);
        without_news = changed.only_seen == 0 ? without_news + 1 : 0;
        if ((changed.only_seen == 0 && changed.only_known == 0) || without_news == 2)
            return scan{std::move(known), *after, false, {}};
    }
    return scan{std::move(known), {}, false, {}};
}

} // namespace store::maildir
