// A store with completions out of one that blocks: what memory holds is answered at once, the rest by a pool's threads.
#pragma once

#include "base/worker_pool.hpp"
#include "store/blocking_store.hpp"
#include "store/store.hpp"

namespace store {

/// `overloaded` where the pool's queue is full. Safe from any thread.
class pooled_store final : public store {
public:
    /// Both must outlive it, and all that it gave out; what its destroyed objects leave to do is done by the pool.
    pooled_store(blocking_store& mail, base::worker_pool& pool) : mail_(mail), pool_(pool) {}

    void ready(completion<> done) override;
    void open_maildrop(const maildrop_name& name, const maildrop_policy& policy,
                       completion<std::unique_ptr<maildrop>> done) override;
    void begin_delivery(std::span<const delivery_recipient> recipients,
                        std::optional<std::uint64_t> octets_expected,
                        completion<std::unique_ptr<delivery>> done) override;
    void measure(const maildrop_name& name, completion<usage> done) override;
    void measure_held(const maildrop_name& name, completion<usage> done) override;
    void check_quotas(std::span<const quota_question> questions,
                      completion<std::vector<base::result<>>> done) override;
    void sweep(const maildrop_name& name, const maildrop_policy& policy,
               completion<std::size_t> done) override;
    cache_counts snapshot_counts() const override { return mail_.snapshot_counts(); }

private:
    blocking_store& mail_;
    base::worker_pool& pool_;
};

} // namespace store
