// restanted doctor: does each listener that is configured answer, or is its place free?
#include "cli/health/checks.hpp"
#include "cli/site.hpp"
#include "net/dial.hpp"
#include "net/listening_socket.hpp"

#include <array>

namespace cli::health {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds answer_limit{3000}; // of this very machine

using opened_connection = base::result<std::unique_ptr<net::connection>>;

opened_connection dial(const net::listen_address& address)
{
    if (!address.path.empty()) return net::dial_path(address.path, answer_limit, nullptr);
    const bool any = address.host.empty() || address.host == "0.0.0.0" || address.host == "::";
    const std::string loopback = address.host == "::" ? "::1" : "127.0.0.1";
    return net::dial({.host = any ? loopback : address.host, .port = address.port, .limit = answer_limit},
                     nullptr);
}

base::result<> start_tls(net::connection& connection)
{
    // Whom clients trust is the certificate's check; here the handshake alone counts.
    const auto client = net::tls_client::load({.trust = net::trust::first_use, .alpn = {}});
    if (!client) return base::fail(client.error());
    const auto facts = connection.start_tls(*client, "localhost", answer_limit);
    if (!facts) return base::fail(facts.error());
    return {};
}

base::result<std::string> greeting(net::connection& connection)
{
    std::array<char, 512> line{}; // RFC 2449, section 4; RFC 5321, section 4.5.3.1.5
    const auto got = connection.read_some(line, answer_limit);
    if (!got) return base::fail(got.error());
    return std::string(line.data(), *got);
}

base::result<std::string> greeting_of(const server::listener_settings& listener)
{
    auto connection = dial(listener.address);
    if (!connection) return base::fail(connection.error());
    if (listener.tls == server::tls_mode::implicit)
        if (auto done = start_tls(**connection); !done) return base::fail(done.error());
    return greeting(**connection);
}

std::string_view expected_greeting(const server::listener_settings& listener)
{
    return listener.service == server::service::pop3 ? "+OK" : "220";
}

finding check_served(const server::listener_settings& listener)
{
    const auto& place = listener.address.text;
    const auto said = greeting_of(listener);
    if (!said)
        return {"listener", verdict::error, place + " does not answer: " + said.error().operator_text,
                "look at the daemon's log; a listener that is new in the file is opened at a restart",
                EX_UNAVAILABLE};
    if (!said->starts_with(expected_greeting(listener)))
        return {"listener", verdict::error, place + " answers, but not as restanted does",
                "stop the program that listens there (ss -ltnp shows it), or take another port",
                EX_UNAVAILABLE};
    return {"listener", verdict::ok, place + " answers"};
}

finding check_free(const server::listener_settings& listener)
{
    const auto& place = listener.address.text;
    if (dial(listener.address))
        return {"listener", verdict::error, place + " is taken by another program",
                "stop that program (ss -lntxp shows it), or take another place", EX_UNAVAILABLE};
    if (!listener.address.path.empty()) return {"listener", verdict::ok, place + " is free"};
    const auto bound = net::listen_tcp(listener.address, 1, true);
    if (bound) return {"listener", verdict::ok, place + " is free"};
    return {"listener", is_root() ? verdict::error : verdict::warning,
            place + " cannot be opened: " + bound.error().operator_text,
            is_root() ? "name an address of this machine and a port that is free"
                      : "run doctor as root to be sure",
            EX_UNAVAILABLE};
}

} // namespace

std::vector<finding> check_listeners(const examination& subject)
{
    std::vector<finding> out;
    for (const auto& listener : site_settings(subject.values).listeners) {
        if (listener.address.path.empty() && listener.address.port == 0) continue; // the kernel picks one
        out.push_back(subject.daemon ? check_served(listener) : check_free(listener));
    }
    if (out.empty()) out.push_back({"listener", verdict::ok, "every port is picked by the kernel"});
    return out;
}

} // namespace cli::health
