// A connection and the machine that speaks on it, as one: commands out, events in, a limit on every wait.
#pragma once

#include "base/result.hpp"
#include "net/dial/connection.hpp"
#include "pop3/client_session.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace client {

/// One read takes up to so much: few system calls for large messages, and four whole TLS records.
constexpr std::size_t read_octets = 65'536;

/// Closes its line when destroyed. After any error only that may follow.
class pop3_channel {
public:
    pop3_channel(std::unique_ptr<net::connection> connection, std::string host);
    ~pop3_channel() { connection_->close(); }
    pop3_channel(const pop3_channel&) = delete;
    pop3_channel& operator=(const pop3_channel&) = delete;

    pop3::client_session& session() { return session_; }
    net::connection& connection() { return *connection_; }
    const std::string& host() const { return host_; }

    /// Sends what is queued.
    base::result<> flush(std::chrono::milliseconds limit);
    /// Sends what is queued, then hands the machine at least one octet. Of the errors, `timed_out` alone may be
    /// followed by another read().
    base::result<> read(std::chrono::milliseconds limit);
    /// The next event that is not need_response; `limit` is for each wait. The machine's `broken` is an error.
    base::result<pop3::event> next(std::chrono::milliseconds limit);
    /// The next event, which must be a status line.
    base::result<pop3::status_line> status(std::chrono::milliseconds limit);
    /// Sends a command that has no argument while no other is under way, and waits for its status line. Octets that
    /// came before it was sent are no answer: `malformed`.
    base::result<pop3::status_line> command(pop3::request simple, std::chrono::milliseconds limit);
    /// No command is under way and nothing waits unread; otherwise `malformed`.
    base::result<> quiet() const;

    /// From now on told() hides every text that holds this.
    void hide(std::string secret);
    /// A server's text as a person may read it: printable, clipped, and nothing at all where it echoes a secret.
    std::string told(std::string_view text) const;
    base::error malformed(std::string_view reason) const;

private:
    std::unique_ptr<net::connection> connection_;
    std::string host_;
    pop3::client_session session_;
    std::vector<char> buffer_; // one for the whole session
    std::vector<std::string> secrets_;
};

} // namespace client
