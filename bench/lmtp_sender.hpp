// One LMTP connection of the load.
#pragma once

#include "lmtp/client_session.hpp"
#include "wire.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bench {

class lmtp_sender {
public:
    /// `buffer` is shared by all connections of a thread.
    lmtp_sender(bench::wire& wire, std::span<char> buffer);

    /// Greeting and LHLO.
    awaitable<bool> open() { return until_ready(); }
    /// True once the recipient's 250 has come.
    awaitable<bool> send(const std::string& recipient, std::string_view message);

private:
    awaitable<bool> until_ready();

    bench::wire& wire_;
    std::span<char> buffer_;
    lmtp::client_session session_;
    std::string_view message_;
};

/// A message of about `octets` with CRLF line ends, other in its header for each number.
std::string make_message(std::uint64_t number, std::size_t octets);

} // namespace bench
