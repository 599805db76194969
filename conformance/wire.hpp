// A connection to the server under test, line by line.
#pragma once

#include "conformance/settings.hpp"
#include "net/dial/connection.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace conformance {

/// The run cannot go on: no connection, no log-in, no answer in time.
class trouble : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Throws trouble where no answer comes in time, or no connection. The certificate is not looked at.
class wire {
public:
    wire(const endpoint& to, bool tls, std::chrono::milliseconds patience);

    /// A server that has closed meanwhile is found out by the next read.
    void write(std::string_view octets);
    /// Up to CRLF, without it; none where the server has closed.
    std::optional<std::string> line();
    /// The server closes, and says nothing more.
    bool closes();
    /// False: the handshake failed.
    bool start_tls();
    bool tls() const { return connection_->tls(); }

private:
    bool receive();

    std::string host_;
    std::chrono::milliseconds patience_;
    std::unique_ptr<net::connection> connection_;
    std::string pending_;
    bool ended_ = false;
};

} // namespace conformance
