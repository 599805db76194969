// Opening, reading and removing, for one session.
#include "store/maildir/session.hpp"

#include "store/maildir/held.hpp"
#include "store/maildir/message_file.hpp"
#include "store/maildir/resolve.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace store::maildir {

namespace {

constexpr std::string_view lock_name = ".restante-lock";
constexpr std::size_t look_ahead_messages_max = 64;
constexpr std::chrono::microseconds look_ahead_time_max{
    200};                                              // a disk that must be waited for ends it at once
constexpr std::string_view expiry_session = "expired"; // how `undelete --session` finds expired mail

base::error in_use(const std::string& path, std::optional<base::wall_time> since)
{
    const std::string when =
        since ? fmt::format("{:%F %T} UTC", std::chrono::floor<std::chrono::seconds>(*since)) : "";
    return {.kind = base::failure::in_use,
            .temporary = true,
            .peer_text = when,
            .operator_text = "maildrop '" + path + "' is in use " +
                             (since ? "since " + when : std::string("by another program"))};
}

base::error gone(std::string_view base)
{
    return {.kind = base::failure::vanished,
            .temporary = false,
            .peer_text = {},
            .operator_text = "message '" + std::string(base) + "': another program has removed it"};
}

base::error not_served(std::string_view base, std::string_view reason)
{
    return {.kind = base::failure::storage, // `refused` would be taken for a wrong password
            .temporary = false,
            .peer_text = {},
            .operator_text = "message '" + std::string(base) + "': " + std::string(reason)};
}

class session final : public blocking_maildrop {
public:
    /// `at_once`: it was opened without waiting, so its disk is a local one, where closing waits for nothing.
    session(backend& backend, folders maildrop, maildrop_policy policy, std::unique_ptr<session_lock> lock,
            std::shared_ptr<const snapshot> taken, bool at_once)
        : with_(backend),
          in_(std::move(maildrop)),
          policy_(policy),
          lock_(std::move(lock)),
          snapshot_(std::move(taken)),
          local_(at_once)
    {
    }

    bool closes_without_waiting() const override { return local_; }

    std::shared_ptr<const mail::listing> listing() const override
    {
        return {snapshot_, &snapshot_->listing()};
    }

    base::result<std::unique_ptr<stored_message>> open(std::size_t index) override
    {
        std::vector<target> targets{
            {std::string(snapshot_->base(index)), snapshot_->folder(index), snapshot_->name(index)}};
        std::unique_ptr<disk::file> file;
        const auto outcomes =
            attempt_each(in_, with_.clock, targets, [&](std::size_t, const target& now) -> base::result<> {
                auto opened = in_.in(now.folder).open(now.name);
                if (!opened) return base::fail(opened.error());
                file = std::move(*opened);
                return {};
            });
        if (!file && policy_.lock == lock_policy::snapshot &&
            outcomes.front().error().kind == base::failure::vanished)
            if (auto held = open_held_message(in_, targets.front().base)) file = std::move(*held);
        if (!file) {
            const auto& trouble = outcomes.front().error();
            if (trouble.kind == base::failure::vanished) return base::fail(gone(targets.front().base));
            if (trouble.kind != base::failure::refused) return base::fail(trouble);
            with_.snapshots.distrust_names(in_); // a link, or another thing that is no message
            return base::fail(not_served(targets.front().base, trouble.operator_text));
        }
        auto checked = check(index, targets.front(), std::move(file));
        if (checked) look_ahead(index);
        return checked;
    }

    std::unique_ptr<stored_message> open_cached(std::size_t index) override
    {
        auto opened = in_.in(snapshot_->folder(index)).open_cached(snapshot_->name(index));
        if (!opened || !reason_not_served(opened->status, in_.owner).empty()) return nullptr;
        const auto octets = snapshot_->octets(index);
        if (opened->status.octets != octets.stored) return nullptr;
        return std::make_unique<message_file>(std::move(opened->file), octets);
    }

