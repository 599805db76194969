// Drives an lmtp::server_session as the server would, with a post office made of a few wishes.
#pragma once

#include "lmtp/server_session.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmtp_test {

/// Of a server called mx.example that has no wishes of its own.
inline lmtp::session_policy server_policy(lmtp::protocol protocol = lmtp::protocol::lmtp)
{
    lmtp::session_policy policy;
    policy.protocol = protocol;
    policy.host_name = "mx.example";
    return policy;
}

struct received_message {
    std::string sender;
    std::vector<std::string> recipients;
    std::string with;
    std::string content;
    friend bool operator==(const received_message&, const received_message&) = default;
};

class driver {
public:
    explicit driver(lmtp::session_policy policy) : session(std::move(policy)) { session.greet(); }

    // what goes wrong
    std::map<std::string, base::error> refused_recipients;
    std::map<std::string, base::error> failed_deliveries; ///< by recipient
    std::optional<base::error> begin_error;
    std::optional<base::error> write_error;

    // what happened
    std::string output;
    std::vector<received_message> messages;
    std::size_t abandoned = 0;
    std::size_t forgotten = 0; ///< transactions whose recipients were to be forgotten
    std::size_t plaintext_dropped = 0;
    bool closed = false;

    lmtp::server_session session;

    /// Gives the octets to the machine and does all it asks for until it wants more or closes.
    void feed(std::string_view octets);

private:
    void perform(const lmtp::check_recipient& asked);
    void perform(const lmtp::begin_message& asked);
    void perform(const lmtp::message_octets& asked);
    void perform(const lmtp::end_message& asked);
    void perform(const lmtp::abandon_message& asked);
    void perform(const lmtp::forget_recipients&) { ++forgotten; }
    void perform(const lmtp::start_tls& asked);
    void perform(const lmtp::need_octets&) {}
    void perform(const lmtp::close&) { closed = true; }

    std::optional<received_message> open_;
};

/// An error of the given kind without texts.
inline base::error error_of(base::failure kind, bool temporary = false)
{
    return {.kind = kind, .temporary = temporary, .peer_text = {}, .operator_text = {}};
}

} // namespace lmtp_test
