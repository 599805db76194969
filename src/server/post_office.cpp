// Composition of the members, and the order in which they open and close.
#include "server/post_office.hpp"

#include "server/admin_service.hpp"
#include "server/housekeeping.hpp"
#include "server/metrics_service.hpp"
#include "server/shared_state.hpp"
#include "server/status.hpp"
#include "server/worker_thread.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>

namespace server {
namespace {

std::size_t cores()
{
    return std::max(1U, std::thread::hardware_concurrency());
}

/// Each hash takes a core and many megabytes for its time.
std::size_t hash_threads(const settings& site)
{
    return site.hash_threads ? site.hash_threads : std::min<std::size_t>(cores(), 4);
}

} // namespace

/// Destroyed from the last member up: first the pool, whose jobs come back to the contexts, then the contexts,
/// whose coroutines use all the rest. Jobs of the disk pool and calls of the store keep a context running until they
/// are done.
struct post_office::members {
    members(settings wanted, const environment& environment, hooks calls, post_office& self)
        : first(std::move(wanted)),
          called(std::move(calls)),
          shared(environment, hash_pool, hash_threads(first), first.limits.hash_queue_max),
          begun(environment.clock.steady_now()),
          closing_timer(management),
          admin(requests(self, called), environment.disk_pool, environment.log, first.version),
          metrics(shared, environment.authenticator, called),
          keeping(
              management, shared,
              [&self](const settings& unchanged) -> base::result<> {
                  if (auto reloaded = self.reload(unchanged); !reloaded) return base::fail(reloaded.error());
                  return {};
              },
              called.refresh_users),
          hash_pool(hash_threads(first), first.limits.hash_queue_max * fair_queue::standings)
    {
        if (called.log_lines_dropped) shared.log_lines_dropped = called.log_lines_dropped;
    }

    base::result<> open_listener(std::size_t index);
    void close_doors();
    void insist();
    static admin_requests requests(post_office& self, const hooks& calls);
    void warn_of(const site& present) const;

    const settings first; ///< as constructed: threads, queues and listeners never change
    const hooks called;
    shared_state shared;
    const base::steady_time begun;
    std::mutex reloading;
    std::mutex stopping;
    unsigned stops = 0;

