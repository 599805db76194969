// SASL mechanisms, the client's end, as pure exchanges (RFC 4422): challenges in, responses out.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "sasl/server.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sasl {

/// What a client may sign in with. Only what a mechanism asks for need be filled.
struct credentials {
    std::string user;
    std::string authorization{}; ///< act as; empty: as oneself
    std::string secret{};        ///< a password
    std::string token{};         ///< an OAuth 2.0 access token
    std::string host{};          ///< for OAUTHBEARER (RFC 7628, section 3.1)
    std::uint16_t port = 0;
};

class client_exchange {
public:
    virtual ~client_exchange() = default;
    /// What may be sent with AUTH itself, before any challenge; nothing where the server speaks first, or where the
    /// credentials cannot be used (then respond() says why). May be asked for and not be sent: respond() gives it to an
    /// empty challenge.
    virtual std::optional<std::string> initial_response() = 0;
    /// The answer to a challenge (octets, not base64). An error (`credentials` or `refused`) means: cancel with "*";
    /// its text says why, e.g. a server that could not prove that it knows the password.
    virtual base::result<std::string> respond(std::string_view challenge) = 0;
    /// The server said yes. False where it has yet to prove itself (SCRAM): then its yes is a lie.
    virtual bool satisfied() const = 0;
};

/// A new exchange; null where the name is none of all_mechanisms() (mechanism.hpp) or needs what `channel` or
/// `credentials`
/// lacks. `plus_offered`: the server announced a -PLUS variant (RFC 5802, section 6: decides between "n" and "y").
std::unique_ptr<client_exchange> begin_client(std::string_view mechanism, const credentials& credentials,
                                              const channel& channel, bool plus_offered,
                                              base::random& random);

} // namespace sasl
