// client::server over a real connection: dials, secures, signs in.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "client/maildrop.hpp"
#include "net/dial/dial.hpp"
#include "net/tls/client.hpp"
#include "sasl/client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace client {

enum class tls_mode {
    implicit, ///< TLS from the first octet (RFC 8314)
    starttls, ///< STLS, or nothing at all is said (RFC 2595)
    none,     ///< plain text: only where the person says so
};

/// How to prove who we are.
struct sign_in_settings {
    std::string user;
    std::string authorization{}; ///< empty: oneself
    /// Mechanisms that may be used, in this order; also "USER" and "APOP". Empty: the strongest that both ends speak, then
    /// USER and PASS; never APOP, CRAM-MD5, or a password in plain text without TLS.
    std::vector<std::string> mechanisms{};
    bool plaintext_allowed = false; ///< a password may go over a line without TLS
    bool certificate = false;       ///< TLS shows one of ours, which EXTERNAL relies on
    /// Asked when needed; a new try after [AUTH] asks again with `again` set. Not called for EXTERNAL.
    std::function<base::result<std::string>(bool again)> secret{};
    std::function<base::result<std::string>(bool again)>
        token{}; ///< OAuth2 access token; set: XOAUTH2 or OAUTHBEARER
};

/// What a host was seen to do badly; kept from run to run (ledger, remember()).
struct host_quirks {
    bool no_pipelining = false;
    bool no_capa = false;
    bool no_top = false;
    bool one_by_one =
        false; ///< in this run, because of a message; not kept, for a letter's writer must not slow a host
    std::string text() const; ///< "no-pipelining no-capa"
    static host_quirks parse(std::string_view text);
};

/// Every wait has its own limit, because servers are slow in different places.
struct patience {
    std::chrono::milliseconds connect{30'000};
    std::chrono::milliseconds greeting{60'000}; ///< some delay it by 20 s and more on purpose
    std::chrono::milliseconds reply{120'000};
    std::chrono::milliseconds octets{60'000};  ///< between two pieces of a message
    std::chrono::milliseconds quit{10'000};    ///< for QUIT's answer
    std::chrono::milliseconds bare_dot{5'000}; ///< after a dot that may be the end

    /// As a person set it: no single wait is longer than `longest`, and those for answers and octets are as long.
    static patience of(std::chrono::milliseconds longest);
};

struct pop3_server_settings {
    net::dial_settings dial;
    client::tls_mode tls = tls_mode::implicit;
    net::tls_client_settings trust;
    sign_in_settings sign_in;
    host_quirks quirks{};
    client::patience patience{};
    unsigned window_max = 100; ///< commands under way; 1: no pipelining
};

/// Opens the connection; tests give their own.
using dialler = std::function<base::result<std::unique_ptr<net::connection>>()>;

/// Opens one line for each attempt, two at most for each reason to try again; must outlive the maildrops that it opens.
class pop3_server final : public server {
public:
    pop3_server(pop3_server_settings settings, dialler dial, std::shared_ptr<const net::tls_client> tls,
                base::random& random, base::log& log);
    base::result<std::unique_ptr<maildrop>> sign_in() override;
    const std::string& host() const override { return settings_.dial.host; }
    /// What was learnt; may change during a session.
    const host_quirks& quirks() const { return quirks_; }
    /// What the last TLS handshake showed: for trust at first use.
    const std::optional<net::server_facts>& shown() const { return shown_; }

private:
    pop3_server_settings settings_;
    dialler dial_;
    std::shared_ptr<const net::tls_client> tls_;
    base::random& random_;
    base::log& log_;
    host_quirks quirks_;
    std::optional<net::server_facts> shown_;
};

} // namespace client
