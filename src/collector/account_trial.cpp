// Signing in once, to see that an account works and what its server can do.
#include "collector/account_trial.hpp"

#include "collector/ledger_care.hpp"
#include "collector/server_link.hpp"

namespace collector {

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

} // namespace collector
