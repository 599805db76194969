// What a session does in each mode.
#include "modes.hpp"

#include "expectation.hpp"
#include "lmtp_sender.hpp"
#include "pop3_user.hpp"

#include <sys/resource.h>

#include <stdexcept>
#include <thread>

namespace bench {

namespace {

/// Servers that fork wait for their children a little later.
constexpr std::chrono::milliseconds settling_time{300};

double own_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

endpoint need_endpoint(const std::string& text)
{
    const auto parsed = parse_endpoint(text);
    if (!parsed) throw std::runtime_error("no address: " + text);
    return *parsed;
}

// g++ 12 miscompiles co_await within && and ||, and behind co_return: each stands in a statement of its own.
class run {
public:
    explicit run(const options& asked)
        : asked_(asked),
          server_(need_endpoint(asked.server)),
          tls_(SSL_CTX_new(TLS_client_method())),
          load_(asked)
    {
        if (!asked.expected.empty() && !expected_.load(asked.expected))
            throw std::runtime_error("no expectations: " + asked.expected);
        if (asked.resume) SSL_CTX_set_session_cache_mode(tls_.get(), SSL_SESS_CACHE_CLIENT);
        if (asked.sources > 1 && asked.at_once > asked.sources * 28'000)
            throw std::runtime_error("more connections than ports: give more --sources");
    }

    result measure();

private:
    /// What happens between log-in and QUIT.
    using middle = awaitable<bool> (run::*)(worker&, wire&, pop3_user&, const user&);

    awaitable<bool> pop3_session(worker& worker, std::uint64_t number, middle act);
    awaitable<bool> begin(worker& worker, wire& wire, pop3_user& user, std::uint64_t number);
    awaitable<bool> login(worker& worker, wire& wire, pop3_user& as, const user& who);
    awaitable<bool> drain(worker& worker, wire& wire, pop3_user& as, const user& who);
    awaitable<bool> listing(worker& worker, wire& wire, pop3_user& as, const user& who);
    awaitable<bool> hold(worker& worker, std::uint64_t number);
    awaitable<bool> deliver(worker& worker, std::uint64_t number);
    awaitable<void> deliver_at_rate(worker& worker);
    tally run_sessions();

    const user& user_of(std::uint64_t number) const { return asked_.users[number % asked_.users.size()]; }
    bool count_failure(worker& worker, const wire& failed) const
    {
        worker.tally.error(failed.failure());
        return false;
    }

    const options& asked_;
    endpoint server_;
    net::openssl::context tls_;
    expectations expected_;
    load load_; // its threads' contexts outlive the connections below
    /// LMTP connections are kept from message to message: those that nobody uses, by thread.
    struct channel {
        explicit channel(asio::io_context& context, std::span<char> buffer) : to(context), sender(to, buffer)
        {
        }
        wire to;
        lmtp_sender sender;
    };
    std::unordered_map<worker*, std::vector<std::unique_ptr<channel>>> channels_;
};

awaitable<bool> run::begin(worker& worker, wire& wire, pop3_user& user, std::uint64_t number)
{
    std::optional<endpoint> from;
    if (asked_.sources > 1) from = loopback_source(number % asked_.sources);
    if (!co_await wire.connect(server_, from)) co_return false;
    // The ticket is read at the handshake: while this session waits, another one of the thread may replace it.
    if (asked_.tls == tls_mode::implicit) {
        if (!co_await wire.shake_hands(*tls_, worker.ticket)) co_return false;
    }
    if (!co_await user.greeting()) co_return false;
    if (asked_.tls != tls_mode::start_tls) co_return true;
    if (!co_await user.start_tls()) co_return false;
    const bool well = co_await wire.shake_hands(*tls_, worker.ticket);
    co_return well;
}

awaitable<bool> run::pop3_session(worker& worker, std::uint64_t number, middle act)
{
    const auto start = steady::now();
    wire wire(worker.context);
    pop3_user as(wire, worker.buffer);
    const user who = user_of(number);
    bool well = co_await begin(worker, wire, as, number);
    if (well) well = co_await as.log_in(who.name, who.password);
    if (well) {
        worker.tally.time(step::log_in, start);
        well = co_await (this->*act)(worker, wire, as, who);
    }
    if (well) well = co_await as.quit();
    if (!well) co_return count_failure(worker, wire);
    if (asked_.resume) {
        SSL_SESSION_free(worker.ticket);
        worker.ticket = wire.session();
    }
    worker.tally.time(step::session, start);
    co_return true;
}

awaitable<bool> run::login(worker& worker, wire&, pop3_user& as, const user&)
{
    const auto start = steady::now();
    const auto count = co_await as.stat();
    worker.tally.time(step::stat, start);
    co_return count.has_value();
}

awaitable<bool> run::drain(worker& worker, wire& wire, pop3_user& as, const user& who)
{
    const auto count = co_await as.stat();
    if (!count) co_return false;
    holding_builder came;
    auto start = steady::now();
    const auto on_message = [&] {
        worker.tally.time(step::message, start);
        start = steady::now();
    };
    if (!co_await as.retrieve(*count, asked_.window, came, on_message)) co_return false;
    const stored_copy got = std::move(came).build();
    worker.tally.messages += got.messages;
    worker.tally.octets += got.octets;
    if (expected_.empty()) co_return true;
    const std::string differs = expected_.compare(who.name, got);
    co_return differs.empty() || wire.fail(differs);
}

awaitable<bool> run::listing(worker& worker, wire& wire, pop3_user& as, const user&)
{
    auto start = steady::now();
    const auto count = co_await as.stat();
    if (!count) co_return false;
    worker.tally.time(step::stat, start);
    worker.tally.time(step::opened, as.began());
    start = steady::now();
    const auto unique_ids = co_await as.list(pop3::request::uidl);
    worker.tally.time(step::uidl, start);
    start = steady::now();
    const auto sizes = co_await as.list(pop3::request::list);
    worker.tally.time(step::list, start);
    worker.tally.messages += *count;
    if (!unique_ids || !sizes) co_return false;
    co_return (*unique_ids == *count && *sizes == *count) ||
        wire.fail("STAT, UIDL and LIST count differently");
}

awaitable<bool> run::hold(worker& worker, std::uint64_t number)
{
    const auto start = steady::now();
    auto to = std::make_unique<wire>(worker.context);
    pop3_user as(*to, worker.buffer);
    const user& who = user_of(number);
    bool well = co_await begin(worker, *to, as, number);
    if (well) well = co_await as.log_in(who.name, who.password);
    if (!well) co_return count_failure(worker, *to);
    worker.tally.time(step::log_in, start);
    worker.held.push_back(std::move(to));
    co_return true;
}

awaitable<bool> run::deliver(worker& worker, std::uint64_t number)
{
    auto& unused = channels_.at(&worker);
    std::unique_ptr<channel> by;
    if (unused.empty()) {
        by = std::make_unique<channel>(worker.context, worker.buffer);
        const endpoint lmtp = need_endpoint(asked_.lmtp.empty() ? asked_.server : asked_.lmtp);
        bool well = co_await by->to.connect(lmtp, {});
        if (well) well = co_await by->sender.open();
        if (!well) co_return count_failure(worker, by->to);
    } else {
        by = std::move(unused.back());
        unused.pop_back();
    }
    const auto start = steady::now();
    const std::string message = make_message(number, asked_.octets);
    if (!co_await by->sender.send(user_of(number).name, message)) co_return count_failure(worker, by->to);
    worker.tally.time(step::message, start);
    ++worker.tally.delivered;
    worker.tally.octets += message.size();
    unused.push_back(std::move(by));
    co_return true;
}

awaitable<void> run::deliver_at_rate(worker& worker)
{
    asio::steady_timer timer(worker.context);
    const auto start = steady::now();
    for (std::uint64_t number = 0; !load_.over(); ++number) {
        timer.expires_at(start + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(
                                     static_cast<double>(number) / asked_.rate)));
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        // Not waited for: a server that cannot keep up gets more connections, as from an MTA.
        asio::co_spawn(
            worker.context, [this, &worker, number] { return deliver(worker, number); }, asio::detached);
    }
}

tally run::run_sessions()
{
    for (const auto& worker : load_.workers()) channels_[worker.get()];
    const auto with = [this](middle act) {
        return
            [this, act](worker& worker, std::uint64_t number) { return pop3_session(worker, number, act); };
    };
    switch (asked_.mode) {
    case mode::drain: return load_.run(with(&run::drain));
    case mode::listing: return load_.run(with(&run::listing));
    case mode::idle:
        return load_.run([this](worker& worker, std::uint64_t number) { return hold(worker, number); });
    case mode::deliver:
        return load_.run([this](worker& worker, std::uint64_t number) { return deliver(worker, number); });
    case mode::churn:
        return load_.run(with(&run::login), [this](worker& worker) { return deliver_at_rate(worker); });
    case mode::login:
    case mode::null_server: break;
    }
    return load_.run(with(&run::login));
}

result run::measure()
{
    const bool memory = asked_.mode == mode::idle;
    result out;
    out.before = read_usage(asked_.processes, memory);
    const double own_before = own_seconds();
    const auto start = steady::now();
    out.counts = run_sessions();
    out.seconds = std::chrono::duration<double>(steady::now() - start).count();
    out.client_seconds = own_seconds() - own_before;
    std::this_thread::sleep_for(settling_time + asked_.hold);
    out.after = read_usage(asked_.processes, memory);
    for (const auto& worker : load_.workers()) out.held += worker->held.size();
    return out;
}

} // namespace

result run_mode(const options& asked)
{
    return run(asked).measure();
}

} // namespace bench
