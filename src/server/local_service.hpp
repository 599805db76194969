// What the services of the operator's side have in common: one listener, its connections, and a thread of their own.
#pragma once

#include "base/result.hpp"
#include "net/listen/listener.hpp"
#include "net/listen/stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace server {

/// Nothing else runs in its thread, so that a flood of connections delays its own kind alone. A member of the service
/// that it serves, and the last one: its connections are destroyed with it.
class local_service {
public:
    /// Serves one connection to its end; a coroutine in the service's thread.
    using handler = std::function<boost::asio::awaitable<void>(net::stream::socket, net::peer_address)>;

    local_service() = default;
    /// As end().
    ~local_service();
    local_service(const local_service&) = delete;
    local_service& operator=(const local_service&) = delete;

    base::result<> open(const net::listen_address& address, const net::listener_settings& settings = {});
    /// As "127.0.0.1:9995"; empty where it was not opened.
    std::string address() const { return listener_ ? listener_->address() : std::string(); }
    /// Accepts in the thread, where open() was called; else the thread waits for end().
    void start(handler serve);
    /// Accepts no more, ends the streams that were added, and joins when all connections have ended. From another
    /// thread; does nothing before start().
    void end();

    // In the service's thread:

    /// From now on end() and end_oldest() end this stream; until remove().
    void add(net::stream& stream) { streams_.push_back(&stream); }
    void remove(net::stream& stream) { std::erase(streams_, &stream); }
    std::size_t size() const { return streams_.size(); }
    /// Ends the stream that was added first, and removes it. There must be one.
    void end_oldest();

private:
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_{context_.get_executor()};
    handler serve_;
    std::optional<net::listener> listener_;
    std::vector<net::stream*> streams_; ///< the oldest first; the thread's only
    std::thread thread_;
};

} // namespace server