    base::result<removal> remove(std::span<const std::size_t> indexes, std::string_view name) override
    {
        return remove_messages(with_, in_, *snapshot_, indexes, policy_.held_for, name);
    }

private:
    base::result<std::unique_ptr<stored_message>> check(std::size_t index, const target& at,
                                                        std::unique_ptr<disk::file> file)
    {
        const auto status = file->status();
        if (!status) return base::fail(status.error());
        if (const auto reason = reason_not_served(*status, in_.owner); !reason.empty()) {
            with_.skipped.report(in_.path, at.name, reason);
            with_.snapshots.distrust_names(in_);
            return base::fail(not_served(at.base, reason));
        }
        auto octets = snapshot_->octets(index);
        if (status->octets != octets.stored) {
            // Its name lied, or someone wrote into it. What goes out is what is there; the next listing tells it.
            const auto counted = count_octets(*file);
            if (!counted) return base::fail(counted.error());
            with_.log.warning("message-octets-differ", {{"maildrop", in_.path},
                                                        {"file", at.name},
                                                        {"listed", octets.stored},
                                                        {"found", counted->stored}});
            with_.snapshots.distrust_names(in_);
            octets = *counted;
        }
        return std::make_unique<message_file>(std::move(file), octets);
    }

    /// Who asks for one message asks for the next. What the kernel learns of a file by this, open_cached() finds in
    /// memory, so that one patient call does for many messages.
    void look_ahead(std::size_t index)
    {
        const auto until = with_.clock.steady_now() + look_ahead_time_max;
        const auto end = std::min(index + 1 + look_ahead_messages_max, snapshot_->size());
        for (auto next = index + 1; next < end && with_.clock.steady_now() < until; ++next)
            static_cast<void>(in_.in(snapshot_->folder(next)).status(snapshot_->name(next)));
    }

    backend& with_;
    folders in_;
    const maildrop_policy policy_;
    std::unique_ptr<session_lock> lock_;
    std::shared_ptr<const snapshot> snapshot_;
    const bool local_;
};

/// Told by the first in order of arrival alone; a message whose arrival only its file knows may be any age.
bool something_may_expire(const snapshot& in, const base::clock& clock, const maildrop_policy& policy)
{
    if (!policy.expire || in.size() == 0) return false;
    const auto arrival = parse_name(in.base(0))->arrival_microseconds;
    return !arrival || base::wall_time(std::chrono::microseconds(*arrival)) < clock.now() - *policy.expire;
}

} // namespace

std::unique_ptr<blocking_maildrop> open_session_cached(backend& backend, const maildrop_name& name,
                                                       const maildrop_policy& policy)
{
    auto in = backend.places.open_cached(name);
    if (!in) return nullptr;
    std::unique_ptr<session_lock> lock;
    if (policy.lock == lock_policy::exclusive) {
        lock = session_lock::take_cached(backend, *in);
        if (!lock) return nullptr;
    }
    auto kept = backend.snapshots.kept(*in, policy.list_surrogates);
    if (!kept || something_may_expire(*kept, backend.clock, policy)) return nullptr;
    return std::make_unique<session>(backend, *std::move(in), policy, std::move(lock), std::move(kept), true);
}

base::result<std::unique_ptr<blocking_maildrop>> open_session(backend& backend, const maildrop_name& name,
                                                              const maildrop_policy& policy)
{
    auto maildrop = backend.places.open(name, purpose::collect);
    if (!maildrop) return base::fail(maildrop.error());
    std::unique_ptr<session_lock> lock;
    if (policy.lock == lock_policy::exclusive) {
        auto taken = session_lock::take(backend, *maildrop);
        if (!taken) return base::fail(taken.error());
        lock = std::move(*taken);
    }
    if (policy.expire)
        if (const auto expired = expire_messages(backend, *maildrop, policy); !expired)
            return base::fail(expired.error());
    auto snapshot = backend.snapshots.of(*maildrop, policy.list_surrogates);
    if (!snapshot) return base::fail(snapshot.error());
    return std::make_unique<session>(backend, std::move(*maildrop), policy, std::move(lock),
                                     std::move(*snapshot), false);
}

base::result<std::unique_ptr<session_lock>> session_lock::take(backend& backend, folders& maildrop)
{
    auto lock = maildrop.maildrop->lock_file(lock_name);
    if (!lock && lock.error().kind == base::failure::in_use)
        return base::fail(in_use(maildrop.path, backend.sessions.since(maildrop.path)));
    if (!lock) return base::fail(lock.error());
    return std::unique_ptr<session_lock>(new session_lock(backend, maildrop.path, std::move(*lock)));
}

std::unique_ptr<session_lock> session_lock::take_cached(backend& backend, folders& maildrop)
{
    auto lock = maildrop.maildrop->lock_file_cached(lock_name);
    if (!lock) return nullptr;
    return std::unique_ptr<session_lock>(new session_lock(backend, maildrop.path, std::move(*lock)));
}

