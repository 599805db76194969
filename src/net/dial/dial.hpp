// Opening a connection to a host by name: all its addresses, straight or through a proxy.
#pragma once

#include "base/result.hpp"
#include "net/dial/connection.hpp"
#include "net/dial/socket_connection.hpp"
#include "net/interrupt.hpp"
#include "net/socket_address.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {

enum class family { any, ipv4, ipv6 };

/// "socks5://[USER:SECRET@]HOST:PORT" (RFC 1928, 1929; the proxy resolves the name) or "http://…" (CONNECT, RFC 9110,
/// section 9.3.6).
struct proxy {
    enum class kind { socks5, http };
    proxy::kind kind = proxy::kind::socks5;
    std::string host;
    std::uint16_t port = 0;
    std::string user, secret;
};
base::result<proxy> parse_proxy(std::string_view url);

struct dial_settings {
    std::string host; ///< a name or an address
    std::uint16_t port = 0;
    net::family family = net::family::any;
    std::string source_address{}; ///< bind to this one; empty: the kernel's choice
    std::optional<net::proxy> proxy{};
    std::chrono::milliseconds limit{30'000}; ///< for everything up to the open connection
};

/// Tries IPv6 and IPv4 addresses side by side, each 250 ms after the last (RFC 8305). `network` or `timed_out`
/// (temporary) where none answers: the text names the host and what each address said.
base::result<std::unique_ptr<connection>> dial(const dial_settings& settings,
                                               std::shared_ptr<const interrupt> stop);

/// The same to a Unix socket of this machine.
base::result<std::unique_ptr<connection>> dial_path(const std::string& path, std::chrono::milliseconds limit,
                                                    std::shared_ptr<const interrupt> stop);

// Connecting to the first of several addresses that answers (RFC 8305, section 5).

struct connected_socket {
    descriptor socket;
    socket_address peer;
};

/// Starts with the first, goes on to the next after 250 ms or at a refusal, and keeps whichever connects first.
/// `source` is an address to bind to; addresses of the other family are not tried. `network` where all fail,
/// `timed_out` where the deadline passes: the text says what each address said.
base::result<connected_socket> connect_to_any(const std::vector<socket_address>& addresses,
                                              const std::optional<address_octets>& source,
                                              steady_deadline until, const interrupt* stop);

} // namespace net
