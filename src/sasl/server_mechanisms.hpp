// The server's end of each mechanism, and what they share.
#pragma once

#include "sasl/digest.hpp"
#include "sasl/scram.hpp"
#include "sasl/server.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace sasl {

/// RFC 4616 limits a name to 255 octets; every mechanism here does.
constexpr std::size_t name_octets_max = 255;
/// Longer passwords are refused before anyone hashes them: a hash's cost must not be the peer's choice.
constexpr std::size_t password_octets_max = 1024;

inline step malformed(std::string reason)
{
    return rejected{"", true, std::move(reason)};
}

/// An answer that nobody asked for ends the exchange.
class exchange : public server_exchange {
public:
    step respond(std::string_view) override { return out_of_order(); }
    step verified(bool) override { return out_of_order(); }
    step keys(const scram_keys&) override { return out_of_order(); }
    step shared_secret(std::optional<std::string_view>) override { return out_of_order(); }

protected:
    static step out_of_order() { return malformed("an answer that this mechanism did not ask for"); }
};

/// 1 to 255 octets of UTF-8 without NUL.
bool is_name(std::string_view text);

/// `authorization` is empty or names the same user, ASCII letters in either case. Nobody may act for
/// another, and no driver can forget to look: an exchange that asks for it is disproved, after the
/// secret was right.
bool acts_as_himself(std::string_view user, std::string_view authorization);

/// PLAIN: name and password in one message (RFC 4616).
class plain final : public exchange {
public:
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step verified(bool right) override;

private:
    enum class state { idle, awaits_message, awaits_verdict, over };
    state state_ = state::idle;
    std::string user_, authorization_;
};

/// LOGIN: name, then password, each asked for. No RFC (draft-murchison-sasl-login-00); for clients that know nothing
/// better.
class login final : public exchange {
public:
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step verified(bool right) override;

private:
    enum class state { idle, awaits_user, awaits_secret, awaits_verdict, over };
    step take_user(std::string_view response);
    step take_secret(std::string_view response);

    state state_ = state::idle;
    std::string user_;
};

/// EXTERNAL: the client certificate has proved who it is; the message says as whom to act (RFC 4422, appendix A).
class external final : public exchange {
public:
    /// `certificate_identity` is not empty.
    explicit external(std::string certificate_identity);
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step verified(bool right) override;

private:
    enum class state { idle, awaits_message, awaits_verdict, over };
    state state_ = state::idle;
    std::string certificate_identity_, authorization_;
};

/// CRAM-MD5: a keyed digest of a challenge (RFC 2195). Old and weak: only for users with a shared secret.
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

struct scram_rules {
    hash hash_function = hash::sha_256;
    bool plus = false;         ///< a -PLUS mechanism: channel binding is a must
    bool plus_offered = false; ///< so "y" is a downgrade by someone between us (section 6)
};

/// SCRAM: both ends prove that they know the password, and neither says it (RFC 5802, 7677).
class scram final : public exchange {
public:
    /// `server_nonce`: unpredictable, printable, no comma.
    scram(scram_rules rules, const channel& channel, std::string server_nonce);
    step begin(std::optional<std::string_view> initial_response) override;
    step respond(std::string_view response) override;
    step keys(const scram_keys& stored) override;

private:
    enum class state { idle, awaits_first, awaits_keys, awaits_final, awaits_acknowledgement, over };
    step take_first(std::string_view message);
    step take_final(std::string_view message);
    step judge(const client_final& message);
    /// Why the client's wish for (or against) channel binding cannot be granted; empty where it can.
    std::string binding_fault() const;
    std::string binding_octets() const;

    const scram_rules rules_;
    const channel channel_;
    const std::string server_nonce_;
    state state_ = state::idle;
    client_first first_;
    std::string user_, authorization_; ///< prepared
    std::string server_first_;
    scram_keys stored_;
};

} // namespace sasl
