// One LMTP or SMTP connection: performs what lmtp::server_session asks for.
#pragma once

#include "auth/user_directory.hpp"
#include "lmtp/server_session.hpp"
#include "server/connection.hpp"
#include "server/incoming_message.hpp"
#include "server/recipients.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace server {

class mail_in_connection {
public:
    mail_in_connection(shared_state& shared, thread_buffers& buffers, std::shared_ptr<const site> site,
                       const listener_settings& listener, net::stream::socket connected,
                       net::peer_address peer);

    /// Serves it to its end.
    awaitable<void> run();

private:
    awaitable<bool> admit();
    awaitable<void> dialogue();
    lmtp::action next_action();

    awaitable<void> perform(lmtp::need_octets);
    awaitable<void> perform(lmtp::start_tls asked);
    awaitable<void> perform(lmtp::check_recipient asked);
    awaitable<void> perform(lmtp::begin_message asked);
    awaitable<void> perform(lmtp::message_octets got);
    awaitable<void> perform(lmtp::end_message);
    awaitable<void> perform(lmtp::abandon_message);
    awaitable<void> perform(lmtp::forget_recipients);
    awaitable<void> perform(lmtp::close);

    using routes = base::result<std::vector<auth::route>>;
    routes look_up(const lmtp::check_recipient& asked) const; // on the pool
    awaitable<base::result<>> check_quotas(const std::vector<auth::route>& found, std::uint64_t octets) const;
    void log_refusal(const std::string& address, const base::error& error) const;
    milliseconds weigh_refusal(const base::error& error) const;
    milliseconds time_left() const;
    std::string last_words(std::string enhanced, std::string_view text) const;
    bool speaks_smtp() const { return connection_.listener().service == service::smtp; }
    void log_out();

    connection connection_;
    std::optional<lmtp::server_session> session_;
    std::string idle_reply_;
    recipients recipients_; ///< the accepted ones of the present transaction, until its message begins
    std::unique_ptr<incoming_message> message_;
    std::uint64_t messages_ = 0;
    std::uint64_t refused_ = 0;         ///< recipients
    base::steady_time last_delivery_{}; ///< or the connection's beginning
};

} // namespace server
