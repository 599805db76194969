// Answers collectors; gauges are read when somebody asks.
#include "server/metrics_service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace server {

metrics_service::metrics_service(boost::asio::io_context& context, office& shared,
                                 const auth::authenticator& authenticator, const hooks& calls)
    : context_(context), office_(shared), authenticator_(authenticator), hooks_(calls)
{
}

base::result<> metrics_service::open(const net::listen_address& address)
{
    auto opened = net::listener::open(context_.get_executor(), address);
    if (!opened) return base::fail(opened.error());
    listener_.emplace(*std::move(opened));
    return {};
}

void metrics_service::start()
{
    if (!listener_) return;
    auto take = [this](net::stream::socket connected, net::peer_address peer) {
        boost::asio::co_spawn(context_, serve(std::move(connected), peer), boost::asio::detached);
    };
    boost::asio::co_spawn(context_, listener_->accept_loop(std::move(take)), boost::asio::detached);
}

void metrics_service::stop()
{
    if (listener_) listener_->stop();
    for (auto* stream : open_) stream->cancel();
}

boost::asio::awaitable<void> metrics_service::serve(net::stream::socket connected, net::peer_address peer)
{
    net::stream stream(std::move(connected), peer);
    // The newest comes in: somebody who holds all places and says nothing must not keep a collector out.
    if (open_.size() >= metrics_connections_max) {
        open_.front()->cancel();
        open_.erase(open_.begin());
    }
    open_.push_back(&stream);
    const net::http_handler handler = [this](std::string_view path) { return answer(path); };
    co_await net::serve_http(stream, handler);
    std::erase(open_, &stream);
}

net::http_response metrics_service::answer(std::string_view path)
{
    if (path == "/health") {
        if (office_.stopping) return {.status = 503, .body = "stopping\n"};
        return {.body = "ok\n"};
    }
    if (path != "/metrics") return {.status = 404, .body = "only /metrics and /health are here\n"};
    read_gauges();
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = office_.metrics.text()};
}

void metrics_service::read_gauges()
{
    auto counts = office_.sessions.count_by_phase();
    for (const auto where : {phase::handshake, phase::authorization, phase::transaction, phase::retrieving,
                             phase::update, phase::mail_in})
        office_.metrics.set_sessions(name_of(where), counts[where]);
    office_.metrics.set_queue("disk", office_.disk_pool.queued());
    office_.metrics.set_queue("hash", office_.hash_queue.queued());
    office_.metrics.set_success_cache(authenticator_.cache_hits(), authenticator_.cache_misses());
    office_.metrics.set_users(office_.with.users.users());
    office_.metrics.set_snapshots(office_.with.mail.snapshot_counts());
    if (hooks_.look_at_machine) office_.metrics.set_machine(hooks_.look_at_machine());
    office_.metrics.set_log_lines_dropped(office_.log_lines_dropped());
    office_.metrics.set_certificate_refused(office_.certificate_refused);
    if (const auto present = office_.present_site.get(); present->pop3_tls) {
        office_.metrics.set_certificate_expiry(present->pop3_tls->valid_until());
        office_.metrics.set_certificates(present->pop3_tls->certificates(), office_.with.clock.now());
    }
}

} // namespace server
