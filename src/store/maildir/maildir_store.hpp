// The Maildir backend: one file a message, one directory a maildrop, no state that could be lost.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "disk/file_system.hpp"
#include "store/blocking_store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace store {

struct maildir_settings {
    /// Snapshots kept in memory; a million messages take about 90 MB.
    std::uint64_t snapshot_octets_max = 256ULL << 20;
};

/// Keeps the mail of "ann@example.org" in ROOT/example.org/ann/{tmp,new,cur}, that of "ann" in ROOT/ann/.
/// A Maildir made by other hands is served as it is, and other programs may edit it all the while.
/// Every call is safe from any thread. See docs/maildir.md.
class maildir_store final : public blocking_store {
public:
    /// `root` need not be there yet: each call looks for it and its marker again, so that a disk that comes
    /// and goes is an error of that call (temporary, storage) and nothing is created in its mount point.
    /// `host` goes into the names of delivered messages. All references must outlive the store.
    maildir_store(disk::file_system& files, std::string root, const base::clock& clock, base::random& random,
                  base::log& log, std::string_view host, maildir_settings settings = {});
    ~maildir_store() override;

    /// Makes `root` with its marker file, durable; does nothing where the marker is there. For the first
    /// start only: never call it because a delivery failed.
    static base::result<> initialise_root(disk::file_system& files, const std::string& root);

    base::result<std::unique_ptr<blocking_maildrop>> open_maildrop(const maildrop_name& name,
                                                                   const maildrop_policy& policy) override;
    std::unique_ptr<blocking_maildrop> open_maildrop_cached(const maildrop_name& name,
                                                            const maildrop_policy& policy) override;
    base::result<> ready() override;
    base::result<std::unique_ptr<blocking_delivery>>
    begin_delivery(std::span<const delivery_recipient> recipients,
                   std::optional<std::uint64_t> octets_expected) override;
    base::result<usage> measure(const maildrop_name& name) override;
    base::result<usage> measure_held(const maildrop_name& name) override;
    base::result<> check_quota(const maildrop_name& name, const maildrop_policy& policy,
                               std::uint64_t octets) override;
    base::result<undeletion> undelete(const maildrop_name& name, const undelete_request& request) override;
    base::result<usage> end_holding(const maildrop_name& name, base::wall_time deleted_until) override;
    base::result<std::size_t> sweep(const maildrop_name& name, const maildrop_policy& policy) override;

    /// `hits`: the snapshot in memory or in the cache file would do.
    cache_counts snapshot_counts() const override;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace store
