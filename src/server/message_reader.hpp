// Reads a stored message in pieces, in constant memory.
#pragma once

#include "base/result.hpp"
#include "base/worker_pool.hpp"
#include "server/thread_buffers.hpp"
#include "store/store.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace server {

using boost::asio::awaitable;

class message_reader {
public:
    message_reader(store::stored_message& message, base::worker_pool& disk_pool, thread_buffers& buffers)
        : message_(message), disk_pool_(disk_pool), buffers_(buffers)
    {
    }

    bool at_end() const { return offset_ >= message_.stored_octets(); }
    /// The next octets in the stored form, at least one, where the page cache has them: valid until the next
    /// co_await. Empty where it has not, and at the end.
    std::string_view next_at_once();
    /// The next octets, read by the pool; not at_end(). Valid until the next call. A message that turns out shorter
    /// than it should be is an error, never an end.
    awaitable<base::result<std::string_view>> next();

private:
    using piece = std::array<char, thread_buffers::piece_octets>;

    std::string_view advance(const char* octets, std::size_t count);

    store::stored_message& message_;
    base::worker_pool& disk_pool_;
    thread_buffers& buffers_;
    std::uint64_t offset_ = 0;
    std::unique_ptr<piece> own_piece_; ///< for the pool, which the thread's buffers are not for
};

} // namespace server
