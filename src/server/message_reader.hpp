// Reads a stored message in pieces and gives its canonical octets, in constant memory.
#pragma once

#include "base/result.hpp"
#include "base/worker_pool.hpp"
#include "mail/line_ends.hpp"
#include "store/store.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace server {

using boost::asio::awaitable;

class message_reader {
public:
    message_reader(store::stored_message& message, base::worker_pool& disk_pool);

    /// The next canonical octets, valid until the next call; empty at the end. A message that turns out
    /// shorter than it should be is an error, never an end.
    awaitable<base::result<std::string_view>> next();

private:
    base::result<std::size_t> read_cached();

    static constexpr std::size_t piece_octets = 64 * 1024; // few system calls, and still bounded memory

    store::stored_message& message_;
    base::worker_pool& disk_pool_;
    std::uint64_t offset_ = 0;
    mail::to_crlf to_crlf_;
    std::unique_ptr<std::array<char, piece_octets>> piece_;
    std::string canonical_;
};

} // namespace server
