// Lines over a connection of net.
#include "conformance/wire.hpp"

#include "net/dial/dial.hpp"

#include <array>

namespace conformance {

wire::wire(const endpoint& to, bool tls, std::chrono::milliseconds patience)
    : host_(to.host), patience_(patience)
{
    auto opened = net::dial({.host = to.host, .port = to.port, .limit = patience}, nullptr);
    if (!opened) throw trouble(opened.error().operator_text);
    connection_ = std::move(*opened);
    if (tls && !start_tls()) throw trouble("the TLS handshake with " + host_ + " failed");
}

bool wire::start_tls()
{
    const auto client = net::tls_client::load({.trust = net::trust::first_use, .alpn = {}});
    if (!client) throw trouble(client.error().operator_text);
    ended_ = !pending_.empty() || !connection_->start_tls(*client, host_, patience_);
    return !ended_;
}

void wire::write(std::string_view octets)
{
    if (!ended_) (void)connection_->write(octets, patience_);
}

bool wire::receive()
{
    if (ended_) return false;
    std::array<char, 16384> octets{};
    const auto got = connection_->read_some(octets, patience_);
    if (!got && got.error().kind == base::failure::timed_out)
        throw trouble("no answer within " + std::to_string(patience_.count() / 1000) + " s");
    if (!got) ended_ = true;
    if (got) pending_.append(octets.data(), *got);
    return got.has_value();
}

std::optional<std::string> wire::line()
{
    std::size_t end = 0;
    while ((end = pending_.find("\r\n")) == std::string::npos)
        if (!receive()) return std::nullopt;
    std::string out = pending_.substr(0, end);
    pending_.erase(0, end + 2);
    return out;
}

bool wire::closes()
{
    while (pending_.empty() && receive()) {
    }
    return pending_.empty();
}

} // namespace conformance
