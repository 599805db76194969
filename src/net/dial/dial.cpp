// From a host's name to an open connection.
#include "net/dial/dial.hpp"

#include "net/dial/connect.hpp"
#include "net/dial/proxy_client.hpp"
#include "net/dial/resolve.hpp"
#include "net/host_name.hpp"
#include "net/plain_socket.hpp"

namespace net {

namespace {

base::result<std::optional<address_octets>> parse_source(const std::string& text)
{
    if (text.empty()) return std::nullopt;
    const auto parsed = parse_address(text);
    if (parsed) return parsed;
    return base::fail(base::permanent_error(base::failure::malformed,
                                            "the source address \"" + text + "\" is no IP address"));
}

base::error of_host(base::error error, const std::string& host, std::uint16_t port)
{
    if (error.kind == base::failure::network || error.kind == base::failure::timed_out)
        error.operator_text = "cannot reach " + host_and_port(host, port) + ": " + error.operator_text;
    return error;
}

base::result<connected_socket> connect(const dial_settings& to, const std::string& host, std::uint16_t port,
                                       steady_deadline until, const interrupt* stop)
{
    const auto source = parse_source(to.source_address);
    if (!source) return base::fail(source.error());
    const auto name = to_ascii_name(host);
    if (!name) return base::fail(name.error());
    const auto addresses = resolve(*name, port, to.family, until, stop);
    if (!addresses) return base::fail(of_host(addresses.error(), host, port));
    auto connected = connect_to_any(*addresses, *source, until, stop);
    if (!connected) return base::fail(of_host(connected.error(), host, port));
    return connected;
}

} // namespace

base::result<std::unique_ptr<connection>> dial(const dial_settings& to, std::shared_ptr<const interrupt> stop)
{
    const auto until = deadline_after(to.limit);
    if (stop && stop->tripped()) return base::fail(cancelled_error());
    const auto& host = to.proxy ? to.proxy->host : to.host;
    const auto port = to.proxy ? to.proxy->port : to.port;
    auto connected = connect(to, host, port, until, stop.get());
    if (!connected) return base::fail(connected.error());
    const auto peer = to_peer_address(connected->peer);
    auto made =
        make_connection(std::move(connected->socket),
                        to.proxy ? host_and_port(to.host, to.port) + " through " + host_and_port(host, port)
                                 : host_and_port(peer.text(), peer.port),
                        std::move(stop));
    if (!to.proxy) return made;
    if (const auto asked = ask_proxy(*made, *to.proxy, to.host, to.port, until); !asked)
        return base::fail(asked.error());
    return made;
}

} // namespace net
