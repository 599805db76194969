// Gathered writes on the pool, one commit for all copies, a verdict for each recipient.
#include "server/incoming_message.hpp"

#include "lmtp/trace.hpp"
#include "server/policies.hpp"
#include "server/pool_call.hpp"

#include <utility>

namespace server {
namespace {

constexpr std::size_t gathered_octets = 256 * 1024; // most messages then need one trip to the pool

base::error too_many_deliveries()
{
    return {.kind = base::failure::overloaded,
            .temporary = true,
            .peer_text = "Too many deliveries to this user at one time",
            .operator_text = "more than limits.deliveries_per_user"};
}

const base::error* worse(const base::error* one, const base::error* other)
{
    if (!one || !other) return one ? one : other;
    return one->temporary ? one : other;
}

} // namespace

incoming_message::incoming_message(connection& with, std::string queue_id, envelope from,
                                   std::vector<addressee> to)
    : connection_(with),
      queue_id_(std::move(queue_id)),
      envelope_(std::move(from)),
      addressees_(std::move(to))
{
    for (std::size_t index = 0; index < addressees_.size(); ++index)
        for (const auto& account : addressees_[index].accounts)
            copies_.push_back({.addressee = index, .account = &account, .outcome = std::string()});
}

incoming_message::~incoming_message()
{
    // What was written of an unfinished message is unlinked: the disk's time, not the thread's.
    if (delivery_)
        connection_.shared().disk_pool.submit(
            [delivery = std::move(delivery_)]() mutable { delivery.reset(); });
}

awaitable<base::result<>> incoming_message::begin()
{
    if (auto reserved = reserve(); !reserved) co_return reserved;
    const auto recipients = copies_to_deliver();
    if (recipients.empty()) co_return base::result<>();
    auto& shared = connection_.shared();
    auto open = [&] { return shared.with.mail.begin_delivery(recipients, envelope_.octets_declared); };
    auto delivery = co_await on_pool(shared.disk_pool, std::move(open));
    if (!delivery) co_return base::fail(delivery.error());
    delivery_ = *std::move(delivery);
    co_return base::result<>();
}

awaitable<base::result<>> incoming_message::write(std::string_view octets)
{
    octets_ += octets.size();
    if (!delivery_) co_return base::result<>();
    gathered_ += octets;
    if (gathered_.size() < gathered_octets) co_return base::result<>();
    auto store = [this] { return delivery_->write(gathered_); };
    auto stored = co_await on_pool(connection_.shared().disk_pool, std::move(store));
    gathered_.clear();
    co_return stored;
}

awaitable<std::vector<base::result<>>> incoming_message::commit()
{
    const auto begun = connection_.now();
    using outcomes = std::vector<base::result<std::string>>;
    auto store = [this]() -> base::result<outcomes> {
        if (!delivery_) return outcomes();
        if (auto written = delivery_->write(gathered_); !written) return base::fail(written.error());
        return delivery_->commit();
    };
    auto done = co_await on_pool(connection_.shared().disk_pool, std::move(store));
    std::size_t next = 0;
    for (auto& one : copies_) {
        if (!one.outcome) continue; // it never was in the delivery
        one.outcome = done ? std::move((*done)[next++]) : base::fail(done.error());
    }
    for (const auto& one : copies_) log_outcome(one);
    connection_.shared().metrics.message_taken_in(octets_, connection_.now() - begun);
    co_return verdicts();
}

/// A place for each account; those who have too many deliveries under way are left out, or all is refused.
base::result<> incoming_message::reserve()
{
    const auto most = connection_.site_settings().limits.deliveries_per_user;
    for (auto& one : copies_) {
        if (auto place = connection_.shared().delivery_limits.deliver(one.account->name, most)) {
            places_.push_back(*std::move(place));
            continue;
        }
        if (!envelope_.verdict_per_recipient) return base::fail(too_many_deliveries());
        one.outcome = base::fail(too_many_deliveries());
    }
    return {};
}

std::vector<store::delivery_recipient> incoming_message::copies_to_deliver() const
{
    const auto& site = connection_.site_settings().maildrop;
    std::vector<store::delivery_recipient> out;
    for (const auto& one : copies_)
        if (one.outcome)
            out.push_back({.name = {one.account->name},
                           .policy = maildrop_policy(site, *one.account),
                           .header = header_for(one)});
    return out;
}

std::string incoming_message::header_for(const copy& of) const
{
    const auto& peer = connection_.stream().peer();
    const std::string address = peer.local ? std::string() : peer.text();
    return lmtp::trace_header({.sender = envelope_.sender,
                               .recipient = addressees_[of.addressee].address,
                               .delivered_to = of.account->name,
                               .peer_name = envelope_.peer_name,
                               .peer_address = address,
                               .host_name = connection_.site_settings().host_name,
                               .with_protocol = envelope_.with_protocol,
                               .session_id = queue_id_,
                               .received_at = connection_.shared().with.clock.now()});
}

std::vector<base::result<>> incoming_message::verdicts() const
{
    std::vector<const base::error*> worst(addressees_.size(), nullptr);
    for (const auto& one : copies_)
        if (!one.outcome) worst[one.addressee] = worse(worst[one.addressee], &one.outcome.error());
    std::vector<base::result<>> out(addressees_.size());
    for (std::size_t index = 0; index < worst.size(); ++index)
        if (worst[index]) out[index] = base::fail(*worst[index]);
    return out;
}

void incoming_message::log_outcome(const copy& of) const
{
    auto& log = connection_.shared().with.log;
    const auto verdict = of.outcome ? std::string_view("delivered") : base::name_of(of.outcome.error().kind);
    connection_.shared().metrics.delivered(verdict);
    if (of.outcome)
        log.info("delivered", {{"queue-id", queue_id_},
                               {"sender", envelope_.sender},
                               {"recipient", addressees_[of.addressee].address},
                               {"user", of.account->name},
                               {"unique-id", *of.outcome},
                               {"octets", octets_}});
    else
        log.warning("not-delivered", {{"queue-id", queue_id_},
                                      {"sender", envelope_.sender},
                                      {"recipient", addressees_[of.addressee].address},
                                      {"user", of.account->name},
                                      {"verdict", verdict},
                                      {"temporary", of.outcome.error().temporary},
                                      {"error", of.outcome.error().operator_text}});
}

} // namespace server
