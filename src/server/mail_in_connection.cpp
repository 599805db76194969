// The loop around the LMTP and SMTP machine: who may get mail, and where it goes.
#include "server/mail_in_connection.hpp"

#include "server/policies.hpp"
#include "server/pool_call.hpp"

#include <utility>
#include <variant>

namespace server {
namespace {

constexpr std::string_view too_many = "421 4.3.2 Too many connections, try again later\r\n";
constexpr std::string_view closing = "Closing, try again later";

/// SMTP takes mail for our own domains only; nothing is ever passed on.
base::error relay_denied()
{
    return {.kind = base::failure::refused,
            .temporary = false,
            .peer_text = "Relay access denied",
            .operator_text = "recipient in a domain that is not ours"};
}

} // namespace

mail_in_connection::mail_in_connection(office& shared, thread_buffers& buffers,
                                       std::shared_ptr<const site> site, const listener_settings& listener,
                                       net::stream::socket connected, net::peer_address peer)
    : connection_(shared, buffers, std::move(site), listener, std::move(connected), peer)
{
}

awaitable<void> mail_in_connection::run()
{
    auto& shared = connection_.shared();
    shared.metrics.connection(name_of(connection_.listener().service));
    shared.with.log.debug("connect", {{"session", connection_.live().id()},
                                      {"service", name_of(connection_.listener().service)},
                                      {"address", connection_.stream().peer().text()}});
    if (co_await admit()) co_await dialogue();
    log_out();
}

awaitable<bool> mail_in_connection::admit()
{
    auto& shared = connection_.shared();
    const bool implicit_tls = connection_.listener().tls == tls_mode::implicit;
    const auto refused = co_await connection_.enter();
    if (connection_.over()) co_return false;
    if (refused != connection_limits::refusal::none) {
        shared.metrics.connection_refused("mail-in");
        std::string farewell(too_many);
        if (!implicit_tls) co_await connection_.write(farewell);
        connection_.close_because(reason::protocol_limit);
        co_return false;
    }
    if (implicit_tls)
        co_return co_await connection_.start_tls(connection_.present_site().mail_in_tls,
                                                 connection_.site_settings().deadlines.tls_handshake);
    co_return connection_.goes_on();
}

awaitable<void> mail_in_connection::dialogue()
{
    connection_.live().enter(phase::mail_in);
    session_.emplace(mail_in_session_policy(connection_.site_settings(), connection_.listener(),
                                            connection_.stream().tls()));
    session_->greet();
    while (!connection_.over()) {
        // Between messages the closing can be told (RFC 5321, section 3.8).
        if (!message_ && connection_.ending() == ending::shutdown) session_->end(closing);
        auto action = session_->next();
        // Named, because g++ 12 destroys temporaries of a co_await twice.
        auto performed = std::visit([this](auto& asked) { return perform(std::move(asked)); }, action);
        co_await std::move(performed);
    }
}

awaitable<void> mail_in_connection::perform(lmtp::need_octets)
{
    if (!co_await connection_.write(session_->output())) co_return;
    const auto octets = co_await connection_.read(connection_.site_settings().deadlines.mail_in_idle);
    if (!octets.empty()) session_->receive(octets);
}

awaitable<void> mail_in_connection::perform(lmtp::start_tls asked)
{
    const std::size_t injected = asked.pending_plaintext + connection_.stream().drop_plaintext();
    if (injected > 0)
        connection_.shared().with.log.warning("stls-injection",
                                              {{"session", connection_.live().id()},
                                               {"address", connection_.stream().peer().text()},
                                               {"octets", static_cast<std::uint64_t>(injected)}});
    if (!co_await connection_.write(session_->output())) co_return;
    const bool secure = co_await connection_.start_tls(connection_.present_site().mail_in_tls,
                                                       connection_.site_settings().deadlines.tls_handshake);
    if (!secure) co_return;
    connection_.live().enter(phase::mail_in);
    session_->tls_started();
}

awaitable<void> mail_in_connection::perform(lmtp::check_recipient asked)
{
    auto find = [&] { return look_up(asked); };
    auto found = co_await on_pool(connection_.shared().disk_pool, std::move(find));
    if (!found) {
        connection_.shared().with.log.info("recipient-refused",
                                           {{"session", connection_.live().id()},
                                            {"address", connection_.stream().peer().text()},
                                            {"recipient", asked.address},
                                            {"kind", base::name_of(found.error().kind)},
                                            {"error", found.error().operator_text}});
        session_->recipient_refused(found.error());
        co_return;
    }
    auto& accounts = known_[asked.address];
    accounts.clear();
    for (auto& route : *found) accounts.push_back(std::move(route.account));
    session_->recipient_accepted();
}

mail_in_connection::routes mail_in_connection::look_up(const lmtp::check_recipient& asked) const
{
    const auto& with = connection_.shared().with;
    const auto at = asked.address.rfind('@');
    const bool smtp = connection_.listener().service == service::smtp;
    if (smtp && at != std::string::npos &&
        !with.users.local_domain(std::string_view(asked.address).substr(at + 1)))
        return base::fail(relay_denied());
    auto found = with.users.resolve(asked.address);
    if (!found) return found;
    for (const auto& route : *found) {
        const auto policy = maildrop_policy(connection_.site_settings().maildrop, route.account);
        auto fits = with.mail.check_quota({route.account.name}, policy, asked.octets_declared.value_or(0));
        if (!fits) return base::fail(fits.error());
    }
    return found;
}

awaitable<void> mail_in_connection::perform(lmtp::begin_message asked)
{
    envelope from{.sender = std::move(asked.sender),
                  .peer_name = session_->peer_name(),
                  .with_protocol = session_->with_protocol(),
                  .octets_declared = asked.octets_declared,
                  .verdict_per_recipient = connection_.listener().service == service::lmtp};
    std::string queue_id = connection_.live().id() + "-" + std::to_string(++messages_);
    message_ = std::make_unique<incoming_message>(connection_, std::move(queue_id), std::move(from),
                                                  addressees_of(asked.recipients));
    known_.clear();
    auto begun = co_await message_->begin();
    if (!begun) {
        message_.reset();
        session_->message_refused(begun.error());
        co_return;
    }
    connection_.hold_on(true);
    session_->message_begun();
}

awaitable<void> mail_in_connection::perform(lmtp::message_octets got)
{
    auto written = co_await message_->write(got.octets);
    if (written) {
        session_->octets_written();
        co_return;
    }
    connection_.shared().with.log.error(
        "message-failed", {{"session", connection_.live().id()}, {"error", written.error().operator_text}});
    message_.reset();
    connection_.hold_on(false);
    session_->message_failed(written.error());
}

awaitable<void> mail_in_connection::perform(lmtp::end_message)
{
    const auto verdicts = co_await message_->commit();
    message_.reset();
    connection_.hold_on(false);
    session_->delivered(verdicts);
}

awaitable<void> mail_in_connection::perform(lmtp::abandon_message)
{
    message_.reset();
    connection_.hold_on(false);
    co_return;
}

awaitable<void> mail_in_connection::perform(lmtp::close)
{
    co_await connection_.write(session_->output());
    connection_.close_because(connection_.ending() == ending::none ? reason::quit : reason::told);
}

std::vector<addressee> mail_in_connection::addressees_of(const std::vector<std::string>& recipients) const
{
    std::vector<addressee> out;
    out.reserve(recipients.size());
    for (const auto& address : recipients)
        out.push_back({.address = address, .accounts = known_.at(address)});
    return out;
}

void mail_in_connection::log_out()
{
    message_.reset();
    const auto lasted = std::chrono::duration<double>(connection_.now() - connection_.live().since()).count();
    connection_.shared().with.log.info("disconnect", {{"session", connection_.live().id()},
                                                      {"service", name_of(connection_.listener().service)},
                                                      {"address", connection_.stream().peer().text()},
                                                      {"reason", connection_.why()},
                                                      {"messages", messages_},
                                                      {"seconds", lasted}});
}

} // namespace server