    boost::asio::io_context management{1};
    boost::asio::steady_timer closing_timer;
    admin_service admin;
    metrics_service metrics;
    housekeeping keeping;
    std::vector<std::unique_ptr<worker_thread>> workers;
    base::worker_pool hash_pool;
};

post_office::post_office(settings site, environment environment, hooks calls)
    : members_(std::make_unique<members>(std::move(site), environment, std::move(calls), *this))
{
}

post_office::~post_office() = default;

base::result<> post_office::open()
{
    auto& state = *members_;
    auto present = site::load(state.first, state.shared.with.certificates,
                              state.shared.with.users.own_times(), state.shared.with.clock.now());
    if (!present) return base::fail(present.error());
    state.warn_of(**present);
    state.shared.present_site.replace(*present);
    state.shared.metrics.set_build(state.first.version);
    const std::size_t threads = state.first.threads ? state.first.threads : cores();
    for (std::size_t made = 0; made < threads; ++made)
        state.workers.push_back(std::make_unique<worker_thread>(state.shared));
    for (std::size_t index = 0; index < state.first.listeners.size(); ++index)
        if (auto opened = state.open_listener(index); !opened) return opened;
    if (state.first.metrics)
        if (auto opened = state.metrics.open(*state.first.metrics); !opened) return opened;
    if (!state.first.admin_socket_path.empty())
        if (auto opened = state.admin.open(state.first.admin_socket_path); !opened) return opened;
    return {};
}

admin_requests post_office::members::requests(post_office& self, const hooks& calls)
{
    return {.status = [&self] { return self.status(); },
            .who = [&self] { return self.who(); },
            .kick = [&self](std::string_view user_or_session) { return self.kick(user_or_session); },
            .reload = calls.reload};
}

base::result<> post_office::members::open_listener(std::size_t index)
{
    const auto& wanted = first.listeners[index];
    auto& front = *workers.front();
    auto opened =
        wanted.inherited_descriptor
            ? net::listener::adopt(front.executor(), *wanted.inherited_descriptor)
            : net::listener::open(front.executor(), wanted.address, {.unix_mode = wanted.socket_mode});
    if (!opened) return base::fail(opened.error());
    for (std::size_t other = 1; other < workers.size(); ++other) {
        auto sibling = opened->sibling(workers[other]->executor());
        if (!sibling) return base::fail(sibling.error());
        workers[other]->add(*std::move(sibling), index);
    }
    front.add(*std::move(opened), index);
    return {};
}

std::vector<open_listener> post_office::listening() const
{
    std::vector<open_listener> out;
    if (members_->workers.empty()) return out;
    const auto& listeners = members_->workers.front()->listeners();
    for (std::size_t index = 0; index < listeners.size(); ++index) {
        const auto& wanted = members_->first.listeners[index];
        out.push_back({.service = wanted.service,
                       .tls = wanted.tls,
                       .address = listeners[index].address(),
                       .port = listeners[index].port()});
    }
    return out;
}

std::string post_office::metrics_address() const
{
    return members_->metrics.address();
}

void post_office::run()
{
    auto& state = *members_;
    auto stay = boost::asio::make_work_guard(state.management);
    state.admin.start();
    state.metrics.start();
    state.keeping.start();
    for (auto& worker : state.workers) worker->start();
    // The other threads go on while these close: an operator may watch it, or insist.
    std::thread closing([&state, &stay] {
        for (auto& worker : state.workers) worker->join();
        state.admin.end();
        state.metrics.end();
        boost::asio::post(state.management, [&state, &stay] {
            state.closing_timer.cancel();
            state.keeping.stop();
            stay.reset();
        });
    });
    state.management.run();
    closing.join();
    state.shared.with.log.notice("stopped");
}

void post_office::stop()
{
    auto& state = *members_;
    const std::lock_guard lock(state.stopping);
    if (state.stops++ == 0)
        state.close_doors();
    else
        state.insist();
}

void post_office::members::close_doors()
{
    shared.with.log.notice("stopping", {{"sessions", static_cast<std::uint64_t>(shared.sessions.size())}});
    shared.stopping = true;
    // Before the workers are told: the last of them to end cancels this timer, and must find it armed.
    boost::asio::post(management, [this] {
        closing_timer.expires_after(shared.present_site.get()->settings.deadlines.shutdown);
        closing_timer.async_wait([this](boost::system::error_code cancelled) {
            if (!cancelled) insist();
        });
    });
    for (auto& worker : workers) worker->stop();
    shared.sessions.end_all(ending::shutdown);
}

void post_office::members::insist()
{
    shared.with.log.warning("stopping-at-once",
                            {{"sessions", static_cast<std::uint64_t>(shared.sessions.size())}});
    shared.sessions.end_all(ending::shutdown_at_once);
}

base::result<std::vector<std::string>> post_office::reload(settings site)
{
    auto& state = *members_;
    const std::lock_guard lock(state.reloading);
    const auto previous = state.shared.present_site.get();
    std::vector<std::string> differing = keep_what_cannot_change(site, state.first);
    auto present =
        site::load(std::move(site), state.shared.with.certificates, state.shared.with.users.own_times(),
                   state.shared.with.clock.now(), previous.get());
    if (!present) {
        reload_refused(present.error());
        return base::fail(present.error());
    }
    state.shared.metrics.reload(true);
    state.warn_of(**present);
    state.shared.present_site.replace(*present);
    state.keeping.certificates_changed();
    state.shared.with.log.notice("reloaded");
    return differing;
}

void post_office::reload_refused(const base::error& error)
{
    members_->shared.metrics.reload(false);
    std::istringstream lines(error.operator_text);
    for (std::string line; std::getline(lines, line);)
        members_->shared.with.log.error("reload-refused", {{"why", std::string_view(line)}});
}

void post_office::users_changed()
{
    auto& state = *members_;
    const std::lock_guard lock(state.reloading);
    state.shared.present_site.replace(
        state.shared.present_site.get()->with_users(state.shared.with.users.own_times()));
}

void post_office::members::warn_of(const site& present) const
{
    if (!present.pop3_tls) return;
    for (const auto& warning : present.pop3_tls->warnings())
        shared.with.log.warning("certificate", {{"warning", warning}});
}

std::vector<session_summary> post_office::who() const
{
    return members_->shared.sessions.who(members_->shared.with.clock.steady_now());
}

std::size_t post_office::kick(std::string_view user_or_session)
{
    return members_->shared.sessions.kick(user_or_session);
}

std::string post_office::status() const
{
    return status_json(members_->shared, members_->begun, listening(), metrics_address());
}

} // namespace server
