// PLAIN, LOGIN, CRAM-MD5 and EXTERNAL, the client's end: mechanisms in which the server proves nothing.
#pragma once

#include "sasl/client.hpp"

namespace sasl {

/// RFC 4616. User and secret go as they are: to prepare them is the server's part (section 2).
class client_plain final : public client_exchange {
public:
    explicit client_plain(const credentials& with) : with_(with) {}
    std::optional<std::string> initial_response() override;
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return true; }

private:
    const credentials with_;
    bool answered_ = false;
};

/// draft-murchison-sasl-login-00. The first prompt asks for the user and the second for the password, whatever their
/// texts are: servers have many.
class client_login final : public client_exchange {
public:
    explicit client_login(const credentials& with) : with_(with) {}
    std::optional<std::string> initial_response() override { return std::nullopt; }
    base::result<std::string> respond(std::string_view prompt) override;
    bool satisfied() const override { return true; }

private:
    const credentials with_;
    unsigned answers_ = 0;
};

/// RFC 2195.
class client_cram_md5 final : public client_exchange {
public:
    explicit client_cram_md5(const credentials& with) : with_(with) {}
    std::optional<std::string> initial_response() override { return std::nullopt; }
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return true; }

private:
    const credentials with_;
    bool answered_ = false;
};

/// RFC 4422, appendix A: the certificate that TLS showed is the proof; the message says as whom to act.
class client_external final : public client_exchange {
public:
    explicit client_external(const credentials& with) : authorization_(with.authorization) {}
    std::optional<std::string> initial_response() override { return authorization_; }
    base::result<std::string> respond(std::string_view challenge) override;
    bool satisfied() const override { return true; }

private:
    const std::string authorization_;
    bool answered_ = false;
};

} // namespace sasl
