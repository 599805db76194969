// Requests of the operator, checked for who asks.
#include "server/admin_service.hpp"

#include "net/deadline.hpp"
#include "server/store_call.hpp"

#include <boost/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace server {
namespace {

/// Root and the daemon's own user alone come here; more at once is a script gone wild.
constexpr std::size_t admin_connections_max = 16;
constexpr milliseconds request_limit = seconds(5); // a local program writes its line at once
constexpr std::size_t request_octets_max = 1024;   // a verb and a user name of at most 255 octets

bool may_ask(int socket)
{
    ucred peer{};
    socklen_t octets = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &octets) != 0) return false;
    return peer.uid == 0 || peer.uid == ::geteuid();
}

std::string failed(std::string_view reason)
{
    return boost::json::serialize(boost::json::object{{"error", reason}});
}

boost::json::object to_json(const session_summary& session)
{
    return {{"id", session.id},
            {"service", session.service},
            {"user", session.user},
            {"address", session.address},
            {"state", session.state},
            {"tls", session.tls},
            {"connected_seconds", session.connected_seconds},
            {"idle_seconds", session.idle_seconds},
            {"octets_sent", session.octets_sent}};
}

} // namespace

admin_service::admin_service(admin_requests requests, base::worker_pool& pool, base::log& log,
                             std::string version)
    : requests_(std::move(requests)), pool_(pool), log_(log), version_(std::move(version))
{
}

base::result<> admin_service::open(const std::string& path)
{
    net::listen_address address;
    address.text = path;
    address.path = path;
    return connections_.open(address, {.unix_mode = 0600});
}

void admin_service::start()
{
    connections_.start([this](net::stream::socket connected, net::peer_address peer) {
        return serve(std::move(connected), peer);
    });
}

awaitable<void> admin_service::serve(net::stream::socket connected, net::peer_address peer)
{
    if (!may_ask(connected.native_handle())) {
        log_.warning("admin-refused", {{"why", "neither root nor our own user"}});
        co_return;
    }
    if (open_ >= admin_connections_max) {
        log_.warning("admin-refused", {{"why", "too many connections"}});
        co_return;
    }
    net::stream stream(std::move(connected), peer);
    ++open_;
    connections_.add(stream);
    auto request = co_await read_request(stream);
    connections_.remove(stream);
    if (request) {
        log_.info("admin", {{"request", *request}});
        std::string reply = co_await answer(*std::move(request));
        reply += '\n';
        co_await stream.write(reply, request_limit);
    }
    --open_;
}

awaitable<std::optional<std::string>> admin_service::read_request(net::stream& stream)
{
    const auto deadline = net::deadline_after(request_limit);
    std::string request;
    std::array<char, request_octets_max> piece;
    while (!request.ends_with('\n')) {
        const auto got = co_await stream.read_some(piece, net::time_left(deadline));
        if (!got || request.size() + *got > request_octets_max) co_return std::nullopt;
        request.append(piece.data(), *got);
    }
    request.pop_back();
    co_return request;
}

awaitable<std::string> admin_service::answer(std::string request)
{
    if (request == "reload") co_return co_await reload();
    co_return answer_at_once(request);
}

std::string admin_service::answer_at_once(std::string_view request)
{
    constexpr std::string_view kick = "kick ";
    if (request == "version")
        return boost::json::serialize(boost::json::object{{"ok", true}, {"version", version_}});
    if (request == "status") return requests_.status();
    if (request == "who") {
        boost::json::array sessions;
        for (const auto& session : requests_.who()) sessions.push_back(to_json(session));
        return boost::json::serialize(boost::json::object{{"ok", true}, {"sessions", std::move(sessions)}});
    }
    if (request.starts_with(kick) && request.size() > kick.size()) {
        const auto ended = requests_.kick(request.substr(kick.size()));
        return boost::json::serialize(boost::json::object{{"ok", true}, {"ended", ended}});
    }
    return failed("unknown request; known are: version, status, who, kick USER|SESSION, reload");
}

awaitable<std::string> admin_service::reload()
{
    if (!requests_.reload) co_return failed("this server has no configuration to reload");
    auto load = [this] { return requests_.reload(); };
    auto done = co_await on_pool(pool_, std::move(load));
    if (!done) co_return failed(done.error().operator_text);
    co_return boost::json::serialize(boost::json::object{{"ok", true}});
}

} // namespace server
