// Who is connected: what every thread may see of a session, and how it may end one.
#pragma once

#include "base/clock.hpp"
#include "server/summaries.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace server {

enum class phase { handshake, authorization, transaction, retrieving, update, mail_in };
std::string_view name_of(phase where);
std::string_view name_of(service service);

/// Why somebody else ends a session. None of them removes a message.
enum class ending {
    none,
    lost_lock,        ///< the store took its maildrop's lock away
    gave_way,         ///< it held a maildrop, idle, and another session wants it
    shutdown,         ///< the post office closes: commands under way may finish
    kicked,           ///< the operator wants it gone at once
    shutdown_at_once, ///< closing has lasted too long, or the operator insists
};
std::string_view name_of(ending ending);

/// The public side of one connection. Its own thread writes it, any thread reads it.
class live_session {
public:
    using on_end = std::function<void(ending)>;

    live_session(std::string id, service service, boost::asio::any_io_executor home, base::steady_time now);

    const std::string& id() const { return id_; }
    service which() const { return which_; }

    void enter(phase where) { phase_.store(where, std::memory_order_relaxed); }
    phase where() const { return phase_.load(std::memory_order_relaxed); }
    void touch(base::steady_time now) { active_.store(now, std::memory_order_relaxed); }
    void add_octets_sent(std::uint64_t octets) { sent_.fetch_add(octets, std::memory_order_relaxed); }
    void tls_started() { tls_.store(true, std::memory_order_relaxed); }
    void set_address(std::string text);
    void set_user(std::string name);
    std::string user() const;
    std::uint64_t octets_sent() const { return sent_.load(std::memory_order_relaxed); }
    base::steady_time last_active() const { return active_.load(std::memory_order_relaxed); }
    base::steady_time since() const { return since_; }

    session_summary summary(base::steady_time now) const;

    /// On the session's own thread: who is told of end(); an empty one when the connection goes.
    void when_ended(on_end told) { told_ = std::move(told); }
    /// From any thread: tells the connection on its own. It may have ended meanwhile.
    static void end(const std::shared_ptr<live_session>& session, ending ending);

private:
    const std::string id_;
    const service which_;
    const boost::asio::any_io_executor home_;
    const base::steady_time since_;
    std::atomic<phase> phase_{phase::handshake};
    std::atomic<base::steady_time> active_;
    std::atomic<std::uint64_t> sent_{0};
    std::atomic<bool> tls_{false};
    mutable std::mutex mutex_; // for the texts
    std::string address_, user_;
    on_end told_; // own thread only
};

/// All live sessions. Thread-safe.
class session_registry {
public:
    void add(std::shared_ptr<live_session> session);
    void remove(const live_session& session);

    std::vector<session_summary> who(base::steady_time now) const;
    std::size_t size() const;
    std::map<phase, std::size_t> count_by_phase() const;

    /// The session of that id, else every session of that user; how many were told.
    std::size_t kick(std::string_view user_or_session);
    /// POP3 sessions of `user` that have been idle in TRANSACTION since before `idle_since`.
    std::size_t end_idle_holders(std::string_view user, base::steady_time idle_since);
    void end_all(ending ending);

private:
    std::vector<std::shared_ptr<live_session>> all() const;

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<live_session>> sessions_;
};

} // namespace server
