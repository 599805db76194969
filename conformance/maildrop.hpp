// The account that the questions are asked with: signing in, what the server announces, what lies in the maildrop.
#pragma once

#include "conformance/settings.hpp"
#include "conformance/wire.hpp"
#include "pop3/server_replies.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

/// One answer. A server that closed instead gave none.
struct reply {
    std::string status;             ///< the first line
    std::vector<std::string> lines; ///< behind it, as on the wire, without the last, a dot
    bool ok() const { return status.starts_with("+OK"); }
};
std::optional<reply> read_reply(wire& from, bool multi_line);

struct waiting_message {
    std::string unique_id;
    std::string octets; ///< as RETR sends it, unstuffed
};

/// Before log-in, on a line with and without TLS.
struct announced {
    pop3::capabilities known;
    std::vector<std::string> names; ///< in upper case
};

class maildrop {
public:
    explicit maildrop(const settings& asked) : asked_(asked) {}

    /// Greeted; behind STLS where `secure` and the mode asks for it.
    wire connect(bool secure) const;
    wire sign_in() const;
    announced capabilities(bool secure) const;
    /// How many messages wait.
    std::size_t count() const;
    std::vector<std::string> unique_ids() const;
    /// Throws trouble where a listing and the messages disagree.
    std::vector<waiting_message> messages(bool utf8) const;
    void empty() const;

private:
    std::string ask(wire& on, const std::string& command) const;

    const settings& asked_;
};

} // namespace conformance
