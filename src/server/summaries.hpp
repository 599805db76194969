// What the post office reports of its sessions and its listeners.
#pragma once

#include "server/settings.hpp"

#include <cstdint>
#include <string>

namespace server {

/// One live session, for `who`.
struct session_summary {
    std::string id;
    std::string service; ///< "pop3", "lmtp", "smtp"
    std::string user;    ///< empty before log-in
    std::string address;
    std::string state; ///< "handshake", "authorization", "transaction", "retrieving", "update", "mail-in"
    bool tls = false;
    std::uint64_t connected_seconds = 0;
    std::uint64_t idle_seconds = 0;
    std::uint64_t octets_sent = 0;
};

/// An open listener and the address that it really has (a port that the kernel picked).
struct open_listener {
    server::service service = server::service::pop3;
    tls_mode tls = tls_mode::none;
    std::string address; ///< "127.0.0.1:995", "[::1]:995" or a path
    std::uint16_t port = 0;
};

} // namespace server
