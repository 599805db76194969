// CRAM-MD5: a keyed digest of a challenge (RFC 2195). Old and weak: only for users with a shared secret.
#pragma once

#include "sasl/exchange.hpp"

namespace sasl {

class cram_md5 final : public exchange {
public:
    /// `challenge`: a msg-id that never comes twice. `nobodys_secret`: unpredictable.
    cram_md5(std::string challenge, std::string nobodys_secret);
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step shared_secret(std::optional<std::string_view> secret) override;

private:
    enum class state { idle, awaits_digest, awaits_secret, over };
    state state_ = state::idle;
    const std::string challenge_;
    const std::string nobodys_secret_; ///< so that an unknown user costs the same digest
    std::string user_, digest_;
};

} // namespace sasl
