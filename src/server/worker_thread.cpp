// Accepting connections and giving each its coroutine.
#include "server/worker_thread.hpp"

#include "lmtp/reply.hpp"
#include "server/mail_in_connection.hpp"
#include "server/pop3_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <exception>
#include <utility>

namespace server {
namespace {

/// Out of descriptors: all that can be said in one packet and without a connection object.
std::string closing_reply(const settings& site, const listener_settings& listener)
{
    if (listener.tls == tls_mode::implicit) return {};
    if (listener.service == service::pop3) return "-ERR [SYS/TEMP] server full, try again later\r\n";
    return lmtp::format_reply(lmtp::closing_reply(site.host_name, "4.3.2", "Server full, try again later"));
}

/// The only place where a broken program's exception is caught: it costs its own connection, no other.
template <typename Connection>
awaitable<void> serve_to_its_end(shared_state& shared, thread_buffers& buffers,
                                 std::shared_ptr<const site> present, std::size_t index,
                                 net::stream::socket connected, net::peer_address peer)
{
    try {
        const auto& listener = present->settings.listeners[index];
        Connection served(shared, buffers, present, listener, std::move(connected), peer);
        co_await served.run();
    } catch (const std::exception& broken) {
        shared.with.log.error("broken-connection", {{"address", peer.text()}, {"error", broken.what()}});
    }
}

} // namespace

worker_thread::worker_thread(shared_state& shared) : office_(shared), stay_(context_.get_executor()) {}

worker_thread::~worker_thread()
{
    join();
}

void worker_thread::add(net::listener listener, std::size_t index)
{
    listeners_.push_back(std::move(listener));
    indexes_.push_back(index);
}

void worker_thread::start()
{
    for (std::size_t position = 0; position < listeners_.size(); ++position) accept(position);
    thread_ = std::thread([this] { context_.run(); });
}

void worker_thread::stop()
{
    boost::asio::post(context_, [this] {
        for (auto& listener : listeners_) listener.stop();
        stay_.reset();
    });
}

void worker_thread::join()
{
    if (thread_.joinable()) thread_.join();
}

void worker_thread::accept(std::size_t position)
{
    const std::size_t index = indexes_[position];
    auto take = [this, index](net::stream::socket connected, net::peer_address peer) {
        serve(index, std::move(connected), peer);
    };
    const auto present = office_.present_site.get();
    auto loop = listeners_[position].accept_loop(
        std::move(take), closing_reply(present->settings, present->settings.listeners[index]),
        [this] { note_shortage(); });
    boost::asio::co_spawn(context_, std::move(loop), boost::asio::detached);
}

void worker_thread::note_shortage()
{
    office_.metrics.connection_refused("server-full");
    const auto error = base::error_from_errno(EMFILE, "accept a connection");
    office_.shortage.note(office_.with.log, office_.with.clock.steady_now(), error.operator_text);
}

void worker_thread::serve(std::size_t index, net::stream::socket connected, net::peer_address peer)
{
    auto present = office_.present_site.get();
    const bool pop3 = present->settings.listeners[index].service == service::pop3;
    auto serving = pop3 ? serve_to_its_end<pop3_connection>(office_, buffers_, std::move(present), index,
                                                            std::move(connected), peer)
                        : serve_to_its_end<mail_in_connection>(office_, buffers_, std::move(present), index,
                                                               std::move(connected), peer);
    boost::asio::co_spawn(context_, std::move(serving), boost::asio::detached);
}

} // namespace server
