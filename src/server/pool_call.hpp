// How a connection has blocking work done: on a pool, while its thread serves others.
#pragma once

#include "base/result.hpp"
#include "base/worker_pool.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace server {

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
