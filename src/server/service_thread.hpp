// A thread of its own for one service of the operator's side.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <thread>
#include <utility>

namespace server {

class service_thread {
public:
    service_thread() = default;
    ~service_thread()
    {
        end([] {});
    }
    service_thread(const service_thread&) = delete;
    service_thread& operator=(const service_thread&) = delete;

    boost::asio::io_context& context() { return context_; }

    void begin()
    {
        thread_ = std::thread([this] { context_.run(); });
    }
    /// Does `last` in the thread, lets it finish what it has begun, and joins. From another thread.
    void end(std::function<void()> last)
    {
        if (!thread_.joinable()) return;
        boost::asio::post(context_, [this, last = std::move(last)] {
            last();
            stay_.reset();
        });
        thread_.join();
    }

private:
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_{context_.get_executor()};
    std::thread thread_;
};

} // namespace server
