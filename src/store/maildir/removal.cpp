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
    remover(backend& with, folders& in, std::unique_ptr<disk::directory> held, std::string_view session)
        : with_(with), in_(in), held_(std::move(held)), session_(session), now_(with.clock.now())
    {
    }

    base::result<> take(const target& message)
    {
        auto taken = held_ ? hold(message) : in_.in(message.folder).remove(message.name);
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

private:
    base::result<> hold(const target& message)
    {
        auto& from = in_.in(message.folder);
        for (int second = 0; second < same_second_max; ++second) {
            const auto name = format_held_name(now_ + std::chrono::seconds(second), session_, message.name);
            if (!name) {
                with_.log.notice("message-not-held", {{"maildrop", in_.path},
                                                      {"file", message.name},
                                                      {"reason", "its name is too long to be held"}});
                return from.remove(message.name);
            }
            auto renamed = from.rename(message.name, *held_, *name);
            if (renamed) holding_ = true;
            if (renamed || renamed.error().kind != base::failure::exists) return renamed;
        }
        return from.remove(message.name);
    }

    backend& with_;
    folders& in_;
    std::unique_ptr<disk::directory> held_;
    std::string_view session_;
    base::wall_time now_;
    bool holding_ = false;
    bool touched_[2] = {};
};

} // namespace

base::result<removal> remove_messages(backend& with, folders& in, const snapshot& from,
                                      std::span<const std::size_t> indexes, std::chrono::seconds held_for,
                                      std::string_view session)
{
    if (indexes.empty()) return removal{};
    std::unique_ptr<disk::directory> held;
    if (held_for > std::chrono::seconds::zero()) {
        auto opened = open_or_make_held(in);
        if (!opened) return base::fail(opened.error());
        held = std::move(*opened);
    }

    std::vector<std::size_t> marked(indexes.begin(), indexes.end());
    std::ranges::sort(marked);
    marked.erase(std::ranges::unique(marked).begin(), marked.end());
    std::vector<target> targets;
    targets.reserve(marked.size());
    for (const std::size_t index : marked)
        targets.push_back({std::string(from.base(index)), from.folder(index), from.name(index)});

    remover remover(with, in, std::move(held), session);
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
    return out;
}

} // namespace store::maildir
