// The order of the checks after the password: what could tell a guesser something comes only here.
#include "server/maildrop_opening.hpp"

#include "server/policies.hpp"
#include "server/store_call.hpp"

#include <utility>

namespace server {
namespace {

using opened = base::result<std::unique_ptr<store::maildrop>>;

awaitable<opened> try_until_free(connection& connection, const auth::account& account)
{
    auto& shared = connection.shared();
    const auto& deadlines = connection.site_settings().deadlines;
    const auto policy = maildrop_policy(connection.site_settings(), account);
    const store::maildrop_name name{account.name};
    const auto open = [&](store::completion<std::unique_ptr<store::maildrop>> done) {
        shared.with.mail.open_maildrop(name, policy, std::move(done));
    };
    const auto give_up = connection.now() + deadlines.lock_wait;
    for (;;) {
        auto maildrop = co_await store_call<std::unique_ptr<store::maildrop>>(open);
        const bool held = !maildrop && maildrop.error().kind == base::failure::in_use;
        if (!held || connection.now() >= give_up) co_return maildrop;
        shared.sessions.end_idle_holders(account.name, connection.now() - deadlines.lock_holder_idle);
        const bool paused = co_await connection.pause(deadlines.lock_retry);
        if (!paused) co_return maildrop;
    }
}

} // namespace

awaitable<opened> open_maildrop(connection& connection, const auth::account& account)
{
    auto& shared = connection.shared();
    if (!may_come_from(account, connection.stream().peer()))
        co_return base::fail({.kind = base::failure::credentials,
                              .temporary = false,
                              .peer_text = {},
                              .operator_text = "the account does not allow log-in from this network"});
    const auto delay = login_delay(connection.site_settings(), account);
    if (auto allowed = shared.with.limits.login_delays.check(account.name, delay, connection.now()); !allowed)
        co_return base::fail(allowed.error());
    if (auto counted = connection.place().log_in(account.name, connection.site_settings().limits); !counted)
        co_return base::fail(counted.error());
    auto maildrop = co_await try_until_free(connection, account);
    if (!maildrop) {
        connection.place().log_out();
        co_return maildrop;
    }
    shared.with.limits.login_delays.note(account.name, delay, connection.now());
    co_return maildrop;
}

} // namespace server
