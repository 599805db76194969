// In whose turn passwords are hashed: known users first, then one network after the other.
#pragma once

#include "base/networks.hpp"
#include "base/worker_pool.hpp"
#include "server/throttle.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>

namespace server {

/// Orders the jobs of a pool. Known users go before strangers, strangers before suspects; within each the
/// networks take turns, so that a network with many jobs waits for itself. Suspects never have the last thread
/// of several: whoever comes meanwhile begins at once. A network may fill a quarter of its standing's queue.
/// Thread-safe. The pool's queue must have room for `queue_max` jobs of each standing.
class fair_queue {
public:
    static constexpr std::size_t standings = 3;

    fair_queue(base::worker_pool& pool, std::size_t threads, std::size_t queue_max)
        : pool_(pool), threads_(threads), queue_max_(queue_max)
    {
    }

    /// False where the queue is full for that network: the job was not taken, and the caller says "later".
    bool submit(standing who, const base::network_prefix& network, std::move_only_function<void()> job);

    std::size_t queued() const;

    /// What on_pool() submits to: a place in the queue.
    struct lane {
        fair_queue& queue;
        standing who;
        base::network_prefix network;
        bool submit(std::move_only_function<void()> job)
        {
            return queue.submit(who, network, std::move(job));
        }
    };

private:
    struct waiting_jobs {
        std::map<base::network_prefix, std::deque<std::move_only_function<void()>>> by_network;
        std::deque<base::network_prefix> turns; ///< every network that has a job, once
        std::size_t jobs = 0;
    };
    struct turn {
        std::move_only_function<void()> job;
        bool suspect = false;
    };
    void work();
    bool take(turn& into); // under the lock

    base::worker_pool& pool_;
    const std::size_t threads_, queue_max_;
    mutable std::mutex mutex_;
    std::array<waiting_jobs, standings> waiting_;
    std::size_t suspects_at_work_ = 0;
    std::size_t put_off_ = 0; ///< visits of the pool that found only suspects for whom there was no thread
};

} // namespace server
