// delivery_target over LMTP or SMTP: pull from POP3, push to a mail server.
#pragma once

#include "base/clock.hpp"
#include "client/pop3_server.hpp"
#include "deliver/added_fields.hpp"
#include "deliver/delivery_target.hpp"
#include "lmtp/client_session.hpp"
#include "net/tls/client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deliver {

struct mail_target_settings {
    std::string name; ///< "lmtp:/run/dovecot/lmtp to ann@example.org": delivery_target::name()
    lmtp::protocol protocol = lmtp::protocol::lmtp;
    std::string host; ///< that the certificate must be for
    client::tls_mode tls = client::tls_mode::none;
    std::shared_ptr<const net::tls_client> trust{}; ///< needed where `tls` is not none; without ALPN
    std::string own_name = "localhost";             ///< for LHLO and EHLO, and in Received
    std::string sender; ///< empty: the null reverse-path, so that no bounce is ever sent
    std::vector<std::string> recipients;
    std::string user{}; ///< empty: no sign-in
    std::function<base::result<std::string>()> secret{};
    bool plaintext_allowed = false; ///< the password may go over a line without TLS
    added_fields added{};
};

/// Keeps its connection from message to message; one that the server closed meanwhile is opened anew. Not for two
/// threads at once.
///
/// The octets arrive as they are, but for a last CRLF that DATA adds where the message has none. A message with a
/// bare CR or LF, a NUL or a line above 998 octets goes by BDAT, which counts octets instead of looking for an end;
/// where the server has no CHUNKING it is `refused`: sent with DATA, one server's content is the next one's
/// command.
class mail_target final : public delivery_target {
public:
    mail_target(mail_target_settings settings, client::dialler dial, const base::clock& clock);
    ~mail_target() override;
    /// Every recipient must accept. After the errors `closed`, `network` and `timed_out` the message may have
    /// arrived, if its end had been sent (RFC 5321, section 4.5.3.2.6): a second try may make a second copy, never
    /// lose one.
    base::result<> deliver(const message_source& message, std::uint64_t octets) override;
    const std::string& name() const override { return settings_.name; }

private:
    struct link {
        std::unique_ptr<net::connection> connection;
        lmtp::client_session session;
    };

    base::result<> open();
    base::result<lmtp::client_settings> session_settings() const;
    base::result<> begin(const lmtp::envelope& envelope);
    base::result<> send(const message_source& message, const std::string& prefix);
    base::result<> give(std::string_view octets);
    base::result<> flush();
    base::result<> outcome() const;
    base::result<lmtp::client_session::action> run(std::chrono::milliseconds limit);

    mail_target_settings settings_;
    client::dialler dial_;
    const base::clock& clock_;
    std::optional<link> link_;
};

} // namespace deliver
