// Two slow loops on the management thread; whatever touches the disk runs on the pool.
#include "server/housekeeping.hpp"

#include "server/policies.hpp"
#include "server/pool_call.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace server {
namespace {

constexpr auto without_exceptions = boost::asio::as_tuple(boost::asio::use_awaitable);

} // namespace

housekeeping::housekeeping(boost::asio::io_context& context, office& shared, post_office& whole,
                           const hooks& calls)
    : context_(context),
      office_(shared),
      whole_(whole),
      hooks_(calls),
      watch_timer_(context),
      sweep_timer_(context)
{
}

void housekeeping::start()
{
    boost::asio::co_spawn(context_, watch(), boost::asio::detached);
    boost::asio::co_spawn(context_, sweep(), boost::asio::detached);
}

void housekeeping::stop()
{
    stopped_ = true;
    watch_timer_.cancel();
    sweep_timer_.cancel();
}

awaitable<void> housekeeping::watch()
{
    for (;;) {
        const auto every = office_.present_site.get()->settings.watch_every;
        if (every.count() == 0) co_return;
        if (!co_await rest(watch_timer_, every)) co_return;
        auto look = [this] { return look_at_files(); };
        auto looked = co_await on_pool(office_.disk_pool, std::move(look));
        if (!looked) office_.with.log.error("refresh-failed", {{"error", looked.error().operator_text}});
    }
}

base::result<> housekeeping::look_at_files()
{
    if (hooks_.refresh_users)
        if (auto refreshed = hooks_.refresh_users(); !refreshed) return refreshed;
    const auto present = office_.present_site.get();
    if (!present->pop3_tls) return {};
    const auto modified = net::tls_files_modified(*present->settings.tls);
    if (modified == present->pop3_tls->files_modified() || modified == refused_files_) return {};
    auto reloaded = whole_.reload(present->settings);
    if (reloaded) return {};
    // Files that are being replaced may not match for a moment; the next change is looked at again.
    refused_files_ = modified;
    return base::fail(reloaded.error());
}

/// Spread over the whole time, so that no moment notices.
awaitable<void> housekeeping::sweep()
{
    for (;;) {
        const auto every = office_.present_site.get()->settings.sweep_every;
        if (every.count() == 0) co_return;
        auto list = [this] { return office_.with.users.names(); };
        const auto names = co_await on_pool(office_.disk_pool, std::move(list));
        if (!names) office_.with.log.error("sweep-failed", {{"error", names.error().operator_text}});
        const std::size_t count = names ? names->size() : 0;
        if (count == 0) {
            if (names) publish_counts();
            const bool rested = co_await rest(sweep_timer_, every);
            if (!rested) co_return;
        }
        for (std::size_t index = 0; index < count; ++index) {
            if (!co_await rest(sweep_timer_, every / count)) co_return;
            auto clean = [&] { return sweep_one((*names)[index]); };
            const auto gone = co_await on_pool(office_.disk_pool, std::move(clean));
            if (!gone)
                office_.with.log.warning("sweep-failed",
                                         {{"user", (*names)[index]}, {"error", gone.error().operator_text}});
            else if (*gone > 0)
                office_.with.log.info(
                    "swept", {{"user", (*names)[index]}, {"messages", static_cast<std::uint64_t>(*gone)}});
        }
        if (count > 0) publish_counts();
    }
}

base::result<std::size_t> housekeeping::sweep_one(const std::string& name)
{
    auto user = office_.with.users.find(name);
    if (!user) return base::fail(user.error());
    if (!*user) return std::size_t{0}; // removed meanwhile
    const auto policy = maildrop_policy(office_.present_site.get()->settings, (*user)->account);
    auto swept = office_.with.mail.sweep({name}, policy);
    count_mail(name);
    return swept;
}

// What cannot be counted now is left out of this round; whoever needs the truth of one maildrop asks the store.
void housekeeping::count_mail(const std::string& name)
{
    const auto add = [](store::usage& sum, const base::result<store::usage>& found) {
        if (!found) return;
        sum.messages += found->messages;
        sum.octets += found->octets;
    };
    add(waiting_, office_.with.mail.measure({name}));
    add(held_, office_.with.mail.measure_held({name}));
}

void housekeeping::publish_counts()
{
    office_.metrics.set_mail(waiting_, held_, office_.with.clock.now());
    waiting_ = held_ = {};
}

awaitable<bool> housekeeping::rest(boost::asio::steady_timer& timer, milliseconds duration) const
{
    if (stopped_) co_return false;
    // Never less than a moment: many maildrops and a short time must not become a busy loop.
    timer.expires_after(std::max(duration, milliseconds(1)));
    co_await timer.async_wait(without_exceptions);
    co_return !stopped_;
}

} // namespace server
