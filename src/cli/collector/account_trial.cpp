// Signing in once, to see that an account works and what its server can do.
#include "cli/collector/account_trial.hpp"

#include "base/counted.hpp"
#include "cli/collector/ledger_care.hpp"
#include "cli/collector/server_link.hpp"
#include "cli/terminal.hpp"

#include <fmt/format.h>

namespace cli::collector {

base::result<client::server_abilities> try_out(archive_folder& folder,
                                               const config::account_configuration& account, base::log& log)
{
    auto book = open_or_replace_ledger(folder, complain);
    if (!book) return base::fail(book.error());
    auto link = server_link::make(folder, account, **book, std::make_shared<net::interrupt>(), log);
    if (!link) return base::fail(link.error());
    auto session = (*link)->server().sign_in();
    if (!session) return base::fail(session.error());
    auto abilities = (*session)->abilities();
    (*session)->quit();
    const auto trusted = (*link)->remember(**book);
    if (!trusted) return base::fail(trusted.error());
    if (!trusted->empty()) complain(*trusted);
    return abilities;
}

std::string describe(const client::server_abilities& of, const archive::keep_policy& keep)
{
    std::string out =
        fmt::format("signed in by {}{}", of.mechanism, of.tls ? " over " + of.tls_text : " WITHOUT TLS");
    out += fmt::format("\nthe server can: {}{}{}{}", of.unique_ids ? "tell messages apart (UIDL), " : "",
                       of.top ? "show headers (TOP), " : "",
                       of.pipelining ? "take many commands at once (PIPELINING), " : "",
                       of.response_codes ? "say why it refuses (RESP-CODES)" : "little more");
    if (of.login_delay)
        out += fmt::format("\nit wants {} s between two log-ins (LOGIN-DELAY)", of.login_delay->count());
    if (of.expire_days)
        out += *of.expire_days == 0 ? "\nit removes mail as soon as it was fetched (EXPIRE 0)"
                                    : fmt::format("\nit removes mail after {} by itself (EXPIRE)",
                                                  base::counted(*of.expire_days, "day"));
    if (!of.implementation.empty()) out += "\nit calls itself " + of.implementation;
    out += "\nkept on the server: " + config::format_keep(keep) + "\n";
    return out;
}

} // namespace cli::collector
