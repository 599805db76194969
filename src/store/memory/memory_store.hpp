// The memory backend: the whole contract and nothing else, for tests and for trying things out.
#pragma once

#include "base/clock.hpp"
#include "store/blocking_store.hpp"

#include <memory>

namespace store {

/// Keeps mail until it is destroyed, or longer: open maildrops and deliveries share what it holds. Every
/// call is safe from any thread. Messages lie as received; "durable" means as long as the process lives.
class memory_store final : public blocking_store {
public:
    /// `clock` dates arrivals, deletions and locks; it must outlive all that this store gave out.
    explicit memory_store(const base::clock& clock);
    ~memory_store() override;

    base::result<std::unique_ptr<blocking_maildrop>> open_maildrop(const maildrop_name& name,
                                                                   const maildrop_policy& policy) override;
    base::result<std::unique_ptr<blocking_delivery>>
    begin_delivery(std::span<const delivery_recipient> recipients,
                   std::optional<std::uint64_t> octets_expected) override;
    base::result<usage> measure(const maildrop_name& name) override;
    base::result<> check_quota(const maildrop_name& name, const maildrop_policy& policy,
                               std::uint64_t octets) override;
    base::result<undeletion> undelete(const maildrop_name& name, const undelete_request& request) override;
    base::result<usage> end_holding(const maildrop_name& name, base::wall_time deleted_until) override;
    base::result<std::size_t> sweep(const maildrop_name& name, const maildrop_policy& policy) override;

private:
    struct contents;
    std::shared_ptr<contents> contents_;

    friend class memory_maildrop;
    friend class memory_delivery;
};

} // namespace store
