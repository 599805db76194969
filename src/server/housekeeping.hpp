// What is done now and then: new certificates and users are noticed, an end of a certificate is announced, maildrops
// are swept.
#pragma once

#include "server/shared_state.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <string>

namespace server {

using boost::asio::awaitable;

class housekeeping {
public:
    /// `reload` is called on the disk pool with the settings in force when certificate files have changed,
    /// `refresh_users` (may be empty) every `watch_every`.
    housekeeping(boost::asio::io_context& context, shared_state& shared,
                 std::function<base::result<>(const settings&)> reload,
                 std::function<base::result<>()> refresh_users);

    void start();
    void stop();
    /// Others than before are served: what is to be told of their ends is told at once. From any thread.
    void certificates_changed();

private:
    awaitable<void> watch();
    awaitable<void> sweep();
    awaitable<void> watch_expiry();
    base::result<> look_at_files(); // on the pool
    void look_at_certificates();    // on the pool
    void warn_of_expiry(const net::tls_context::served& certificate);
    awaitable<base::result<std::size_t>> sweep_one(const std::string& user_name);
    awaitable<void> count_mail(const store::maildrop_name& name);
    void publish_counts();
    awaitable<bool> rest(boost::asio::steady_timer& timer, milliseconds duration) const;

    boost::asio::io_context& context_;
    shared_state& office_;
    const std::function<base::result<>(const settings&)> reload_;
    const std::function<base::result<>()> refresh_users_;
    boost::asio::steady_timer watch_timer_, sweep_timer_, expiry_timer_;
    /// Files that could not be used: reported when they change, and daily.
    std::string refused_files_;
    base::steady_time refused_at_{};
    /// When an end was last announced, and how urgently, by the name of the certificate.
    struct announcement {
        base::severity level = base::severity::debug;
        base::steady_time when{};
        base::wall_time valid_until{}; ///< a certificate that came in its place is announced by itself
    };
    std::map<std::string, announcement, std::less<>> announced_;
    store::usage waiting_, held_; ///< of the maildrops that this round has come to
    bool stopped_ = false;
};

} // namespace server
