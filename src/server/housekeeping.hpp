// What is done now and then: new certificates and users are noticed, maildrops are swept.
#pragma once

#include "server/office.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>

namespace server {

using boost::asio::awaitable;

class housekeeping {
public:
    housekeeping(boost::asio::io_context& context, office& shared, post_office& whole, const hooks& calls);

    void start();
    void stop();

private:
    awaitable<void> watch();
    awaitable<void> sweep();
    base::result<> look_at_files();                               // on the pool
    base::result<std::size_t> sweep_one(const std::string& name); // on the pool
    void count_mail(const std::string& name);                     // on the pool, behind sweep_one()
    void publish_counts();
    awaitable<bool> rest(boost::asio::steady_timer& timer, milliseconds duration) const;

    boost::asio::io_context& context_;
    office& office_;
    post_office& whole_;
    const hooks& hooks_;
    boost::asio::steady_timer watch_timer_, sweep_timer_;
    base::wall_time refused_files_{}; ///< files that could not be used: told once
    store::usage waiting_, held_;     ///< of the maildrops that this round has come to
    bool stopped_ = false;
};

} // namespace server
