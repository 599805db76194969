// One POP3 connection: performs what pop3::server_session asks for, until either end has enough.
#pragma once

#include "pop3/server_session.hpp"
#include "server/connection.hpp"
#include "server/log_in.hpp"
#include "store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace server {

class pop3_connection {
public:
    pop3_connection(shared_state& shared, thread_buffers& buffers, std::shared_ptr<const site> site,
                    const listener_settings& listener, net::stream::socket connected, net::peer_address peer);

    /// Serves it to its end.
    awaitable<void> run();

private:
    awaitable<bool> admit();
    void begin_session(bool greet);
    awaitable<void> dialogue();

    awaitable<void> perform(pop3::need_octets);
    awaitable<void> perform(pop3::flush);
    awaitable<void> perform(pop3::start_tls asked);
    awaitable<void> perform(pop3::check_password given);
    awaitable<void> perform(pop3::check_apop given);
    awaitable<void> perform(pop3::sasl_begin given);
    awaitable<void> perform(pop3::sasl_respond given);
    awaitable<void> perform(pop3::sasl_abort);
    awaitable<void> perform(pop3::send_message asked);
    awaitable<void> perform(pop3::update asked);
    awaitable<void> perform(pop3::close asked);

    awaitable<void> conclude(base::result<log_in::sasl_outcome> outcome);
    awaitable<void> authenticated(auth::account account);
    awaitable<void> refuse(base::error error, bool authenticated = false);
    awaitable<void> hold_back(bool guessed);
    pop3::opened_maildrop describe(const auth::account& account);
    awaitable<bool> stream_message(store::message& message, const pop3::send_message& asked);
    bool needs_surrogate(std::size_t index) const;
    void message_failed(std::size_t index, const base::error& error);
    void message_broke_off(std::size_t index, const base::error& error);

    bool logged_in() const { return maildrop_ != nullptr; }
    milliseconds read_limit() const;
    void log_deletions(const pop3::update& asked, const store::removal& done);
    void log_message_trouble(std::size_t index, const base::error& error);
    void log_update_trouble(const base::error& error);
    void note_success();
    void note_offence();
    void log_out();

    connection connection_;
    log_in log_in_;
    std::unique_ptr<pop3::server_session> session_;
    std::string apop_timestamp_;
    bool plus_offered_ = false;
    std::unique_ptr<store::maildrop> maildrop_;
    std::shared_ptr<const mail::listing> listing_;
    std::string user_;    // logged in
    bool failed_ = false; // some log-in was refused
    base::steady_time log_in_begun_{};
};

} // namespace server
