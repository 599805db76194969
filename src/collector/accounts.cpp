// Accounts: added and removed, tried out, signed in to.
#include "collector/accounts.hpp"

#include "client/discovery.hpp"
#include "collector/ledger_care.hpp"
#include "collector/second_copies.hpp"
#include "collector/server_link.hpp"
#include "credentials/secret.hpp"
#include "disk/posix.hpp"
#include "net/dial/dial.hpp"
#include "net/tls/client.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>

namespace collector {

namespace {

// A guess must not keep a person waiting as long as a server that is known to be there.
constexpr auto probe_limit = std::chrono::seconds(8);
constexpr std::size_t greeting_octets_max = 512;

base::result<> answers(const client::server_candidate& candidate,
                       const config::account_configuration& account)
{
    auto settings = account.server.dial;
    settings.host = candidate.host;
    settings.port = candidate.port;
    settings.limit = probe_limit;
    auto line = net::dial(settings, std::make_shared<net::interrupt>());
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

std::string address_of(const client::server_candidate& candidate)
{
    return fmt::format("{}:{} ({})", candidate.host, candidate.port,
                       candidate.tls == client::tls_mode::implicit ? "TLS" : "STLS");
}

base::result<> probe(const server_search& search, const client::server_candidate& candidate,
                     const config::account_configuration& account)
{
    search.trying(address_of(candidate));
    if (auto answered = answers(candidate, account); !answered) return answered;
    if (!candidate.ask_first || search.agree(address_of(candidate))) return {};
    return base::fail(
        base::error{base::failure::refused, false, "", address_of(candidate) + " was not accepted"});
}

} // namespace

base::result<> find_server(const std::string& address, const server_search& search,
                           config::account_configuration& account)
{
    const auto found = client::discover(
        address, [](const std::string& name) { return net::look_up_services(name); },
        [&](const client::server_candidate& candidate) { return probe(search, candidate, account); });
    if (!found) return base::fail(found.error());
    account.server.dial.host = found->host;
    account.server.dial.port = found->port;
    account.server.tls = found->tls;
    if (!found->note.empty()) search.note(found->note);
    if (!found->oauth2.empty() && account.secret.kind != config::secret_source::kind::oauth2)
        search.note(fmt::format("{} takes no passwords: add --oauth2 {} --client-id ID (docs/collector.md)",
                                found->host, found->oauth2));
    return {};
}

namespace {

constexpr auto browser_limit = std::chrono::minutes(10); // for a person to find the second factor

/// All that must be there before somebody signs in.
base::result<> prepare(archive_folder& folder, const account_request& request,
                       config::account_configuration& account)
{
    const std::string& name = account.archive.name;
    if (auto free = folder.check_is_new(name); !free) return free;
    if (const auto& path = account.archive.second_copy; !path.empty()) {
        auto begun = begin_second_copy(folder, {.path = path,
                                                .same_disk_allowed = account.second_copy_same_disk,
                                                .allowing = request.allowing_same_disk});
        if (!begun) return base::fail(begun.error());
    }
    if (request.search)
        if (auto found = find_server(name, *request.search, account); !found) return found;
    if (account.secret.kind != config::secret_source::kind::keyring) return {};
    const auto password = folder.person().choose_secret(account.server.sign_in.user, "password");
    if (!password) return base::fail(password.error());
    return credentials::keep_in_keyring(name, *password);
}

base::result<> write(archive_folder& folder, const config::account_configuration& account)
{
    if (auto saved = folder.save_account(account, false); !saved) return saved;
    if (auto mail = folder.mail(account.archive.name); !mail) return base::fail(mail.error());
    return {};
}

} // namespace

base::result<client::server_abilities> try_out(archive_folder& folder,
                                               const config::account_configuration& account, base::log& log)
{
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    auto link = server_link::make(folder, account, **book, std::make_shared<net::interrupt>(), log);
    if (!link) return base::fail(link.error());
    auto session = (*link)->server().sign_in();
    if (!session) return base::fail(session.error());
    auto abilities = (*session)->abilities();
    (*session)->quit();
    const auto trusted = (*link)->remember(**book);
    if (!trusted) return base::fail(trusted.error());
    if (!trusted->empty()) folder.person().note(*trusted);
    return abilities;
}

base::result<account_addition> add_account(archive_folder& folder, const account_request& request,
                                           base::log& log)
{
    account_addition out{.account = request.account, .abilities = {}, .not_signed_in = {}, .not_written = {}};
    if (auto ready = prepare(folder, request, out.account); !ready) return base::fail(ready.error());
    if (request.signs_in && out.account.secret.kind != config::secret_source::kind::oauth2) {
        auto abilities = try_out(folder, out.account, log);
        if (abilities)
            out.abilities = std::move(*abilities);
        else
            out.not_signed_in = abilities.error();
    }
    if (!out.is_written()) return out;
    if (auto written = write(folder, out.account); !written) out.not_written = written.error();
    return out;
}

base::result<account_removal> remove_account(archive_folder& folder, const std::string& name)
{
    const auto account = folder.account(name);
    if (auto done = folder.remove_account(name); !done) return base::fail(done.error());
    account_removal out{.has_mail = disk::device_of(folder.mail_path(name)).has_value(),
                        .password_stays = {},
                        .is_keyring_unknown = !account};
    if (account && account->secret.kind != config::secret_source::kind::keyring) return out;
    if (auto gone = credentials::forget_in_keyring(name); !gone) out.password_stays = gone.error();
    return out;
}

base::result<> sign_in(archive_folder& folder, const config::account_configuration& account, sign_in_way way,
                       const std::function<void(const std::string& address, const std::string& code)>& show)
{
    auto provider = provider_of(account.oauth2);
    if (!provider) return base::fail(provider.error());
    credentials::oauth2_client client(*provider, folder.clock(), folder.random());
    const auto tokens =
        account.oauth2.client_credentials ? client.by_client_credentials()
        : way == sign_in_way::device
            ? client.by_device(show)
            : client.by_loopback([&](const std::string& address) { show(address, {}); }, browser_limit);
    if (!tokens) return base::fail(tokens.error());
    return folder.save_tokens(account.archive.name, credentials::format_tokens(*tokens));
}

} // namespace collector
