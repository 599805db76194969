// Looking for an address's server: what is known, what its domain says, what is likely.
#include "collector/server_search.hpp"

#include "client/discovery.hpp"
#include "collector/trust_contents.hpp"
#include "net/dial/dial.hpp"
#include "net/tls/client.hpp"

#include <fmt/format.h>

namespace collector {

namespace {

// A guess must not keep a person waiting as long as a server that is known to be there.
constexpr auto probe_limit = std::chrono::seconds(8);
constexpr std::size_t greeting_octets_max = 512;

base::result<> answers(const client::server_candidate& candidate,
                       const config::account_configuration& account)
{
    auto to = account.server.dial;
    to.host = candidate.host;
    to.port = candidate.port;
    to.limit = probe_limit;
    auto line = net::dial(to, std::make_shared<net::interrupt>());
    if (!line) return base::fail(line.error());
    if (candidate.tls == client::tls_mode::implicit) {
        auto tls = net::tls_client::load(account.server.trust, read_trust(account.trust_files));
        if (!tls) return base::fail(tls.error());
        if (auto shaken = (*line)->start_tls(*tls, candidate.host, probe_limit); !shaken)
            return base::fail(shaken.error());
    }
    std::string greeting(greeting_octets_max, '\0');
    const auto got = (*line)->read_some(greeting, probe_limit);
    if (!got) return base::fail(got.error());
    if (greeting.starts_with("+OK")) return {};
    return base::fail(base::error{base::failure::refused, false, "", candidate.host + " speaks no POP3"});
}

std::string where(const client::server_candidate& candidate)
{
    return fmt::format("{}:{} ({})", candidate.host, candidate.port,
                       candidate.tls == client::tls_mode::implicit ? "TLS" : "STLS");
}

base::result<> probe(const server_search& search, const client::server_candidate& candidate,
                     const config::account_configuration& account)
{
    search.trying(where(candidate));
    if (auto there = answers(candidate, account); !there) return there;
    if (!candidate.ask_first || search.agree(where(candidate))) return {};
    return base::fail(
        base::error{base::failure::refused, false, "", where(candidate) + " was not agreed to"});
}

} // namespace

base::result<> find_server(const std::string& address, const server_search& search,
                           config::account_configuration& into)
{
    const auto found = client::discover(
        address, [](const std::string& name) { return net::look_up_services(name); },
        [&](const client::server_candidate& candidate) { return probe(search, candidate, into); });
    if (!found) return base::fail(found.error());
    into.server.dial.host = found->host;
    into.server.dial.port = found->port;
    into.server.tls = found->tls;
    if (!found->note.empty()) search.note(found->note);
    if (!found->oauth2.empty() && into.secret.kind != config::secret_source::kind::oauth2)
        search.note(fmt::format("{} takes no passwords: add --oauth2 {} --client-id ID (docs/collector.md)",
                                found->host, found->oauth2));
    return {};
}

} // namespace collector
