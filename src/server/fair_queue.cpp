// In whose turn passwords are hashed: known users first, then one network after the other.
#include "server/fair_queue.hpp"

#include <algorithm>
#include <utility>

namespace server {

bool fair_queue::submit(standing who, const base::network_prefix& network,
                        std::move_only_function<void()> job)
{
    {
        const std::lock_guard lock(mutex_);
        auto& waiting = waiting_[static_cast<std::size_t>(who)];
        auto& jobs = waiting.by_network[network];
        if (waiting.jobs >= queue_max_ || jobs.size() >= std::max<std::size_t>(queue_max_ / 4, 1)) {
            if (jobs.empty()) waiting.by_network.erase(network);
            return false;
        }
        if (jobs.empty()) waiting.turns.push_back(network);
        jobs.push_back(std::move(job));
        ++waiting.jobs;
    }
    // The pool has room for a visit for each job that waits here.
    pool_.submit([this] { work(); });
    return true;
}

std::size_t fair_queue::queued() const
{
    const std::lock_guard lock(mutex_);
    std::size_t jobs = 0;
    for (const auto& waiting : waiting_) jobs += waiting.jobs;
    return jobs;
}

/// One visit of a thread: one job, and those that were put off because of it.
void fair_queue::work()
{
    for (;;) {
        turn next;
        {
            const std::lock_guard lock(mutex_);
            if (!take(next)) {
                ++put_off_;
                return;
            }
        }
        next.job();
        next.job = nullptr; // what it holds goes before the next begins
        const std::lock_guard lock(mutex_);
        if (next.suspect) --suspects_at_work_;
        if (put_off_ == 0) return;
        --put_off_;
    }
}

bool fair_queue::take(turn& into)
{
    for (std::size_t who = 0; who < standings; ++who) {
        auto& waiting = waiting_[who];
        if (waiting.jobs == 0) continue;
        into.suspect = who == static_cast<std::size_t>(standing::suspect);
        if (into.suspect && threads_ > 1 && suspects_at_work_ + 1 >= threads_) return false;
        const auto network = waiting.turns.front();
        waiting.turns.pop_front();
        const auto found = waiting.by_network.find(network);
        into.job = std::move(found->second.front());
        found->second.pop_front();
        --waiting.jobs;
        if (found->second.empty())
            waiting.by_network.erase(found);
        else
            waiting.turns.push_back(network);
        if (into.suspect) ++suspects_at_work_;
        return true;
    }
    return false;
}

} // namespace server
