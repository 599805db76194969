// Gathered writes on the pool, one commit for all copies, a verdict for each recipient.
#include "server/incoming_message.hpp"

#include "lmtp/trace.hpp"
#include "server/policies.hpp"
#include "server/store_call.hpp"

#include <utility>

namespace server {
namespace {

constexpr milliseconds turn_looked_for{20}; // a commit takes about as long

base::error too_many_deliveries()
{
    return {.kind = base::failure::overloaded,
            .temporary = true,
            .peer_text = {},
            .operator_text = "not its turn within deadlines.delivery_wait: more messages for one user than "
                             "limits.deliveries_per_user lets in at one time"};
}

awaitable<void> warn(quota_warnings& warnings, std::shared_ptr<const site> present,
                     std::vector<auth::account> accounts)
{
    co_await warnings.warn(present->settings, accounts);
}

const base::error* worse(const base::error* one, const base::error* other)
{
    if (!one || !other) return one ? one : other;
    return one->temporary ? one : other;
}

} // namespace

incoming_message::incoming_message(connection& connection, std::string queue_id, envelope from, recipients to)
    : connection_(connection),
      queue_id_(std::move(queue_id)),
      envelope_(std::move(from)),
      recipients_(std::move(to))
{
    copies_.resize(recipients_.accounts().size());
    for (std::size_t index = 0; index < copies_.size(); ++index)
        copies_[index].account = &recipients_.accounts()[index];
    for (const auto& address : envelope_.addresses)
        for (const std::size_t index : recipients_.group_of(address))
            if (copies_[index].address == nullptr) copies_[index].address = &address;
}

awaitable<base::result<>> incoming_message::begin()
{
    const auto copies = copies_to_deliver();
    const auto begin = [&](store::completion<std::unique_ptr<store::delivery>> done) {
        connection_.shared().with.mail.begin_delivery(copies, envelope_.octets_declared, std::move(done));
    };
    auto delivery = co_await store_call<std::unique_ptr<store::delivery>>(begin);
    if (!delivery) co_return base::fail(delivery.error());
    delivery_ = *std::move(delivery);
    co_return base::result<>();
}

awaitable<base::result<>> incoming_message::write(std::string_view octets)
{
    octets_ += octets.size();
    const auto write = [this, octets](store::completion<> done) {
        delivery_->write(octets, std::move(done));
    };
    co_return co_await store_call<void>(write);
}

awaitable<std::vector<base::result<>>> incoming_message::commit()
{
    const auto begun = connection_.now();
    std::vector<std::string> users;
    users.reserve(recipients_.accounts().size());
    for (const auto& account : recipients_.accounts()) users.push_back(account.name);
    const delivery_limits::turn turn(connection_.shared().delivery_limits, users);
    const bool has_come = co_await wait_for(turn);
    if (has_come)
        co_await store();
    else
        for (auto& one : copies_) one.outcome = base::fail(too_many_deliveries());
    for (const auto& one : copies_) log_outcome(one);
    connection_.shared().metrics.message_taken_in(octets_, connection_.now() - begun);
    co_return verdicts();
}

/// Only while it is put into the maildrops does a message hold a place there: one that comes slowly, or never to its
/// end, keeps nobody out.
awaitable<bool> incoming_message::wait_for(const delivery_limits::turn& turn)
{
    const auto& site = connection_.site_settings();
    const auto until = connection_.now() + site.deadlines.delivery_wait;
    while (!turn.has_come(site.limits.deliveries_per_user)) {
        if (connection_.now() >= until) co_return false;
        const bool paused = co_await connection_.pause(turn_looked_for);
        if (!paused) co_return false;
    }
    co_return true;
}

awaitable<void> incoming_message::store()
{
    auto& warnings = connection_.shared().quota_warnings;
    auto were_below = co_await warnings.below(connection_.site_settings(), recipients_.accounts());
    const auto commit = [this](store::completion<store::delivery::outcomes> done) {
        delivery_->commit(std::move(done));
    };
    auto done = co_await store_call<store::delivery::outcomes>(commit);
    for (std::size_t index = 0; index < copies_.size(); ++index)
        copies_[index].outcome = done ? std::move((*done)[index]) : base::fail(done.error());
    if (were_below.empty()) co_return;
    // Beside the session, so that no sender waits for it.
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::co_spawn(executor, warn(warnings, connection_.site_pointer(), std::move(were_below)),
                          boost::asio::detached);
}

std::vector<store::delivery_recipient> incoming_message::copies_to_deliver() const
{
    const auto& site = connection_.site_settings();
    std::vector<store::delivery_recipient> out;
    out.reserve(copies_.size());
    for (const auto& one : copies_)
        out.push_back({.name = {one.account->name},
                       .policy = maildrop_policy(site, *one.account),
                       .header = header_for(one)});
    return out;
}

std::string incoming_message::header_for(const copy& delivery) const
{
    const auto& peer = connection_.stream().peer();
    const std::string address = peer.local ? std::string() : peer.text();
    return lmtp::trace_header({.sender = envelope_.sender,
                               .recipient = *delivery.address,
                               .delivered_to = delivery.account->name,
                               .peer_name = envelope_.peer_name,
                               .peer_address = address,
                               .host_name = host_name(connection_.site_settings(), *delivery.account),
                               .with_protocol = envelope_.with_protocol,
                               .session_id = queue_id_,
                               .received_at = connection_.shared().with.clock.now()});
}

std::vector<base::result<>> incoming_message::verdicts() const
{
    std::vector<base::result<>> out;
    for (const auto& address : envelope_.addresses) {
        const base::error* worst = nullptr;
        for (const std::size_t index : recipients_.group_of(address))
            if (!copies_[index].outcome) worst = worse(worst, &copies_[index].outcome.error());
        out.push_back(worst == nullptr ? base::result<>() : base::fail(*worst));
    }
    return out;
}

void incoming_message::log_outcome(const copy& delivery) const
{
    auto& log = connection_.shared().with.log;
    const auto verdict =
        delivery.outcome ? std::string_view("delivered") : base::name_of(delivery.outcome.error().kind);
    connection_.shared().metrics.delivered(verdict);
    if (delivery.outcome)
        log.info("delivered", {{"queue-id", queue_id_},
                               {"sender", envelope_.sender},
                               {"recipient", *delivery.address},
                               {"user", delivery.account->name},
                               {"unique-id", *delivery.outcome},
                               {"octets", octets_}});
    else
        log.warning("not-delivered", {{"queue-id", queue_id_},
                                      {"sender", envelope_.sender},
                                      {"recipient", *delivery.address},
                                      {"user", delivery.account->name},
                                      {"verdict", verdict},
                                      {"temporary", delivery.outcome.error().temporary},
                                      {"error", delivery.outcome.error().operator_text}});
}

} // namespace server
