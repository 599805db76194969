// A call that blocks and cannot be ended, run aside, so that its caller can leave it.
#pragma once

#include "net/dial/socket_connection.hpp"
#include "net/plain_socket.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

namespace net {

/// Runs `work`, which must own all that it uses, in a thread of its own. `timed_out` at the deadline, `closed` when
/// `stop` was tripped: the thread then ends by itself, unheard, when `work` does.
template <typename Value>
base::result<Value> run_aside(std::function<Value()> work, steady_deadline until, const interrupt* stop)
{
    if (stop != nullptr && stop->tripped()) return base::fail(cancelled_error());
    struct meeting {
        interrupt finished;
        std::optional<Value> value;
    };
    const auto shared = std::make_shared<meeting>();
    try {
        std::thread([shared, work = std::move(work)] {
            shared->value.emplace(work());
            shared->finished.trip();
        }).detach();
    } catch (const std::system_error& fault) {
        return base::fail(network_error_of(fault.code().value(), "starting a thread"));
    }
    std::array watched{pollfd{.fd = shared->finished.descriptor(), .events = POLLIN, .revents = 0}};
    if (const auto ready = wait_for_any(watched, until, stop); !ready) return base::fail(ready.error());
    static_cast<void>(shared->finished.tripped()); // acquires what the thread wrote
    return std::move(*shared->value);
}

} // namespace net
