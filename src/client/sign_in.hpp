// One attempt on one connection: TLS, greeting, CAPA, STLS, and the proof of who we are.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "client/pop3_channel.hpp"
#include "client/pop3_server.hpp"
#include "pop3/client_session.hpp"
#include "sasl/client.hpp"
#include "sasl/server.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace client {

/// More CAPA lines than any server has are an attack on our time.
constexpr unsigned capa_lines_max = 1000;
/// The longest exchange spoken here has three challenges; a server that asks on is left.
constexpr unsigned challenges_max = 8;

/// What was learnt from attempts that failed.
struct sign_in_form {
    bool without_capa = false;
    bool token_in_two_lines = false;
};

/// What the account proves itself with in this attempt; fetched before the line is opened, so that no server waits
/// for a person who types.
struct sign_in_proof {
    std::optional<std::string> secret{};
    std::optional<std::string> token{};
};

class sign_in_attempt {
public:
    sign_in_attempt(const pop3_server_settings& settings, sign_in_proof proof, sign_in_form form,
                    std::shared_ptr<const net::tls_client> tls, base::random& random);

    /// Everything up to TRANSACTION. `shown` gets what TLS showed.
    base::result<server_abilities> run(pop3_channel& line, std::optional<net::server_facts>& shown);
    /// After run(): what the server announced last.
    const pop3::capabilities& capabilities() const { return capabilities_; }

    // After a run() that failed: would another form on a new line help?
    bool capa_is_suspect() const { return capa_open_; }
    bool one_line_is_suspect() const { return one_line_refused_; }

private:
    base::result<> secure(pop3_channel& line, std::optional<net::server_facts>& shown);
    base::result<> greet(pop3_channel& line);
    base::result<> learn(pop3_channel& line);
    base::result<> stls(pop3_channel& line, std::optional<net::server_facts>& shown);
    base::result<> ask_for_utf8(pop3_channel& line);
    base::result<> prove(pop3_channel& line);

    /// True: signed in. False: the server does not know this way; `unknown_way_` says how it put that.
    base::result<bool> prove_by(pop3_channel& line, const std::string& mechanism);
    base::result<bool> by_user(pop3_channel& line);
    base::result<bool> by_apop(pop3_channel& line);
    base::result<bool> by_sasl(pop3_channel& line, const std::string& mechanism);
    base::result<bool> converse(pop3_channel& line, const std::string& mechanism, bool in_one_line);
    base::result<bool> judge(pop3_channel& line, const pop3::status_line& reply);

    std::string doing(const pop3_channel& line) const;
    sasl::channel channel() const;
    server_abilities abilities(const pop3_channel& line) const;

    const pop3_server_settings& settings_;
    sign_in_proof proof_;
    sign_in_form form_;
    std::shared_ptr<const net::tls_client> tls_;
    base::random& random_;
    pop3::capabilities capabilities_;
    std::optional<net::server_facts> facts_;
    std::string greeting_;
    std::string mechanism_;
    base::error unknown_way_;
    bool capa_open_ = false; // CAPA was sent, and nothing has shown since that the server survived it
    bool one_line_refused_ = false;
};

// Which ways to sign in are tried, and in which order.

/// What a line and an account have to offer.
struct sign_in_means {
    bool secret = false;      ///< a password is at hand
    bool token = false;       ///< an access token is at hand
    bool certificate = false; ///< TLS showed ours
    sasl::channel channel{};
};

bool takes_token(std::string_view mechanism);

/// Mechanisms, "USER" and "APOP", best first. The next is for where the server does not know the one before; never for
/// where it said no. Empty: there is no way that the settings allow.
///
/// -PLUS, where it can be used, stands alone: to go on to anything else would be the downgrade that it is there
/// to prevent (RFC 5802, section 6).
std::vector<std::string> mechanisms_to_try(const sign_in_settings& settings,
                                           const pop3::capabilities& capabilities,
                                           const sign_in_means& means);

/// Hosts that take a token only behind an AUTH line without one.
bool wants_two_lines(std::string_view host);

} // namespace client
