// What restante-conformance is asked to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace conformance {

enum class tls_mode { none, starttls, implicit };

struct endpoint {
    std::string host; ///< empty: there is none
    std::uint16_t port = 0;
};

struct settings {
    endpoint pop3;
    tls_mode tls = tls_mode::none;
    std::string user, password;
    bool may_empty = false; ///< mail that lies in the maildrop may be deleted
    endpoint lmtp;
    std::string recipient; ///< of deliveries; empty: the user
    std::string deliver_command;
    std::filesystem::path transcripts;
    std::string only; ///< of the names of dialogues; empty: all
    std::chrono::milliseconds patience{20'000};
    bool list = false, json = false;
    std::filesystem::path junit;
};

} // namespace conformance
