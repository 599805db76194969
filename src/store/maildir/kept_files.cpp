// Passes over new/, cur/ and the held folder until one finds nothing new.
#include "store/maildir/kept_files.hpp"

#include "store/maildir/held.hpp"
#include "store/maildir/name.hpp"
#include "store/maildir/resolve.hpp"
#include "store/maildir/scan.hpp"

#include <unordered_set>
#include <vector>

namespace store::maildir {

namespace {

// A message is deleted and put back between two passes once in a while, not again and again.
constexpr int visit_passes_max = 10;

class visitor {
public:
    visitor(folders& maildrop, const base::clock& clock, const file_visit& visit)
        : in_(maildrop), clock_(clock), visit_(visit)
    {
    }

    base::result<> run()
    {
        for (int pass = 0; pass < visit_passes_max; ++pass) {
            const auto before = seen_.size();
            if (auto done = waiting(); !done) return done;
            // After those that wait: what is deleted from here on goes where this looks.
            if (auto done = held(); !done) return done;
            if (seen_.size() == before) break;
        }
        return {};
    }

private:
    base::result<> waiting()
    {
        const auto scanned = scan_names(in_, clock_);
        if (!scanned) return base::fail(scanned.error());
        const auto& found = scanned->found;
        std::vector<target> targets;
        for (const found_name& one : found.names)
            if (!seen_.contains(std::string(found.base(one))))
                targets.push_back({std::string(found.base(one)), one.folder, std::string(found.name(one))});
        const auto outcomes = attempt_each(in_, clock_, targets, [&](std::size_t, const target& now) {
            return visit_(in_.in(now.folder), now.folder == folder::fresh ? "new" : "cur", now.name);
        });
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (auto done = take(targets[i].base, outcomes[i]); !done) return done;
        return {};
    }

    base::result<> held()
    {
        auto directory = in_.maildrop->open_directory(held_name);
        if (!directory && directory.error().kind == base::failure::vanished) return {};
        if (!directory) return base::fail(directory.error());
        std::vector<std::string> names;
        auto listed = (*directory)->list([&](std::string_view name) { names.emplace_back(name); });
        if (!listed) return listed;
        for (const auto& name : names) {
            const auto parsed = parse_held_name(name);
            const std::string identity(parsed ? base_of(parsed->name) : std::string_view(name));
            if (seen_.contains(identity) || (!parsed && !parse_not_held(name))) continue;
            const auto outcome = visit_(**directory, std::string(held_name), name);
            if (auto done = take(identity, outcome); !done) return done;
        }
        return {};
    }

    base::result<> take(const std::string& identity, const base::result<>& outcome)
    {
        if (outcome) seen_.insert(identity);
        return outcome || outcome.error().kind == base::failure::vanished ? base::result<>() : outcome;
    }

    folders& in_;
    const base::clock& clock_;
    const file_visit& visit_;
    std::unordered_set<std::string> seen_; ///< base names, and names of notes
};

} // namespace

base::result<> visit_messages(folders& maildrop, const base::clock& clock, const file_visit& visit)
{
    return visitor(maildrop, clock, visit).run();
}

bool is_dispensable(std::string_view name)
{
    return name == ".restante-lock" || name == put_back_lock_name || name.starts_with(".restante-snapshot") ||
           name.starts_with(".new-");
}

} // namespace store::maildir
