// Constant answers, one thread a core.
#include "null_server.hpp"

#include "lmtp_sender.hpp"
#include "wire.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace bench {

namespace {

struct answers {
    std::string stat, uidl, list, message;
};

answers make_answers(const options& asked)
{
    answers out;
    const std::string message = make_message(0, asked.octets);
    out.stat = fmt::format("+OK {} {}\r\n", asked.messages, asked.messages * message.size());
    out.uidl = out.list = "+OK\r\n";
    for (std::size_t i = 1; i <= asked.messages; ++i) {
        out.uidl +=
            fmt::format("{0} 1700000000.M{0:06}P1E0123456789a.null,S={1},W={1}\r\n", i, message.size());
        out.list += fmt::format("{} {}\r\n", i, message.size());
    }
    out.uidl += ".\r\n";
    out.list += ".\r\n";
    out.message = "+OK\r\n" + message + ".\r\n";
    return out;
}

class null_session {
public:
    null_session(bench::socket accepted, const answers& from, SSL_CTX* tls, std::span<char> buffer)
        : wire_(std::move(accepted)), answers_(from), tls_(tls), buffer_(buffer)
    {
    }

    awaitable<void> serve(bool implicit_tls)
    {
        if (implicit_tls) {
            if (!co_await wire_.answer_handshake(*tls_)) co_return;
        }
        if (!co_await wire_.write("+OK\r\n")) co_return;
        while (!over_) {
            const std::string_view got = co_await wire_.read(buffer_);
            if (got.empty()) co_return;
            output_.clear();
            for (const char octet : got) {
                if (octet != '\n')
                    line_ += octet;
                else
                    answer();
            }
            if (!co_await wire_.write(output_)) co_return;
            if (std::exchange(handshake_due_, false)) {
                if (!co_await wire_.answer_handshake(*tls_)) co_return;
            }
        }
    }

private:
    void answer()
    {
        if (line_.starts_with("RETR"))
            output_ += answers_.message;
        else if (line_.starts_with("STAT"))
            output_ += answers_.stat;
        else if (line_.starts_with("UIDL"))
            output_ += answers_.uidl;
        else if (line_.starts_with("LIST"))
            output_ += answers_.list;
        else
            output_ += "+OK\r\n";
        over_ = over_ || line_.starts_with("QUIT");
        handshake_due_ = tls_ != nullptr && line_.starts_with("STLS");
        line_.clear();
    }

    wire wire_;
    const answers& answers_;
    SSL_CTX* tls_;
    std::span<char> buffer_;
    std::string line_, output_;
    bool over_ = false, handshake_due_ = false;
};

using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

acceptor listen(asio::io_context& context, const endpoint& at)
{
    acceptor out(context, at.protocol());
    const int on = 1;
    ::setsockopt(out.native_handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(out.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on,
                 sizeof on); // each thread has its own queue
    out.bind(at);
    out.listen();
    return out;
}

awaitable<void> serve_one(bench::socket accepted, const answers& from, SSL_CTX* tls, std::span<char> buffer,
                          bool implicit_tls)
{
    null_session session(std::move(accepted), from, tls, buffer);
    co_await session.serve(implicit_tls);
}

awaitable<void> accept_all(asio::io_context& context, acceptor& at, const answers& from, SSL_CTX* tls,
                           std::span<char> buffer, bool implicit_tls)
{
    for (;;) {
        bench::socket accepted(context);
        const auto [error] = co_await at.async_accept(accepted, asio::as_tuple(asio::use_awaitable));
        if (error) co_return;
        asio::co_spawn(context, serve_one(std::move(accepted), from, tls, buffer, implicit_tls),
                       asio::detached);
    }
}

net::openssl::context make_tls(const options& asked)
{
    net::openssl::context out(SSL_CTX_new(TLS_server_method()));
    if (SSL_CTX_use_certificate_chain_file(out.get(), asked.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(out.get(), asked.key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("TLS: " + net::openssl::take_error());
    // The bare handshake: no tickets, of which OpenSSL makes two, and one read for a flight.
    SSL_CTX_set_num_tickets(out.get(), 0);
    SSL_CTX_set_session_cache_mode(out.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(out.get(), 1);
    return out;
}

} // namespace

void serve_null(const options& asked)
{
    const answers from = make_answers(asked);
    const auto at = parse_endpoint(asked.server);
    if (!at) throw std::runtime_error("no address: " + asked.server);
    const net::openssl::context tls = asked.certificate.empty() ? nullptr : make_tls(asked);
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t count = asked.threads == 0 ? cores : asked.threads;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i)
        threads.emplace_back([&] {
            asio::io_context context(1);
            std::vector<char> buffer(64UL * 1024);
            acceptor door = listen(context, *at);
            asio::co_spawn(
                context, accept_all(context, door, from, tls.get(), buffer, asked.tls == tls_mode::implicit),
                asio::detached);
            context.run();
        });
    std::cout << "ready" << std::endl;
}

} // namespace bench
