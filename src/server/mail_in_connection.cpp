// The actions of the LMTP and SMTP machine: who may get mail, and where it goes.
#include "server/mail_in_connection.hpp"

#include "lmtp/reply.hpp"
#include "server/policies.hpp"
#include "server/recipients.hpp"
#include "server/store_call.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace server {
namespace {

constexpr std::string_view mail_in_too_many = "Too many connections, try again later";
constexpr std::string_view closing_text = "Closing, try again later";
constexpr std::string_view idle_too_long = "Idle too long, closing";
constexpr std::string_view no_message_in_time = "No message for too long, closing";

// A connection's further refusals are counted and told at its end, or anyone could fill the log.
constexpr std::uint64_t refusals_logged_max = 20;

// The slowest that a message may come in once the time of its session is over, as slow readers are measured.
constexpr std::uint64_t octets_per_second_min = 500;

/// SMTP takes mail for our own domains only; nothing is ever passed on.
base::error relay_denied()
{
    return {.kind = base::failure::refused,
            .temporary = false,
            .peer_text = "Relay access denied",
            .operator_text = "recipient in a domain that is not ours"};
}

} // namespace

mail_in_connection::mail_in_connection(shared_state& shared, thread_buffers& buffers,
                                       std::shared_ptr<const site> site, const listener_settings& listener,
                                       net::stream::socket connected, net::peer_address peer)
    : connection_(shared, buffers, std::move(site), listener, std::move(connected), peer)
{
}

awaitable<void> mail_in_connection::run()
{
    const bool admitted = co_await admit();
    if (admitted) co_await dialogue();
    log_out();
}

awaitable<bool> mail_in_connection::admit()
{
    const auto refused = co_await connection_.enter();
    if (connection_.over()) co_return false;
    if (refused != connection_limits::refusal::none) {
        connection_.shared().metrics.connection_refused("mail-in");
        std::string closing_reply = last_words("4.3.2", mail_in_too_many);
        co_await connection_.turn_away(closing_reply);
        co_return false;
    }
    co_return co_await connection_.welcome();
}

awaitable<void> mail_in_connection::dialogue()
{
    connection_.live().enter(phase::mail_in);
    last_delivery_ = connection_.live().since();
    session_.emplace(mail_in_session_policy(connection_.site_settings(), connection_.listener(),
                                            connection_.stream().tls()));
    session_->greet();
    idle_reply_ = last_words("4.4.2", idle_too_long);
    const std::function<awaitable<void>()> perform_next = [this] {
        auto action = next_action();
        return std::visit([this](auto& asked) { return perform(std::move(asked)); }, action);
    };
    co_await connection_.perform_actions(perform_next);
}

/// Between messages the closing can be told (RFC 5321, section 3.8).
lmtp::action mail_in_connection::next_action()
{
    if (!message_ && connection_.ending() == ending::shutdown) session_->end(closing_text);
    if (!message_ && time_left() <= milliseconds(0)) session_->end(no_message_in_time);
    return session_->next();
}

awaitable<void> mail_in_connection::perform(lmtp::need_octets)
{
    const bool flushed = co_await connection_.flush(session_->output(), session_->buffered());
    if (!flushed) co_return;
    const auto limit = std::min(connection_.site_settings().deadlines.mail_in_idle, time_left());
    // A millisecond is left to a late one, so that the wait itself tells of the time-out.
    const auto octets = co_await connection_.read(std::max(limit, milliseconds(1)), idle_reply_);
    if (!octets.empty()) session_->receive(octets);
}

/// What the connection says where the session cannot.
std::string mail_in_connection::last_words(std::string enhanced, std::string_view text) const
{
    return lmtp::format_reply(
        lmtp::closing_reply(connection_.site_settings().host_name, std::move(enhanced), text));
}

/// Of the session's time; see deadlines.mail_in_session.
milliseconds mail_in_connection::time_left() const
{
    const milliseconds allowed = connection_.site_settings().deadlines.mail_in_session;
    const milliseconds earned =
        seconds(message_ ? session_->message_octets_taken() / octets_per_second_min : 0);
    return allowed + earned - std::chrono::duration_cast<milliseconds>(connection_.now() - last_delivery_);
}

awaitable<void> mail_in_connection::perform(lmtp::start_tls asked)
{
    const bool secured = co_await connection_.upgrade_to_tls(asked.pending_plaintext, session_->output());
    if (!secured) co_return;
    connection_.live().enter(phase::mail_in);
    session_->tls_started();
}

awaitable<void> mail_in_connection::perform(lmtp::check_recipient asked)
{
    auto find = [&] { return look_up(asked); };
    auto found = co_await on_pool(connection_.shared().with.disk_pool, std::move(find));
    if (found) {
        const auto fits = co_await check_quotas(*found, asked.octets_declared.value_or(0));
        if (!fits) found = base::fail(fits.error());
    }
    if (!found) {
        ++refused_;
        if (refused_ <= refusals_logged_max) log_refusal(asked.address, found.error());
        const bool shown = co_await connection_.pause(weigh_refusal(found.error()));
        if (!shown && connection_.ending() != ending::shutdown) connection_.close_because(reason::told);
        if (!shown) co_return;
        session_->recipient_refused(found.error());
        co_return;
    }
    recipients_.add(asked.address, *found);
    session_->recipient_accepted();
}

