// One listener and one thread for a service of the operator's side.
#include "server/local_service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace server {

local_service::~local_service()
{
    end();
}

base::result<> local_service::open(const net::listen_address& address, const net::listener_settings& settings)
{
    auto opened = net::listener::open(context_.get_executor(), address, settings);
    if (!opened) return base::fail(opened.error());
    listener_.emplace(*std::move(opened));
    return {};
}

void local_service::start(handler serve)
{
    serve_ = std::move(serve);
    if (listener_) {
        auto take = [this](net::stream::socket connected, net::peer_address peer) {
            boost::asio::co_spawn(context_, serve_(std::move(connected), peer), boost::asio::detached);
        };
        boost::asio::co_spawn(context_, listener_->accept_loop(std::move(take)), boost::asio::detached);
    }
    thread_ = std::thread([this] { context_.run(); });
}

void local_service::end()
{
    if (!thread_.joinable()) return;
    boost::asio::post(context_, [this] {
        if (listener_) listener_->stop();
        for (auto* stream : streams_) stream->cancel();
        stay_.reset();
    });
    thread_.join();
}

void local_service::end_oldest()
{
    streams_.front()->cancel();
    streams_.erase(streams_.begin());
}

} // namespace server
