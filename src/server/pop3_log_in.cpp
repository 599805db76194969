// The POP3 connection's way from AUTHORIZATION to TRANSACTION.
#include "pop3/status.hpp"
#include "server/maildrop_opening.hpp"
#include "server/policies.hpp"
#include "server/pop3_connection.hpp"

#include <algorithm>
#include <utility>

namespace server {

awaitable<void> pop3_connection::perform(pop3::check_password given)
{
    log_in_begun_ = connection_.now();
    auto account = co_await log_in_.password(std::move(given));
    if (account)
        co_await authenticated(*std::move(account));
    else
        co_await refuse(account.error());
}

awaitable<void> pop3_connection::perform(pop3::check_apop given)
{
    log_in_begun_ = connection_.now();
    auto account = co_await log_in_.apop(std::move(given), apop_timestamp_);
    if (account)
        co_await authenticated(*std::move(account));
    else
        co_await refuse(account.error());
}

awaitable<void> pop3_connection::perform(pop3::sasl_begin given)
{
    log_in_begun_ = connection_.now();
    auto outcome = co_await log_in_.begin(std::move(given), plus_offered_);
    co_await conclude(std::move(outcome));
}

awaitable<void> pop3_connection::perform(pop3::sasl_respond given)
{
    auto outcome = co_await log_in_.respond(std::move(given));
    co_await conclude(std::move(outcome));
}

awaitable<void> pop3_connection::perform(pop3::sasl_abort)
{
    log_in_.abort();
    co_return;
}

awaitable<void> pop3_connection::conclude(base::result<log_in::sasl_outcome> outcome)
{
    if (!outcome)
        co_await refuse(outcome.error());
    else if (auto* challenge = std::get_if<std::string>(&*outcome))
        session_->challenge(*challenge);
    else
        co_await authenticated(std::get<auth::account>(*std::move(outcome)));
}

awaitable<void> pop3_connection::authenticated(auth::account account)
{
    auto maildrop = co_await open_maildrop(connection_, account);
    if (!maildrop) {
        co_await refuse(maildrop.error(), true);
        co_return;
    }
    maildrop_ = *std::move(maildrop);
    maildrop_->on_lost(
        [session = connection_.live_pointer()] { live_session::end(session, ending::lost_lock); });
    auto opened = describe(account);
    user_ = account.name;
    connection_.live().set_user(user_);
    connection_.live().touch(connection_.now());
    connection_.live().enter(phase::transaction);
    note_success();
    session_->logged_in(std::move(opened));
}

void pop3_connection::note_success()
{
    auto& shared = connection_.shared();
    const auto& stream = connection_.stream();
    const auto now = connection_.now();
    if (!connection_.exempt()) shared.with.limits.throttle.note_success({stream.peer().octets, user_}, now);
    shared.metrics.log_in("success", log_in_.mechanism(), now - log_in_begun_);
    shared.with.log.info("log-in", {{"session", connection_.live().id()},
                                    {"user", user_},
                                    {"address", stream.peer().text()},
                                    {"mechanism", log_in_.mechanism()},
                                    {"tls", stream.tls() ? stream.facts().version : "none"},
                                    {"cipher", stream.tls() ? stream.facts().cipher : "none"},
                                    {"messages", static_cast<std::uint64_t>(listing_->size())},
                                    {"octets", listing_->total_octets()}});
}

/// Only what a guesser could have sent is held back, and "busy" before the proof, which costs as much; to who has
/// `proved` who he is a locked maildrop or a full server is told at once.
awaitable<void> pop3_connection::refuse(base::error error, bool authenticated)
{
    auto& shared = connection_.shared();
    const auto& address = connection_.stream().peer();
    shared.metrics.log_in(base::name_of(error.kind), log_in_.mechanism(), connection_.now() - log_in_begun_);
    shared.with.log.info("log-in-failed", {{"session", connection_.live().id()},
                                           {"user", log_in_.claimed()},
                                           {"address", address.text()},
                                           {"mechanism", log_in_.mechanism()},
                                           {"tls", connection_.stream().tls()},
                                           {"kind", base::name_of(error.kind)},
                                           {"error", error.operator_text}});
    if (error.kind == base::failure::overloaded)
        shared.shortage.note(shared.with.log, connection_.now(), error.operator_text);
    const bool guessed = pop3::is_credential_failure(error.kind);
    if (guessed || (error.kind == base::failure::overloaded && !authenticated)) co_await hold_back(guessed);
    session_->refused(error);
}

/// The answer comes at a time that the check has no part in: a delay, or a multiple of the longest check, behind
/// the check's beginning, so that it does not tell which hash was computed, if any. The few random milliseconds
/// cover what the timer itself takes.
awaitable<void> pop3_connection::hold_back(bool guessed)
{
    auto& shared = connection_.shared();
    const attempt failed{connection_.stream().peer().octets, log_in_.claimed()};
    std::chrono::nanoseconds due{0};
    failed_ = true;
    if (!connection_.exempt()) {
        if (guessed)
            shared.with.limits.throttle.note_failure(failed, connection_.now());
        else
            shared.with.limits.throttle.note_busy(failed.address, connection_.now());
        due = std::min(shared.with.limits.throttle.delay(failed, connection_.now()),
                       connection_.site_settings().limits.failure_delay_max);
    }
    const auto step = std::max<std::chrono::nanoseconds>(shared.with.authenticator.figures().slowest_check,
                                                         milliseconds(1));
    const auto taken = connection_.now() - log_in_.check_begun();
    due = std::max(due, step);
    if (taken > due) due = step * (taken / step + 1);
    constexpr std::uint64_t jitter_microseconds_max = 5000;
    const std::chrono::microseconds jitter(shared.with.random.number() % jitter_microseconds_max);
    if (guessed) shared.metrics.held_back(due - taken);
    connection_.place().hold_back(true);
    // An interrupted pause means that the connection is being ended; what is said then no longer matters.
    co_await connection_.pause(due - taken + jitter);
    connection_.place().hold_back(false);
}

pop3::opened_maildrop pop3_connection::describe(const auth::account& account)
{
    const auto& site = connection_.site_settings();
    listing_ = maildrop_->listing();
    pop3::opened_maildrop opened;
    opened.listing = listing_;
    opened.expire_days = expire_days(maildrop_policy(site, account).expire);
    opened.login_delay = login_delay(site, account);
    opened.user = account.name;
    return opened;
}

} // namespace server
