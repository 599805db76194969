// Answers collectors; gauges are read when somebody asks.
#include "server/metrics_service.hpp"

#include "net/asio.hpp"
#include "server/store_call.hpp"

#include <utility>

namespace server {

metrics_service::metrics_service(shared_state& shared, const auth::authenticator& authenticator,
                                 const hooks& calls)
    : office_(shared), authenticator_(authenticator), hooks_(calls)
{
}

void metrics_service::start()
{
    connections_.start([this](net::stream::socket connected, net::peer_address peer) {
        return serve(std::move(connected), peer);
    });
}

awaitable<void> metrics_service::serve(net::stream::socket connected, net::peer_address peer)
{
    net::stream stream(std::move(connected), peer);
    // The newest comes in: somebody who holds all places and says nothing must not keep a collector out.
    if (connections_.size() >= metrics_connections_max) connections_.end_oldest();
    connections_.add(stream);
    const net::http_handler handler = [this](std::string_view path) { return answer(path); };
    co_await net::serve_http(stream, handler);
    connections_.remove(stream);
}

awaitable<net::http_response> metrics_service::answer(std::string_view path)
{
    if (path == "/health") co_return co_await health();
    if (path != "/metrics")
        co_return net::http_response{.status = 404, .body = "only /metrics and /health are here\n"};
    read_gauges();
    co_return net::http_response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                 .body = office_.metrics.text()};
}

/// For a load balancer: 503 where new sessions and mail had better go elsewhere. The log says what is missing. Who asks
/// while the store has not answered waits for the same answer: a disk that hangs has one job for this, not one a probe.
awaitable<net::http_response> metrics_service::health()
{
    if (office_.stopping) co_return net::http_response{.status = 503, .body = "stopping\n"};
    auto question = asked_.lock();
    if (!question || question->ready) {
        const auto executor = co_await boost::asio::this_coro::executor;
        question = std::make_shared<store_question>(executor);
        asked_ = question;
        boost::asio::co_spawn(executor, ask_store(question), boost::asio::detached);
    }
    if (!question->ready) co_await question->answered.async_wait(net::without_exceptions);
    if (question->ready.value_or(false)) co_return net::http_response{.body = "ok\n"};
    co_return net::http_response{.status = 503, .body = "the mail store is not ready\n"};
}

awaitable<void> metrics_service::ask_store(std::shared_ptr<store_question> question)
{
    const auto ask = [this](store::completion<> done) { office_.with.mail.ready(std::move(done)); };
    const auto ready = co_await store_call<void>(ask);
    if (!ready)
        office_.not_ready.note(office_.with.log, office_.with.clock.steady_now(),
                               ready.error().operator_text);
    question->ready = ready.has_value();
    question->answered.cancel();
}

void metrics_service::read_gauges()
{
    auto counts = office_.sessions.count_by_phase();
    for (const auto where : {phase::handshake, phase::authorization, phase::transaction, phase::retrieving,
                             phase::update, phase::mail_in})
        office_.metrics.set_sessions(name_of(where), counts[where]);
    office_.metrics.set_queue("disk", office_.with.disk_pool.queued());
    office_.metrics.set_queue("hash", office_.hash_queue.queued());
    const auto figures = authenticator_.figures();
    office_.metrics.set_success_cache(figures.cache_hits, figures.cache_misses);
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
