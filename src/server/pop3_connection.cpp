// The POP3 machine's beginning and end, and its actions that need no more than the stream.
#include "server/pop3_connection.hpp"

#include "base/encoding.hpp"
#include "sasl/mechanism.hpp"
#include "server/policies.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace server {
namespace {

constexpr std::string_view pop3_too_many = "-ERR [SYS/TEMP] too many connections, try again later\r\n";

/// With a longer one, name and timestamp would not fit into the greeting's 512 octets (RFC 2449, section 4).
constexpr std::size_t timestamp_host_octets_max = 128;

/// Unique per connection (RFC 1939, section 7, APOP).
std::string make_timestamp(shared_state& shared, const std::string& host_name)
{
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(shared.with.clock.now().time_since_epoch());
    return "<" + base::to_hex(shared.with.random.octets(8)) + "." + std::to_string(seconds.count()) + "@" +
           (host_name.size() <= timestamp_host_octets_max ? host_name : "localhost") + ">";
}

bool offers_plus(const pop3::session_policy& policy)
{
    const auto& offered = policy.tls_active ? policy.tls_mechanisms : policy.mechanisms;
    return std::ranges::any_of(offered, [](const pop3::offered_mechanism& mechanism) {
        const auto* const row = sasl::find_mechanism(mechanism.name);
        return row != nullptr && row->binds_channel;
    });
}

} // namespace

pop3_connection::pop3_connection(shared_state& shared, thread_buffers& buffers,
                                 std::shared_ptr<const site> site, const listener_settings& listener,
                                 net::stream::socket connected, net::peer_address peer)
    : connection_(shared, buffers, std::move(site), listener, std::move(connected), peer),
      log_in_(connection_)
{
}

awaitable<void> pop3_connection::run()
{
    const bool admitted = co_await admit();
    if (admitted) co_await dialogue();
    log_out();
}

/// Everything before the greeting.
awaitable<bool> pop3_connection::admit()
{
    using refusal = connection_limits::refusal;
    auto& shared = connection_.shared();
    auto refused = co_await connection_.enter();
    if (connection_.over()) co_return false;
    const bool wordless = refused == refusal::full || refused == refusal::early_drop;
    const bool penalised =
        !wordless && !connection_.exempt() &&
        shared.with.limits.throttle.refused(connection_.stream().peer().octets, connection_.now());
    if (refused != refusal::none || penalised) {
        shared.metrics.connection_refused(penalised ? "penalty" : name_of(refused));
        if (penalised)
            shared.penalties.note(
                shared.with.log, connection_.now(),
                "connections from " + connection_.stream().peer().text() +
                    " are closed immediately: earlier ones broke the protocol, were too slow, "
                    "or ended without a log-in; it passes within 10 minutes");
        // When the service is full words cost too much.
        std::string closing_reply(wordless ? std::string_view() : pop3_too_many);
        co_await connection_.turn_away(closing_reply);
        co_return false;
    }
    co_return co_await connection_.welcome();
}

awaitable<void> pop3_connection::dialogue()
{
    begin_session(true);
    const std::function<awaitable<void>()> perform_next = [this] {
        auto action = session_->next();
        return std::visit([this](auto& asked) { return perform(std::move(asked)); }, action);
    };
    co_await connection_.perform_actions(perform_next);
}

/// A new machine, also after STLS: so nothing that was said in plain text can survive (RFC 2595, section 4),
/// and the mechanisms are those that this very TLS connection allows.
void pop3_connection::begin_session(bool greet)
{
    connection_.live().enter(phase::authorization);
    const auto& site = connection_.site_settings();
    if (site.pop3.apop && apop_timestamp_.empty())
        apop_timestamp_ = make_timestamp(connection_.shared(), site.host_name);
    const auto& stream = connection_.stream();
    auto policy = pop3_session_policy(connection_.present_site(), connection_.listener(),
                                      stream.tls() ? &stream.facts() : nullptr, apop_timestamp_);
    plus_offered_ = offers_plus(policy);
    session_ = std::make_unique<pop3::server_session>(std::move(policy));
    if (greet) session_->greet();
}

awaitable<void> pop3_connection::perform(pop3::need_octets)
{
    const bool flushed = co_await connection_.flush(session_->output(), session_->buffered());
    if (!flushed) co_return;
    const auto octets = co_await connection_.read(read_limit());
    // Without a word: POP3 has no response that nobody asked for.
    if (octets.empty()) co_return connection_.close_because(reason::told);
    session_->receive(octets);
}

awaitable<void> pop3_connection::perform(pop3::flush)
{
    co_await connection_.write(session_->output());
}

awaitable<void> pop3_connection::perform(pop3::start_tls asked)
{
    const bool secured = co_await connection_.upgrade_to_tls(asked.pending_plaintext, session_->output());
    if (!secured) co_return;
    log_in_.abort();
    begin_session(false);
}

awaitable<void> pop3_connection::perform(pop3::close asked)
{
    co_await connection_.write(session_->output(), true);
    connection_.close_because(asked.orderly ? reason::quit : reason::protocol_limit);
}

milliseconds pop3_connection::read_limit() const
{
    return logged_in() ? connection_.site_settings().deadlines.idle : connection_.log_in_time_left();
}

/// What strangers do that costs us: never logging in, being too slow for it, breaking the protocol. Failed log-ins
/// have been weighed, with the user they were for; they are not held against all of a network.
void pop3_connection::note_offence()
{
    if (!user_.empty() || failed_ || connection_.exempt() || connection_.ending() != ending::none) return;
    auto offence = offence::no_login;
    if (connection_.over_because() == reason::timed_out) offence = offence::too_slow;
    if (connection_.over_because() == reason::protocol_limit) offence = offence::broke_protocol;
    connection_.shared().with.limits.throttle.note(connection_.stream().peer().octets, offence,
                                                   connection_.now());
}

void pop3_connection::log_out()
{
    auto& shared = connection_.shared();
    maildrop_.reset();
    if (session_) note_offence();
    const auto lasted = std::chrono::duration<double>(connection_.now() - connection_.live().since()).count();
    if (user_.empty()) {
        shared.with.log.debug("disconnect", {{"session", connection_.live().id()},
                                             {"address", connection_.stream().peer().text()},
                                             {"reason", connection_.why()},
                                             {"seconds", lasted}});
        return;
    }
    const auto& counts = session_->counts();
    shared.with.log.info("log-out", {{"session", connection_.live().id()},
                                     {"user", user_},
                                     {"reason", connection_.why()},
                                     {"retrieved", counts.retrieved},
                                     {"retrieved-octets", counts.retrieved_octets},
                                     {"topped", counts.topped},
                                     {"deleted", counts.deleted},
                                     {"bad-commands", counts.bad_commands},
                                     {"octets-sent", connection_.live().octets_sent()},
                                     {"seconds", lasted}});
}

} // namespace server
