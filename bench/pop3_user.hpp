// One POP3 session of the load.
#pragma once

#include "expectation.hpp"
#include "options.hpp"
#include "pop3/client_session.hpp"
#include "wire.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace bench {

/// Each call sends what it needs and waits for the whole answer. False or nothing: failed, and the wire tells why.
class pop3_user {
public:
    /// `buffer` is shared by all sessions of a thread: nothing stays in it while one of them waits.
    pop3_user(bench::wire& wire, std::span<char> buffer) : wire_(wire), buffer_(buffer) {}

    /// When it was made, which is before it connects.
    std::chrono::steady_clock::time_point began() const { return began_; }

    awaitable<bool> greeting() { return ok(); }
    /// STLS and its +OK; the handshake is the caller's.
    awaitable<bool> start_tls();
    awaitable<bool> log_in(std::string_view name, std::string_view secret);
    awaitable<std::optional<std::uint64_t>> stat();                      ///< how many messages
    awaitable<std::optional<std::uint64_t>> list(pop3::request listing); ///< how many lines
    /// Messages 1 to `count`, up to `window` under way at one time; `on_message` is called behind each.
    awaitable<bool> retrieve(std::uint64_t count, std::size_t window, holding_builder& into,
                             const std::function<void()>& on_message);
    awaitable<bool> quit();

private:
    awaitable<bool> more();
    awaitable<bool> ok();

    bench::wire& wire_;
    std::span<char> buffer_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    pop3::client_session session_;
    std::string text_; // of the latest +OK
};

} // namespace bench
