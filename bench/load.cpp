// The threads of the load.
#include "load.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

namespace bench {

void tally::time(step what, steady::time_point since)
{
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - since);
    microseconds[static_cast<std::size_t>(what)].push_back(static_cast<std::uint32_t>(took.count()));
}

void tally::error(const std::string& reason)
{
    ++errors;
    if (first_error.empty()) first_error = reason;
}

void tally::add(const tally& other)
{
    sessions += other.sessions;
    messages += other.messages;
    octets += other.octets;
    delivered += other.delivered;
    errors += other.errors;
    if (first_error.empty()) first_error = other.first_error;
    for (std::size_t i = 0; i < microseconds.size(); ++i)
        microseconds[i].insert(microseconds[i].end(), other.microseconds[i].begin(),
                               other.microseconds[i].end());
}

namespace {

std::vector<std::unique_ptr<worker>> make_workers(const options& asked)
{
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads = std::min(asked.threads == 0 ? cores : asked.threads, asked.at_once);
    std::vector<std::unique_ptr<worker>> out;
    out.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) out.push_back(std::make_unique<worker>());
    return out;
}

} // namespace

load::load(const options& asked)
    : asked_(asked), workers_(make_workers(asked)), signals_(workers_[0]->context, SIGINT, SIGTERM)
{
}

load::~load()
{
    for (const auto& worker : workers_) SSL_SESSION_free(worker->ticket);
}

awaitable<void> load::slot(worker& worker, const session& one)
{
    for (std::uint64_t number = next_++; number < asked_.sessions && !stopped_; number = next_++) {
        if (co_await one(worker, number)) ++worker.tally.sessions;
        ++ended_;
    }
    if (--slots_ == 0) asio::post(workers_[0]->context, [this] { signals_.cancel(); });
}

awaitable<void> load::heed_signals()
{
    const auto [error, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    stopped_ = true;
    signals_.clear(); // a second one ends the program
}

tally load::run(const session& one, const std::function<awaitable<void>(worker& worker)>& beside)
{
    slots_ = asked_.at_once;
    asio::co_spawn(workers_[0]->context, heed_signals(), asio::detached);
    for (std::size_t i = 0; i < asked_.at_once; ++i) {
        worker& worker = *workers_[i % workers_.size()];
        asio::co_spawn(worker.context, slot(worker, one), asio::detached);
    }
    if (beside) asio::co_spawn(workers_[0]->context, beside(*workers_[0]), asio::detached);
    {
        std::vector<std::jthread> threads;
        threads.reserve(workers_.size());
        for (const auto& worker : workers_)
            threads.emplace_back(
                [&context = worker->context, time = asked_.give_up] { context.run_for(time); });
    }
    tally sum;
    for (const auto& worker : workers_) sum.add(worker->tally);
    if (ended_ < asked_.sessions) {
        sum.errors += asked_.sessions - ended_;
        if (sum.first_error.empty())
            sum.first_error = stopped_ ? "stopped by a signal" : "not finished when the time was up";
    }
    return sum;
}

} // namespace bench
