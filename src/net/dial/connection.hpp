// One connection that a client opened: blocking, with a limit on every wait.
#pragma once

#include "base/result.hpp"
#include "net/tls/client.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace net {

/// The collector serves one account with one thread, so its connections block. After any error only close()
/// and the destructor may follow. An interface, so that tests and fuzzers put a server of their own behind it.
class connection {
public:
    virtual ~connection() = default;
    /// At least one octet. Errors: `closed` at the end, orderly or not, and when interrupted;
    /// `timed_out` after `limit` (nothing was taken: of all errors, this one may be followed by another
    /// read_some()); `network`.
    virtual base::result<std::size_t> read_some(std::span<char> buffer, std::chrono::milliseconds limit) = 0;
    /// All octets.
    virtual base::result<> write(std::string_view octets, std::chrono::milliseconds limit) = 0;
    /// The client's handshake; `name` is the host that the certificate must be for. `refused` where trust fails:
    /// the text says what the server showed and what to do. Plain octets that wait are an injection: `refused`.
    virtual base::result<server_facts> start_tls(std::shared_ptr<const tls_client> tls,
                                                 const std::string& name,
                                                 std::chrono::milliseconds limit) = 0;
    virtual bool tls() const = 0;
    virtual std::string peer() const = 0; ///< "192.0.2.1 port 995", for people
    virtual void close() = 0;
};

} // namespace net