session_lock::session_lock(backend& backend, std::string path, std::unique_ptr<disk::lock> lock)
    : with_(backend), path_(std::move(path)), lock_(std::move(lock))
{
    with_.sessions.begin(path_, with_.clock.now());
}

session_lock::~session_lock()
{
    with_.sessions.end(path_);
}

namespace {

/// Leaves out what was put back and is safe still. None is left where that cannot be told: better no expiry than mail
/// gone that an operator has just brought back.
void spare_put_back(backend& backend, folders& maildrop, const snapshot& all,
                    std::vector<std::size_t>& expired)
{
    if (expired.empty()) return;
    const auto times = read_put_back(*maildrop.maildrop);
    if (!times) {
        backend.log.warning("expiry-put-off",
                            {{"maildrop", maildrop.path}, {"reason", times.error().operator_text}});
        expired.clear();
        return;
    }
    std::erase_if(expired, [&](std::size_t i) {
        const auto found = times->find(all.base(i));
        return found != times->end() && backend.clock.now() < found->second;
    });
}

} // namespace

base::result<std::size_t> expire_messages(backend& backend, folders& maildrop, const maildrop_policy& policy)
{
    if (!policy.expire || !backend.ages.ages_can_be_trusted()) return 0;
    const auto taken = backend.snapshots.of(maildrop, policy.list_surrogates);
    if (!taken) return base::fail(taken.error());
    const snapshot& all = **taken;
    const auto until = backend.clock.now() - *policy.expire;
    std::vector<std::size_t> expired;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto arrival = parse_name(all.base(i))->arrival_microseconds;
        if (arrival) {
            // In order of arrival: after the first that has not expired, none has.
            if (base::wall_time(std::chrono::microseconds(*arrival)) >= until) break;
            expired.push_back(i);
        } else if (const auto status = maildrop.in(all.folder(i)).status(all.name(i));
                   status && status->modified < until) {
            expired.push_back(i);
        }
    }
    spare_put_back(backend, maildrop, all, expired);
    const auto removed = remove_messages(backend, maildrop, all, expired, policy.held_for, expiry_session);
    if (!removed) return base::fail(removed.error());
    if (removed->removed > 0)
        backend.log.info("messages-expired",
                         {{"maildrop", maildrop.path}, {"messages", std::uint64_t{removed->removed}}});
    return removed->removed;
}

namespace {

constexpr int same_second_max = 5; // deletions of one message in one second, with an undelete after each

/// One removal on its way.
class remover {
public:
    remover(backend& backend, folders& maildrop, std::string_view session)
        : with_(backend), in_(maildrop), session_(session), now_(backend.clock.now())
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
        for (const auto folder : {folder::fresh, folder::current})
            if (touched_[static_cast<int>(folder)])
                if (auto synced = with_.syncs.sync(in_.path_of(folder), in_.in(folder)); !synced)
                    return synced;
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

base::result<removal> remove_messages(backend& backend, folders& maildrop, const snapshot& snapshot,
                                      std::span<const std::size_t> indexes, std::chrono::seconds held_for,
                                      std::string_view session)
{
    if (indexes.empty()) return removal{};
    remover remover(backend, maildrop, session);
    if (held_for > std::chrono::seconds::zero())
        if (auto begun = remover.begin_holding(); !begun) return base::fail(begun.error());

    std::vector<std::size_t> marked(indexes.begin(), indexes.end());
    std::ranges::sort(marked);
    marked.erase(std::ranges::unique(marked).begin(), marked.end());
    std::vector<target> targets;
    targets.reserve(marked.size());
    for (const std::size_t index : marked)
        targets.push_back({std::string(snapshot.base(index)), snapshot.folder(index), snapshot.name(index)});

    const auto outcomes = attempt_each(maildrop, backend.clock, targets,
                                       [&](std::size_t, const target& now) { return remover.take(now); });

    removal out;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i] || outcomes[i].error().kind == base::failure::vanished) {
            ++out.removed;
        } else {
            out.not_removed.push_back(marked[i]);
            if (out.reason.empty()) out.reason = outcomes[i].error().operator_text;
        }
    }
    if (auto synced = remover.sync(); !synced) return base::fail(synced.error());
    out.not_held = remover.report_not_held();
    return out;
}

} // namespace store::maildir
