// How a coroutine awaits a call of the store, which may complete before it returns, on any thread.
#pragma once

#include "base/result.hpp"
#include "base/worker_pool.hpp"
#include "store/store.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace server {

using boost::asio::awaitable;

/// A call under way, in the frame of the coroutine that awaits it. Two come here, the outcome and the coroutine: who
/// comes second goes on.
template <typename Value>
class pending_call {
public:
    store::completion<Value> completion()
    {
        return [this](base::result<Value> outcome) {
            outcome_.emplace(std::move(outcome));
            if (!other_came_.exchange(true)) return;
            // The coroutine may go on, and destroy this object, before the call below returns.
            const auto resume = std::move(resume_);
            resume();
        };
    }
    bool is_complete() const { return other_came_.load(); } ///< before wait()
    /// noexcept: the store has our address already, so memory that runs out here must end the process.
    awaitable<void> wait() noexcept
    {
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
            [this](auto handler) noexcept {
                const auto executor = boost::asio::get_associated_executor(handler);
                auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
                // The guard keeps the coroutine's context running, and so this object alive, until the call completes.
                std::function<void()> resume = [waiting, executor,
                                                guard = boost::asio::make_work_guard(executor)] {
                    boost::asio::post(executor, [waiting] { std::move (*waiting)(); });
                };
                resume_ = resume;
                if (other_came_.exchange(true)) resume();
            },
            boost::asio::use_awaitable);
    }
    base::result<Value> take() { return *std::move(outcome_); }

private:
    std::atomic<bool> other_came_{false};
    std::optional<base::result<Value>> outcome_;
    std::function<void()> resume_;
};

/// Begins a call and awaits its outcome, on the awaiting coroutine's executor; without suspending where the call
/// completes before it returns. `begin` is called with the completion to pass on. It, and what it passes by reference,
/// must live in the awaiting coroutine: that stays suspended until the call completes, whatever becomes of the
/// connection.
template <typename Value, typename Begin>
awaitable<base::result<Value>> store_call(Begin& begin)
{
    pending_call<Value> call;
    begin(call.completion());
    if (!call.is_complete()) co_await call.wait();
    co_return call.take();
}

// How a connection has blocking work done: on a pool, while its thread serves others.

using boost::asio::awaitable;

/// What the peer is told when a pool's queue is full: later it will work.
inline base::error overloaded_error()
{
    return base::temporary_error(base::failure::overloaded,
                                 "a worker pool's queue is full; more threads or fewer clients help");
}

/// Runs `work` (which returns a base::result and must not throw) on `pool` (whatever has submit(), see
/// base::worker_pool) and comes back on the awaiting
/// coroutine's executor. `overloaded` where the queue is full. What `work` refers to must live in the
/// awaiting coroutine: that stays suspended, and so alive, until the work is done, whatever becomes of the
/// connection.
template <typename Pool, typename Work>
awaitable<std::invoke_result_t<Work&>> on_pool(Pool& pool, Work work)
{
    using outcome = std::invoke_result_t<Work&>;
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(outcome)>(
        [&pool](auto handler, Work job) {
            using handler_type = decltype(handler);
            const auto executor = boost::asio::get_associated_executor(handler);
            // Shared, because a job that the pool refuses is destroyed with all that it holds.
            auto waiting = std::make_shared<handler_type>(std::move(handler));
            auto resume = [waiting, executor, alive = boost::asio::make_work_guard(executor)](outcome got) {
                boost::asio::post(executor, [waiting, got = std::move(got)]() mutable {
                    std::move (*waiting)(std::move(got));
                });
            };
            const bool taken = pool.submit([resume, job = std::move(job)]() mutable { resume(job()); });
            if (!taken) resume(base::fail(overloaded_error()));
        },
        boost::asio::use_awaitable, std::move(work));
}

} // namespace server
