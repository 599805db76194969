// One network thread: its own io_context, its own listeners, its own connections.
#pragma once

#include "net/listen/listener.hpp"
#include "server/shared_state.hpp"
#include "server/thread_buffers.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <thread>
#include <vector>

namespace server {

class worker_thread {
public:
    explicit worker_thread(shared_state& shared);
    /// Joins.
    ~worker_thread();

    /// Before start(): a listener for settings.listeners[index] of the site.
    void add(net::listener listener, std::size_t index);
    boost::asio::io_context::executor_type executor() { return context_.get_executor(); }
    const std::vector<net::listener>& listeners() const { return listeners_; }

    /// Accepts and serves in a thread of its own.
    void start();
    /// From any thread: accepts no more. The thread ends with its last connection.
    void stop();
    void join();

private:
    void accept(std::size_t position);
    void note_shortage();
    void serve(std::size_t index, net::stream::socket connected, net::peer_address peer);

    shared_state& office_;
    thread_buffers buffers_;
    boost::asio::io_context context_{1}; // one thread runs it
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_;
    std::vector<net::listener> listeners_;
    std::vector<std::size_t> indexes_; ///< which settings each listener has
    std::thread thread_;
};

} // namespace server
