// Removing by base name, then one sync a directory.
#include "store/maildir/removal.hpp"

#include "store/maildir/held.hpp"
#include "store/maildir/resolve.hpp"

#include <algorithm>
#include <vector>

namespace store::maildir {

namespace {

constexpr int same_second_max = 5; // deletions of one message in one second, with an undelete after each

/// One removal on its way.
class remover {
public:
    remover(backend& with, folders& in, std::string_view session)
        : with_(with), in_(in), session_(session), now_(with.clock.now())
    {
    }

    /// From now on messages are held. On a full disk they cannot be, and are removed: who deletes makes room.
    base::result<> begin_holding()
    {
        hold_wanted_ = true;
        auto opened = open_or_make_held(in_);
        if (opened)
            held_ = std::move(*opened);
        else if (opened.error().kind == base::failure::no_space)
            why_not_held_ = opened.error().operator_text;
        else
            return base::fail(opened.error());
        return {};
    }

    base::result<> take(const target& message)
    {
        auto taken = held_ ? hold(message) : let_go(message);
        if (taken) touched_[static_cast<int>(message.folder)] = true;
        return taken;
    }

    base::result<> sync()
    {
        // What is held must be durable there before its old name durably goes.
        if (holding_)
            if (auto synced = with_.syncs.sync(in_.path + '/' + std::string(held_name), *held_); !synced)
                return synced;
        for (const auto which : {folder::fresh, folder::current})
            if (touched_[static_cast<int>(which)])
                if (auto synced = with_.syncs.sync(in_.path_of(which), in_.in(which)); !synced) return synced;
        return {};
    }

    /// Reports what could not be held, after sync(). How many.
    std::size_t report_not_held()
    {
        if (not_held_ == 0) return 0;
        note_not_held(in_, now_, session_, not_held_);
        with_.log.notice("messages-not-held", {{"maildrop", in_.path},
                                               {"session", session_},
                                               {"messages", std::uint64_t{not_held_}},
                                               {"reason", why_not_held_}});
        return not_held_;
    }

private:
    base::result<> let_go(const target& message)
    {
        auto removed = in_.in(message.folder).remove(message.name);
        if (removed && hold_wanted_) ++not_held_;
        return removed;
    }

    base::result<> hold(const target& message)
    {
        auto& from = in_.in(message.folder);
        for (int second = 0; second < same_second_max; ++second) {
            const auto name = format_held_name(now_ + std::chrono::seconds(second), session_, message.name);
            if (!name) {
                why_not_held_ = "the name '" + message.name + "' is too long to be held";
                return let_go(message);
            }
            auto renamed = from.rename(message.name, *held_, *name);
            if (renamed) holding_ = true;
            if (!renamed && renamed.error().kind == base::failure::no_space) {
                why_not_held_ = renamed.error().operator_text;
                return let_go(message);
            }
            if (renamed || renamed.error().kind != base::failure::exists) return renamed;
        }
        why_not_held_ = "it was deleted and put back too often in one second";
        return let_go(message);
    }

    backend& with_;
    folders& in_;
    std::unique_ptr<disk::directory> held_;
    std::string_view session_;
    base::wall_time now_;
    bool hold_wanted_ = false;
    bool holding_ = false; ///< at least one message is held
    std::size_t not_held_ = 0;
    std::string why_not_held_; ///< of the last one
    bool touched_[2] = {};
};

} // namespace

base::result<removal> remove_messages(backend& with, folders& in, const snapshot& from,
                                      std::span<const std::size_t> indexes, std::chrono::seconds held_for,
                                      std::string_view session)
{
    if (indexes.empty()) return removal{};
    remover remover(with, in, session);
    if (held_for > std::chrono::seconds::zero())
        if (auto begun = remover.begin_holding(); !begun) return base::fail(begun.error());

    std::vector<std::size_t> marked(indexes.begin(), indexes.end());
    std::ranges::sort(marked);
    marked.erase(std::ranges::unique(marked).begin(), marked.end());
    std::vector<target> targets;
    targets.reserve(marked.size());
    for (const std::size_t index : marked)
        targets.push_back({std::string(from.base(index)), from.folder(index), from.name(index)});

    const auto outcomes = attempt_each(in, with.clock, targets,
                                       [&](std::size_t, const target& now) { return remover.take(now); });

    removal out;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i] || outcomes[i].error().kind == base::failure::vanished) {
            ++out.removed;
        } else {
            out.not_removed.push_back(marked[i]);
            if (out.why.empty()) out.why = outcomes[i].error().operator_text;
        }
    }
    if (auto synced = remover.sync(); !synced) return base::fail(synced.error());
    out.not_held = remover.report_not_held();
    return out;
}

} // namespace store::maildir
