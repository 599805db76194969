// restanted deliver: one message on standard input, for any MTA's pipe.
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/composition.hpp"
#include "cli/delivery.hpp"
#include "cli/terminal.hpp"
#include "config/site.hpp"
#include "server/quota_warnings.hpp"
#include "server/recipients.hpp"
#include "store/pooled_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cli {

namespace {

// The whole message lies in memory, since only its last line end tells what its first one was worth; its
// size is bounded by mail_in.message_octets_max.
base::result<std::string> read_standard_input(std::uint64_t octets_max)
{
    std::string out;
    std::array<char, 64UL * 1024> chunk{};
    for (;;) {
        const auto got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail(base::error_from_errno(errno, "read the message from standard input"));
        if (got == 0) return out;
        out.append(chunk.data(), static_cast<std::size_t>(got));
        if (out.size() > octets_max)
            return base::fail({base::failure::too_large, false, "the message is too large",
                               "the message is larger than mail_in.message_octets_max"});
    }
}

/// Runs a coroutine to its end.
template <typename Value>
Value finish(boost::asio::awaitable<Value> work)
{
    boost::asio::io_context context;
    auto outcome = boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
    context.run();
    return outcome.get();
}

base::result<> deliver_to(const config::configuration& configuration, const std::string& address,
                          const std::optional<std::string>& sender)
{
    if (auto done = enter(configuration); !done) return done;
    base::null_log log;
    const auto application = application::open(configuration, log);
    if (!application) return base::fail(application.error());
    const auto site = config::site_settings(configuration);
    const auto routes = server::routes_of((*application)->users, site, address);
    if (!routes) return base::fail(routes.error());
    auto octets = read_standard_input(configuration.site.mail_in.message_octets_max);
    if (!octets) return base::fail(octets.error());
    std::vector<auth::account> accounts;
    for (const auto& route : *routes) accounts.push_back(route.account);
    constexpr std::size_t jobs_max = 8; // its calls come one after the other
    base::worker_pool pool(1, jobs_max);
    store::pooled_store mail((*application)->mail, pool);
    server::quota_warnings warnings(mail, (*application)->clock);
    const auto were_below = finish(warnings.below(site, accounts));
    auto done = deliver_piped((*application)->mail, *routes, site, take_piped(*std::move(octets)), sender);
    finish(warnings.warn(site, were_below));
    return done;
}

} // namespace

int deliver(const source& origin, const std::string& address, const std::optional<std::string>& sender)
{
    const auto configuration = usable_configuration(origin);
    if (!configuration) return EX_TEMPFAIL;
    const auto done = deliver_to(*configuration, address, sender);
    if (done) return EX_OK;
    complain(done.error().operator_text);
    return delivery_exit_code(done.error());
}

} // namespace cli
