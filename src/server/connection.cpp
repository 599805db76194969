// The stream with its deadlines; every end has its reason.
#include "server/connection.hpp"

#include "base/encoding.hpp"
#include "net/asio.hpp"
#include "net/listen/proxy_protocol.hpp"

#include <algorithm>
#include <utility>

namespace server {
namespace {

constexpr std::size_t session_id_octets = 8; // unique in the log for longer than any log is kept

bool in_any(const std::vector<net::network>& networks, const net::address_octets& address)
{
    return std::ranges::any_of(networks,
                               [&](const net::network& network) { return network.contains(address); });
}

} // namespace

connection::connection(shared_state& shared, thread_buffers& buffers,
                       std::shared_ptr<const server::site> site, const listener_settings& listener,
                       net::stream::socket connected, net::peer_address peer)
    : office_(shared),
      buffers_(buffers),
      site_(std::move(site)),
      listener_(listener),
      stream_(std::move(connected), peer),
      live_(std::make_shared<live_session>(base::to_hex(shared.with.random.octets(session_id_octets)),
                                           listener.service, stream_.executor(), now())),
      pause_timer_(stream_.executor())
{
    live_->set_address(peer.text());
    live_->when_ended([this](server::ending ending) { end(ending); });
    office_.sessions.add(live_);
    if (office_.stopping) end(server::ending::shutdown);
}

connection::~connection()
{
    office_.sessions.remove(*live_);
    live_->when_ended({});
    stream_.close();
}

awaitable<bool> connection::read_proxy_header()
{
    const auto& networks = listener_.proxy_networks;
    if (!in_any(networks, stream_.peer().octets) || stream_.peer().local) co_return goes_on();
    waiting_ = true;
    auto told = co_await net::read_proxy_header(stream_, site_settings().deadlines.proxy_header);
    waiting_ = false;
    if (!told) {
        office_.with.log.warning("proxy-header-refused", {{"session", live_->id()},
                                                          {"address", stream_.peer().text()},
                                                          {"error", told.error().operator_text}});
        fail(told.error());
        co_return false;
    }
    live_->set_address(stream_.peer().text());
    co_return goes_on();
}

awaitable<bool> connection::start_tls()
{
    auto context = listener_.service == service::pop3 ? site_->pop3_tls : site_->mail_in_tls;
    const auto limit = handshake_limit();
    live_->enter(phase::handshake);
    waiting_ = true;
    auto facts = co_await stream_.handshake(std::move(context), limit);
    waiting_ = false;
    office_.metrics.handshake(facts ? std::string_view(facts->version) : "failed");
    if (!facts) {
        office_.with.log.info("tls-handshake-failed", {{"session", live_->id()},
                                                       {"address", stream_.peer().text()},
                                                       {"error", facts.error().operator_text}});
        close_because(ending_ != server::ending::none ? reason::told : reason::handshake_failed);
        co_return false;
    }
    live_->tls_started();
    co_return goes_on();
}

awaitable<bool> connection::welcome()
{
    if (listener_.tls == tls_mode::implicit) co_return co_await start_tls();
    co_return goes_on();
}

awaitable<void> connection::turn_away(std::string& closing_reply)
{
    if (listener_.tls != tls_mode::implicit) co_await write(closing_reply);
    close_because(reason::protocol_limit);
}

awaitable<void> connection::perform_actions(const std::function<awaitable<void>()>& perform_next) const
{
    while (!over()) {
        auto performed = perform_next(); // named, because g++ 12 destroys temporaries of a co_await twice
        co_await std::move(performed);
    }
}

awaitable<bool> connection::upgrade_to_tls(std::size_t pending, std::string& reply)
{
    const std::size_t injected = pending + stream_.drop_plaintext();
    if (injected > 0)
        office_.with.log.warning("stls-injection", {{"session", live_->id()},
                                                    {"address", stream_.peer().text()},
                                                    {"octets", static_cast<std::uint64_t>(injected)}});
    const bool written = co_await write(reply);
    if (!written) co_return false;
    co_return co_await start_tls();
}

awaitable<bool> connection::flush(std::string& output, std::size_t buffered)
{
    const bool written = co_await write(output);
    if (!written) co_return false;
    buffers_.take_back(output);
    // The machine holds back less than a line here; more would mean that it does not bound what it keeps.
    if (buffered > site_settings().limits.buffered_octets_max) close_because(reason::protocol_limit);
    co_return !over();
}

awaitable<std::string_view> connection::read(milliseconds limit, std::string_view closing_reply)
{
    if (ending_ == server::ending::shutdown && !held_) co_return std::string_view{};
    if (!goes_on() && ending_ != server::ending::shutdown) {
        close_because(reason::told);
        co_return std::string_view{};
    }
    waiting_ = true;
    auto got = co_await stream_.read_some(buffers_.received, limit);
    waiting_ = false;
    if (!got) {
        if (ending_ == server::ending::shutdown && !held_) co_return std::string_view{};
        std::string last_words(got.error().kind == base::failure::timed_out ? closing_reply
                                                                            : std::string_view());
        co_await write(last_words, true);
        fail(got.error());
        co_return std::string_view{};
    }
    live_->touch(now());
    co_return std::string_view(buffers_.received.data(), *got);
}

awaitable<bool> connection::write(std::string& output, bool last)
{
    if (over()) co_return false;
    if (output.empty()) co_return true;
    const auto limit = site_settings().deadlines.write;
    auto writing = last ? stream_.write_last(output, limit) : stream_.write(output, limit);
    auto written = co_await std::move(writing);
    if (!written) {
        const bool slow = written.error().kind == base::failure::timed_out;
        fail(written.error());
        if (slow) why_ = reason::slow_reader;
        co_return false;
    }
    live_->add_octets_sent(output.size());
    live_->touch(now());
    output.clear();
    co_return true;
}

awaitable<bool> connection::pause(std::chrono::nanoseconds duration)
{
    if (!goes_on()) co_return false;
    if (duration.count() <= 0) co_return true;
    waiting_ = true;
    pause_timer_.expires_after(duration);
    co_await pause_timer_.async_wait(net::without_exceptions);
    waiting_ = false;
    co_return goes_on();
}

void connection::close_because(reason why)
{
    if (why_ == reason::open) why_ = why;
}

std::string_view connection::why() const
{
    switch (why_) {
    case reason::open: return "open";
    case reason::quit: return "quit";
    case reason::peer_closed: return "peer-closed";
    case reason::timed_out: return "timed-out";
    case reason::slow_reader: return "slow-reader";
    case reason::protocol_limit: return "protocol-limit";
    case reason::handshake_failed: return "tls-handshake-failed";
    case reason::told: return name_of(ending_);
    case reason::trouble: return "trouble";
    }
    return "unknown";
}

milliseconds connection::log_in_time_left() const
{
    const auto& deadlines = site_settings().deadlines;
    const bool stressed = office_.stressed(site_settings().limits);
    const auto allowed = stressed ? deadlines.log_in_stressed : deadlines.log_in;
    const auto passed = std::chrono::duration_cast<milliseconds>(now() - live_->since());
    // A millisecond is left to a late one, so that the wait itself tells of the time-out.
    return std::max(allowed - passed, milliseconds(1));
}

milliseconds connection::handshake_limit() const
{
    const auto& deadlines = site_settings().deadlines;
    if (listener_.service != service::pop3) return deadlines.tls_handshake;
    const bool stressed = office_.stressed(site_settings().limits);
    return std::min(stressed ? deadlines.tls_handshake_stressed : deadlines.tls_handshake,
                    log_in_time_left());
}

bool connection::exempt() const
{
    return stream_.peer().local || in_any(site_settings().limits.exempt_networks, stream_.peer().octets);
}

awaitable<connection_limits::refusal> connection::enter()
{
    using refusal = connection_limits::refusal;
    const auto service_name = name_of(listener_.service);
    office_.metrics.connection(service_name);
    office_.with.log.debug(
        "connect", {{"session", live_->id()}, {"service", service_name}, {"address", stream_.peer().text()}});
    const auto shares = shares_of(listener_.service, site_settings().limits);
    auto& counts = office_.connections(listener_.service);
    auto entered = counts.enter(shares, office_.with.random);
    if (!entered) co_return counts.total() >= shares.connections_max ? refusal::full : refusal::early_drop;
    place_.emplace(*std::move(entered));
    const bool has_peer = co_await read_proxy_header();
    if (!has_peer || exempt()) co_return refusal::none;
    co_return place_->settle(stream_.peer().octets, shares);
}

/// A session that only waits can be cut off at once. One that works is left to finish its command, unless its
/// end is not meant to be gentle; then the stream fails under it.
void connection::end(server::ending ending)
{
    if (ending == server::ending::gave_way && !waiting_) return; // it was idle, and woke up in time
    ending_ = std::max(ending_, ending);
    if (ending == server::ending::shutdown && (!waiting_ || held_)) return;
    if (ending == server::ending::shutdown)
        stream_.stop_reading(); // last words may be due
    else
        stream_.cancel();
    pause_timer_.cancel();
}

void connection::fail(const base::error& what)
{
    if (ending_ != server::ending::none) return close_because(reason::told);
    switch (what.kind) {
    case base::failure::timed_out: return close_because(reason::timed_out);
    case base::failure::closed:
    case base::failure::network: return close_because(reason::peer_closed);
    default: return close_because(reason::trouble);
    }
}

} // namespace server
