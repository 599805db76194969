// A small blocking client: sends octets, reads lines, speaks TLS. Gives up after ten seconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace server::testing {

class wire_client {
public:
    /// Connects to the loopback address and, where `tls`, shakes hands.
    explicit wire_client(std::uint16_t port, bool tls = false);
    ~wire_client();
    wire_client(const wire_client&) = delete;
    wire_client& operator=(const wire_client&) = delete;

    void send(std::string_view octets);
    /// The next line without CRLF; "<closed>" where the peer closed, "<silent>" where nothing came.
    std::string line();
    /// Sends a line and reads one.
    std::string command(std::string_view text);
    /// Lines up to the terminating one, un-stuffed, each with its CRLF.
    std::string multi_line();
    /// An LMTP or SMTP reply: its last line.
    std::string reply();
    /// All that comes until the peer closes.
    std::string rest();
    bool closed() { return line() == "<closed>"; }
    bool start_tls();
    /// The certificate that the server showed, as DER.
    std::string certificate() const;
    /// Ends with RST.
    void reset();

private:
    bool fill();

    int socket_ = -1;
    ssl_ctx_st* context_ = nullptr;
    ssl_st* tls_ = nullptr;
    std::string buffer_;
    bool silent_ = false;
};

/// A client on plain POP3 that has logged in.
wire_client& log_in(wire_client& client, const std::string& user);

} // namespace server::testing
