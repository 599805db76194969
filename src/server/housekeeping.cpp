// Two slow loops on the management thread; whatever touches the disk runs on the pool.
#include "server/housekeeping.hpp"

#include "net/asio.hpp"
#include "server/policies.hpp"
#include "server/store_call.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace server {
namespace {

/// An operator who has missed the first line meets one of these.
constexpr auto repeat_every = std::chrono::hours(24);
/// How often the ends of certificates are looked at.
constexpr auto expiry_every = std::chrono::hours(1);
/// ACME clients renew a third of the lifetime ahead, 30 days for most: two weeks before its end a renewal is overdue.
constexpr auto expiry_warning = std::chrono::hours(24 * 14);
constexpr auto expiry_error = std::chrono::hours(24);

std::int64_t days_until(base::wall_time end, base::wall_time now)
{
    return std::chrono::floor<std::chrono::days>(end - now).count();
}

} // namespace

housekeeping::housekeeping(boost::asio::io_context& context, shared_state& shared,
                           std::function<base::result<>(const settings&)> reload,
                           std::function<base::result<>()> refresh_users)
    : context_(context),
      office_(shared),
      reload_(std::move(reload)),
      refresh_users_(std::move(refresh_users)),
      watch_timer_(context),
      sweep_timer_(context),
      expiry_timer_(context)
{
}

void housekeeping::start()
{
    boost::asio::co_spawn(context_, watch(), boost::asio::detached);
    boost::asio::co_spawn(context_, sweep(), boost::asio::detached);
    boost::asio::co_spawn(context_, watch_expiry(), boost::asio::detached);
}

void housekeeping::stop()
{
    stopped_ = true;
    watch_timer_.cancel();
    sweep_timer_.cancel();
    expiry_timer_.cancel();
}

awaitable<void> housekeeping::watch()
{
    for (;;) {
        const auto every = office_.present_site.get()->settings.watch_every;
        if (every.count() == 0) co_return;
        const bool rested = co_await rest(watch_timer_, every);
        if (!rested) co_return;
        auto look = [this] { return look_at_files(); };
        auto looked = co_await on_pool(office_.with.disk_pool, std::move(look));
        if (!looked) office_.with.log.error("refresh-failed", {{"error", looked.error().operator_text}});
    }
}

base::result<> housekeeping::look_at_files()
{
    look_at_certificates();
    return refresh_users_ ? refresh_users_() : base::result<>();
}

void housekeeping::look_at_certificates()
{
    const auto present = office_.present_site.get();
    if (!present->pop3_tls) return;
    const auto now = office_.with.clock.steady_now();
    auto state = office_.with.certificates.state(*present->settings.tls);
    const bool as_served = state == present->pop3_tls->contents_state();
    if (as_served) refused_files_.clear();
    if (as_served) office_.certificate_refused = false;
    if (as_served || (state == refused_files_ && now < refused_at_ + repeat_every)) return;
    auto reloaded = reload_(present->settings);
    office_.certificate_refused = !reloaded;
    if (reloaded) return;
    // Files that are being replaced may not match for a moment; the next change is looked at again.
    refused_files_ = std::move(state);
    refused_at_ = now;
    office_.with.log.error("certificate-refused", {{"days_left", days_until(present->pop3_tls->valid_until(),
                                                                            office_.with.clock.now())},
                                                   {"error", reloaded.error().operator_text}});
}

/// Independent of watch_every: an end comes whether files are watched or not.
awaitable<void> housekeeping::watch_expiry()
{
    for (;;) {
        const auto present = office_.present_site.get();
        if (present->pop3_tls)
            for (const auto& certificate : present->pop3_tls->certificates()) warn_of_expiry(certificate);
        const bool rested = co_await rest(expiry_timer_, expiry_every);
        if (!rested) co_return;
    }
}

void housekeeping::certificates_changed()
{
    boost::asio::post(context_, [this] {
        const auto present = office_.present_site.get();
        if (stopped_ || !present->pop3_tls) return;
        for (const auto& certificate : present->pop3_tls->certificates()) warn_of_expiry(certificate);
    });
}

void housekeeping::warn_of_expiry(const net::tls_context::served& certificate)
{
    const auto left = certificate.valid_until - office_.with.clock.now();
    if (left > expiry_warning) return;
    const auto level = left > expiry_error ? base::severity::warning : base::severity::error;
    const auto now = office_.with.clock.steady_now();
    auto& last = announced_[certificate.name];
    const bool is_known = last.valid_until == certificate.valid_until;
    if (is_known && last.level >= level && now < last.when + repeat_every) return;
    last = {level, now, certificate.valid_until};
    const std::array<base::field, 3> fields{
        {{"name", certificate.name},
         {"days_left", days_until(certificate.valid_until, office_.with.clock.now())},
         {"file", certificate.path}}};
    office_.with.log.write(level, left.count() < 0 ? "certificate-expired" : "certificate-expires", fields);
}

/// Spread over the whole time, so that no moment notices.
awaitable<void> housekeeping::sweep()
{
    for (;;) {
        const auto every = office_.present_site.get()->settings.sweep_every;
        if (every.count() == 0) co_return;
        auto list = [this] { return office_.with.users.names(); };
        const auto names = co_await on_pool(office_.with.disk_pool, std::move(list));
        if (!names) office_.with.log.error("sweep-failed", {{"error", names.error().operator_text}});
        const std::size_t count = names ? names->size() : 0;
        if (count == 0) {
            if (names) publish_counts();
            const bool rested = co_await rest(sweep_timer_, every);
            if (!rested) co_return;
        }
        for (std::size_t index = 0; index < count; ++index) {
            const bool rested = co_await rest(sweep_timer_, every / count);
            if (!rested) co_return;
            const auto gone = co_await sweep_one((*names)[index]);
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

awaitable<base::result<std::size_t>> housekeeping::sweep_one(const std::string& user_name)
{
    auto find = [&] { return office_.with.users.find(user_name); };
    const auto user = co_await on_pool(office_.with.disk_pool, std::move(find));
    if (!user) co_return base::fail(user.error());
    if (!*user) co_return std::size_t{0}; // removed meanwhile
    const auto policy = maildrop_policy(office_.present_site.get()->settings, (*user)->account);
    const store::maildrop_name name{user_name};
    const auto sweep = [&](store::completion<std::size_t> done) {
        office_.with.mail.sweep(name, policy, std::move(done));
    };
    const auto swept = co_await store_call<std::size_t>(sweep);
    co_await count_mail(name);
    co_return swept;
}

// What cannot be counted now is left out of this round; whoever needs the truth of one maildrop asks the store.
awaitable<void> housekeeping::count_mail(const store::maildrop_name& name)
{
    const auto add = [](store::usage& sum, const base::result<store::usage>& found) {
        if (!found) return;
        sum.messages += found->messages;
        sum.octets += found->octets;
    };
    const auto measure = [&](store::completion<store::usage> done) {
        office_.with.mail.measure(name, std::move(done));
    };
    const auto measure_held = [&](store::completion<store::usage> done) {
        office_.with.mail.measure_held(name, std::move(done));
    };
    const auto waiting = co_await store_call<store::usage>(measure);
    add(waiting_, waiting);
    const auto held = co_await store_call<store::usage>(measure_held);
    add(held_, held);
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
    co_await timer.async_wait(net::without_exceptions);
    co_return !stopped_;
}

} // namespace server
