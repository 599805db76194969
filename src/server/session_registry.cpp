// The list of live sessions; messages to them travel as posts to their own threads.
#include "server/session_registry.hpp"

#include "auth/account.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace server {

std::string_view name_of(phase where)
{
    switch (where) {
    case phase::handshake: return "handshake";
    case phase::authorization: return "authorization";
    case phase::transaction: return "transaction";
    case phase::retrieving: return "retrieving";
    case phase::update: return "update";
    case phase::mail_in: return "mail-in";
    }
    return "unknown";
}

std::string_view name_of(service service)
{
    switch (service) {
    case service::pop3: return "pop3";
    case service::lmtp: return "lmtp";
    case service::smtp: return "smtp";
    }
    return "unknown";
}

std::string_view name_of(ending ending)
{
    switch (ending) {
    case ending::none: return "none";
    case ending::lost_lock: return "lost-lock";
    case ending::gave_way: return "gave-way";
    case ending::shutdown:
    case ending::shutdown_at_once: return "shutdown";
    case ending::kicked: return "kicked";
    }
    return "unknown";
}

live_session::live_session(std::string id, service service, boost::asio::any_io_executor home,
                           base::steady_time now)
    : id_(std::move(id)), which_(service), home_(std::move(home)), since_(now), active_(now)
{
}

void live_session::set_address(std::string text)
{
    const std::lock_guard lock(mutex_);
    address_ = std::move(text);
}

void live_session::set_user(std::string name)
{
    const std::lock_guard lock(mutex_);
    user_ = std::move(name);
}

std::string live_session::user() const
{
    const std::lock_guard lock(mutex_);
    return user_;
}

session_summary live_session::summary(base::steady_time now) const
{
    const auto seconds_since = [now](base::steady_time then) {
        const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - then).count();
        return static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0));
    };
    const std::lock_guard lock(mutex_);
    return {.id = id_,
            .service = std::string(name_of(which_)),
            .user = user_,
            .address = address_,
            .state = std::string(name_of(where())),
            .tls = tls_.load(std::memory_order_relaxed),
            .connected_seconds = seconds_since(since_),
            .idle_seconds = seconds_since(last_active()),
            .octets_sent = octets_sent()};
}

void live_session::end(const std::shared_ptr<live_session>& session, ending ending)
{
    boost::asio::post(session->home_, [session, ending] {
        if (session->told_) session->told_(ending);
    });
}

void session_registry::add(std::shared_ptr<live_session> session)
{
    const std::lock_guard lock(mutex_);
    sessions_.emplace(session->id(), std::move(session));
}

void session_registry::remove(const live_session& session)
{
    const std::lock_guard lock(mutex_);
    sessions_.erase(session.id());
}

std::vector<session_summary> session_registry::who(base::steady_time now) const
{
    std::vector<session_summary> out;
    for (const auto& session : all()) out.push_back(session->summary(now));
    std::ranges::sort(out, std::ranges::greater{}, &session_summary::connected_seconds);
    return out;
}

std::size_t session_registry::size() const
{
    const std::lock_guard lock(mutex_);
    return sessions_.size();
}

std::map<phase, std::size_t> session_registry::count_by_phase() const
{
    std::map<phase, std::size_t> out;
    for (const auto& session : all()) ++out[session->where()];
    return out;
}

std::size_t session_registry::kick(std::string_view user_or_session)
{
    std::size_t shown = 0;
    const auto name = auth::canonical_name(user_or_session);
    for (const auto& session : all()) {
        const bool is_users = name && auth::canonical_name(session->user()) == name;
        if (session->id() != user_or_session && !is_users) continue;
        live_session::end(session, ending::kicked);
        ++shown;
    }
    return shown;
}

std::size_t session_registry::end_idle_holders(std::string_view user, base::steady_time idle_since)
{
    std::size_t shown = 0;
    for (const auto& session : all()) {
        const bool idle_holder = session->which() == service::pop3 &&
                                 session->where() == phase::transaction &&
                                 session->last_active() <= idle_since && session->user() == user;
        if (!idle_holder) continue;
        live_session::end(session, ending::gave_way);
        ++shown;
    }
    return shown;
}

void session_registry::end_all(ending ending)
{
    for (const auto& session : all()) live_session::end(session, ending);
}

std::vector<std::shared_ptr<live_session>> session_registry::all() const
{
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<live_session>> out;
    out.reserve(sessions_.size());
    for (const auto& [id, session] : sessions_) out.push_back(session);
    return out;
}

} // namespace server
