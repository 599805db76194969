// A connection and the machine that speaks on it, as one.
#include "client/pop3_channel.hpp"

#include "client/server_errors.hpp"

#include <algorithm>
#include <utility>

namespace client {

namespace {

/// So much of a secret's beginning in a text makes it an echo.
constexpr std::size_t telling_octets = 8;

} // namespace

pop3_channel::pop3_channel(std::unique_ptr<net::connection> connection, std::string host)
    : connection_(std::move(connection)), host_(std::move(host)), buffer_(read_octets)
{
}

base::result<> pop3_channel::flush(std::chrono::milliseconds limit)
{
    if (session_.output().empty()) return {};
    auto written = connection_->write(session_.output(), limit);
    std::ranges::fill(session_.output(), '\0'); // it may have held a password
    session_.output().clear();
    return written;
}

base::result<> pop3_channel::read(std::chrono::milliseconds limit)
{
    if (auto flushed = flush(limit); !flushed) return flushed;
    const auto octets = connection_->read_some(buffer_, limit);
    if (!octets) return base::fail(octets.error());
    session_.receive({buffer_.data(), *octets});
    return {};
}

base::result<pop3::event> pop3_channel::next(std::chrono::milliseconds limit)
{
    for (;;) {
        pop3::event event = session_.next();
        if (const auto* const broken = std::get_if<pop3::broken>(&event))
            return base::fail(malformed(broken->reason));
        if (!std::holds_alternative<pop3::need_response>(event)) return event;
        if (auto received = read(limit); !received) return base::fail(received.error());
    }
}

base::result<pop3::status_line> pop3_channel::status(std::chrono::milliseconds limit)
{
    auto event = next(limit);
    if (!event) return base::fail(event.error());
    if (auto* const status = std::get_if<pop3::status_line>(&*event)) return std::move(*status);
    return base::fail(malformed("a challenge or a line of data in place of a reply"));
}

base::result<pop3::status_line> pop3_channel::command(pop3::request simple, std::chrono::milliseconds limit)
{
    if (auto still = quiet(); !still) return base::fail(still.error());
    session_.send(simple);
    return status(limit);
}

base::result<> pop3_channel::quiet() const
{
    if (session_.under_way() == 0 && session_.buffered() == 0) return {};
    return base::fail(malformed("it sent an answer to a command that was not sent yet"));
}

void pop3_channel::hide(std::string secret)
{
    if (!secret.empty()) secrets_.push_back(std::move(secret));
}

std::string pop3_channel::told(std::string_view text) const
{
    // The beginning is enough: what comes here may have been clipped.
    const bool echoes = std::ranges::any_of(secrets_, [&](std::string_view secret) {
        return text.find(secret.substr(0, telling_octets)) != std::string_view::npos;
    });
    return echoes ? "(left out: it repeats what was sent to sign in)" : printable(text);
}

base::error pop3_channel::malformed(std::string_view reason) const
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text =
                host_ + ": the server broke the protocol: " + told(reason) + "; nothing was deleted"};
}

} // namespace client
