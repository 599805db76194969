// The store's functions, each handed to the part that does it.
#include "store/maildir/maildir_store.hpp"

#include "store/maildir/backend.hpp"
#include "store/maildir/delivery.hpp"
#include "store/maildir/held.hpp"
#include "store/maildir/session.hpp"
#include "store/maildir/sweep.hpp"

#include <utility>

namespace store {

struct maildir_store::parts : maildir::backend {
    using backend::backend;

    base::result<usage> measure(maildir::folders& in)
    {
        const auto taken = snapshots.of(in, false);
        if (!taken) return base::fail(taken.error());
        return usage{(*taken)->listing().total_octets(), (*taken)->size()};
    }
};

namespace {

/// For what may be asked about a maildrop that nobody has used yet.
template <typename Value>
base::result<Value> nothing_if_missing(const base::error& error)
{
    if (error.kind == base::failure::vanished) return Value{};
    return base::fail(error);
}

} // namespace

maildir_store::maildir_store(disk::file_system& files, std::string root, const base::clock& clock,
                             base::random& random, base::log& log, std::string_view host,
                             maildir_settings settings)
    : parts_(std::make_unique<parts>(files, std::move(root), clock, random, log, host,
                                     settings.snapshot_octets_max))
{
}

maildir_store::~maildir_store() = default;

base::result<> maildir_store::initialise_root(disk::file_system& files, const std::string& root)
{
    return maildir::places::initialise(files, root);
}

base::result<std::unique_ptr<blocking_maildrop>> maildir_store::open_maildrop(const maildrop_name& name,
                                                                              const maildrop_policy& policy)
{
    return maildir::open_session(*parts_, name, policy);
}

std::unique_ptr<blocking_maildrop> maildir_store::open_maildrop_cached(const maildrop_name& name,
                                                                       const maildrop_policy& policy)
{
    return maildir::open_session_cached(*parts_, name, policy);
}

base::result<> maildir_store::ready()
{
    const auto root = parts_->places.open_root();
    return root ? base::result<>() : base::fail(root.error());
}

base::result<std::unique_ptr<blocking_delivery>>
maildir_store::begin_delivery(std::span<const delivery_recipient> recipients, std::optional<std::uint64_t>)
{
    return maildir::begin_delivery(*parts_, recipients);
}

base::result<usage> maildir_store::measure(const maildrop_name& name)
{
    auto maildrop = parts_->places.open(name, maildir::purpose::inspect);
    return maildrop ? parts_->measure(*maildrop) : nothing_if_missing<usage>(maildrop.error());
}

base::result<usage> maildir_store::measure_held(const maildrop_name& name)
{
    auto maildrop = parts_->places.open(name, maildir::purpose::inspect);
    return maildrop ? maildir::measure_held(*maildrop) : nothing_if_missing<usage>(maildrop.error());
}

base::result<> maildir_store::check_quota(const maildrop_name& name, const maildrop_policy& policy,
                                          std::uint64_t octets)
{
    const auto path = maildir::path_of(name);
    if (!path) return base::fail(path.error());
    return parts_->quota.check(*path, policy, octets, [&] { return measure(name); });
}

base::result<undeletion> maildir_store::undelete(const maildrop_name& name, const undelete_request& request)
{
    auto maildrop = parts_->places.open(name, maildir::purpose::inspect);
    return maildrop ? maildir::put_back(*maildrop, request, parts_->clock.now(), parts_->syncs)
                    : nothing_if_missing<undeletion>(maildrop.error());
}

base::result<usage> maildir_store::end_holding(const maildrop_name& name, base::wall_time deleted_until)
{
    auto maildrop = parts_->places.open(name, maildir::purpose::inspect);
    return maildrop ? maildir::remove_held(*maildrop, deleted_until)
                    : nothing_if_missing<usage>(maildrop.error());
}

base::result<std::size_t> maildir_store::sweep(const maildrop_name& name, const maildrop_policy& policy)
{
    auto maildrop = parts_->places.open(name, maildir::purpose::inspect);
    return maildrop ? maildir::sweep_maildrop(*parts_, *maildrop, policy)
                    : nothing_if_missing<std::size_t>(maildrop.error());
}

cache_counts maildir_store::snapshot_counts() const
{
    return {parts_->snapshots.wanted(), parts_->snapshots.hits()};
}

} // namespace store