void mail_in_connection::log_refusal(const std::string& address, const base::error& error) const
{
    connection_.shared().with.log.info("recipient-refused", {{"session", connection_.live().id()},
                                                             {"address", connection_.stream().peer().text()},
                                                             {"recipient", address},
                                                             {"kind", base::name_of(error.kind)},
                                                             {"error", error.operator_text}});
}

/// Strangers alone wait: an MTA may have many bad recipients in its queue, and asks for them in turn. It is held
/// against the address, so that a new connection does not begin anew.
milliseconds mail_in_connection::weigh_refusal(const base::error& error) const
{
    const bool guess = !error.temporary &&
                       (error.kind == base::failure::unknown_user || error.kind == base::failure::refused);
    if (!guess || !speaks_smtp() || connection_.exempt()) return milliseconds(0);
    return connection_.shared().with.limits.throttle.note_unknown_recipient(
        connection_.stream().peer().octets, connection_.now());
}

mail_in_connection::routes mail_in_connection::look_up(const lmtp::check_recipient& asked) const
{
    const auto& with = connection_.shared().with;
    const auto& site = connection_.site_settings();
    if (speaks_smtp()) {
        const auto local = is_local(with.users, site, asked.address);
        if (!local) return base::fail(local.error());
        if (!*local) return base::fail(relay_denied());
    }
    return routes_of(with.users, site, asked.address);
}

awaitable<base::result<>> mail_in_connection::check_quotas(const std::vector<auth::route>& found,
                                                           std::uint64_t octets) const
{
    std::vector<store::quota_question> questions;
    for (const auto& route : found) {
        if (recipients_.leads_to(route.account.name)) continue; // checked already, for an earlier recipient
        const auto policy = maildrop_policy(connection_.site_settings(), route.account);
        if (policy.quota_octets || policy.quota_messages)
            questions.push_back({{route.account.name}, policy, octets});
    }
    if (questions.empty()) co_return base::result<>();
    const auto check = [&](store::completion<std::vector<base::result<>>> done) {
        connection_.shared().with.mail.check_quotas(questions, std::move(done));
    };
    auto outcomes = co_await store_call<std::vector<base::result<>>>(check);
    if (!outcomes) co_return base::fail(outcomes.error());
    for (auto& outcome : *outcomes)
        if (!outcome) co_return std::move(outcome);
    co_return base::result<>();
}

awaitable<void> mail_in_connection::perform(lmtp::begin_message asked)
{
    envelope from{.sender = std::move(asked.sender),
                  .peer_name = session_->peer_name(),
                  .with_protocol = session_->with_protocol(),
                  .octets_declared = asked.octets_declared,
                  .addresses = std::move(asked.recipients)};
    std::string queue_id = connection_.live().id() + "-" + std::to_string(++messages_);
    message_ = std::make_unique<incoming_message>(connection_, std::move(queue_id), std::move(from),
                                                  std::exchange(recipients_, {}));
    auto begun = co_await message_->begin();
    if (!begun) {
        message_.reset();
        session_->message_refused(begun.error());
        co_return;
    }
    connection_.set_busy(true);
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
    connection_.set_busy(false);
    session_->message_failed(written.error());
}

awaitable<void> mail_in_connection::perform(lmtp::end_message)
{
    const auto verdicts = co_await message_->commit();
    message_.reset();
    connection_.set_busy(false);
    if (std::ranges::any_of(verdicts, [](const auto& verdict) { return verdict.has_value(); }))
        last_delivery_ = connection_.now();
    session_->delivered(verdicts);
}

awaitable<void> mail_in_connection::perform(lmtp::abandon_message)
{
    message_.reset();
    connection_.set_busy(false);
    co_return;
}

awaitable<void> mail_in_connection::perform(lmtp::forget_recipients)
{
    recipients_.clear();
    co_return;
}

awaitable<void> mail_in_connection::perform(lmtp::close)
{
    co_await connection_.write(session_->output());
    connection_.close_because(connection_.ending() == ending::none ? reason::quit : reason::told);
}

void mail_in_connection::log_out()
{
    message_.reset();
    if (refused_ > refusals_logged_max)
        connection_.shared().with.log.info("recipients-refused",
                                           {{"session", connection_.live().id()},
                                            {"address", connection_.stream().peer().text()},
                                            {"recipients", refused_},
                                            {"logged", refusals_logged_max}});
    const auto lasted = std::chrono::duration<double>(connection_.now() - connection_.live().since()).count();
    connection_.shared().with.log.info("disconnect", {{"session", connection_.live().id()},
                                                      {"service", name_of(connection_.listener().service)},
                                                      {"address", connection_.stream().peer().text()},
                                                      {"reason", connection_.why()},
                                                      {"messages", messages_},
                                                      {"seconds", lasted}});
}

} // namespace server
