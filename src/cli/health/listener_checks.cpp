// restanted doctor: does each listener that is configured answer, or is its place free?
#include "cli/health/checks.hpp"
#include "config/site.hpp"
#include "net/dial/dial.hpp"
#include "net/listen/listening_socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <set>
#include <sstream>

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
                "see the daemon's log; a listener that is new in the file is opened at a restart",
                EX_UNAVAILABLE};
    if (!said->starts_with(expected_greeting(listener)))
        return {"listener", verdict::error, place + " answers, but not as restanted does",
                "stop the program that listens there (ss -ltnp shows it), or take another port",
                EX_UNAVAILABLE};
    return {"listener", verdict::ok, place + " answers"};
}

// proc(5): inode numbers of the sockets that listen on that place.
std::set<std::string> listening_inodes(const net::listen_address& address)
{
    std::set<std::string> out;
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/unix"}) {
        std::ifstream file(table);
        for (std::string line; std::getline(file, line);) {
            std::istringstream words(line);
            const std::vector<std::string> field{std::istream_iterator<std::string>(words), {}};
            if (std::string_view(table).ends_with("unix")) {
                if (field.size() == 8 && !address.path.empty() && field[7] == address.path)
                    out.insert(field[6]);
                continue;
            }
            std::ostringstream end;
            end << ':' << std::uppercase << std::hex << std::setw(4) << std::setfill('0') << address.port;
            const bool listens = field.size() > 9 && field[3] == "0A"; // TCP_LISTEN
            if (listens && address.path.empty() && field[1].ends_with(end.str())) out.insert(field[9]);
        }
    }
    return out;
}

// The service manager holds a socket of restanted.socket open while the daemon is down. Only root may see that.
bool is_held_by_systemd(const net::listen_address& address)
{
    std::ifstream name("/proc/1/comm");
    std::string first;
    if (!std::getline(name, first) || first != "systemd") return false;
    const auto wanted = listening_inodes(address);
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/1/fd", ignored)) {
        const auto target = std::filesystem::read_symlink(entry.path(), ignored).string();
        if (std::ranges::any_of(wanted,
                                [&](const auto& inode) { return target == "socket:[" + inode + "]"; }))
            return true;
    }
    return false;
}

finding check_free(const server::listener_settings& listener)
{
    const auto& place = listener.address.text;
    const bool is_taken = dial(listener.address).has_value();
    if (is_taken && is_held_by_systemd(listener.address))
        return {
            "listener", verdict::warning,
            place +
                " is open: systemd listens there (restanted.socket), and clients wait, for the daemon is not running",
            "start it: systemctl start restanted; journalctl -u restanted says why it failed"};
    if (is_taken)
        return {"listener", verdict::error, place + " is in use by another program",
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

// An HTTP server answers there; what it says is the metrics' own test.
finding check_metrics(const net::listen_address& address)
{
    const auto said = [&]() -> base::result<std::string> {
        auto connection = dial(address);
        if (!connection) return base::fail(connection.error());
        const auto asked =
            (*connection)
                ->write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", answer_limit);
        if (!asked) return base::fail(asked.error());
        return greeting(**connection);
    }();
    if (said && said->starts_with("HTTP/1.1 "))
        return {"listener", verdict::ok, address.text + " answers, with metrics"};
    return {"listener", verdict::error,
            address.text + " does not answer, for metrics: " +
                (said ? std::string("not as restanted does") : said.error().operator_text),
            "see the daemon's log; listeners.metrics is opened at a restart", EX_UNAVAILABLE};
}

server::listener_settings http_listener(const net::listen_address& address)
{
    server::listener_settings out;
    out.address = address;
    return out;
}

std::optional<net::listen_address> metrics_of(const examination& subject)
{
    auto configured = config::site_settings(subject.values).metrics;
    if (configured && configured->port != 0) return configured;
    return subject.daemon ? subject.daemon->metrics : std::nullopt;
}

bool is_same_place(const net::listen_address& left, const net::listen_address& right)
{
    return left.path == right.path && left.port == right.port;
}

} // namespace

std::vector<server::listener_settings> all_listeners(const examination& subject)
{
    auto out = config::site_settings(subject.values).listeners;
    if (!subject.daemon || !subject.daemon->listeners) return out;
    for (const auto& listener : *subject.daemon->listeners)
        if (std::ranges::none_of(
                out, [&](const auto& known) { return is_same_place(known.address, listener.address); }))
            out.push_back(listener);
    return out;
}

std::vector<finding> check_listeners(const examination& subject)
{
    std::vector<finding> out;
    for (const auto& listener : all_listeners(subject)) {
        if (listener.address.path.empty() && listener.address.port == 0) continue; // the kernel picks one
        out.push_back(subject.daemon ? check_served(listener) : check_free(listener));
    }
    if (const auto metrics = metrics_of(subject))
        out.push_back(subject.daemon ? check_metrics(*metrics) : check_free(http_listener(*metrics)));
    if (out.empty()) out.push_back({"listener", verdict::ok, "every port is picked by the kernel"});
    return out;
}

} // namespace cli::health
