// Waits on 127.0.0.1 for the browser that comes back from a provider (RFC 8252, section 7.3).
#pragma once

#include "base/result.hpp"
#include "net/descriptor.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace credentials {

/// What a request's target says. Parameters that come twice or cannot be decoded make it none.
struct loopback_visit {
    std::string code, error, state;
};
/// Of "GET /?code=…&state=… HTTP/1.1"; nothing where it is another request.
std::optional<loopback_visit> parse_visit(std::string_view request_line);

class oauth2_loopback {
public:
    static base::result<oauth2_loopback> open();
    std::uint16_t port() const { return port_; }

    /// Answers visitors until one brings `state` and a code or an error; all others are told that they are wrong
    /// here, so that a stranger's page neither signs us in nor ends the wait. `timed_out` after `limit`.
    base::result<loopback_visit> wait(const std::string& state, std::chrono::seconds limit);

private:
    net::descriptor listener_;
    std::uint16_t port_ = 0;
};

} // namespace credentials
