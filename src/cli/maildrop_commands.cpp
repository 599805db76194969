// restanted undelete, sweep and import-unique-ids: maildrops, with or without a running daemon.
#include "auth/users_editor.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/composition.hpp"
#include "cli/terminal.hpp"
#include "config/values.hpp"
#include "server/policies.hpp"
#include "store/maildir/dovecot_uidlist.hpp"

#include <sysexits.h>

#include <algorithm>
#include <functional>

namespace cli {

namespace {

using application_work = std::function<base::result<>(application&, const config::configuration&)>;

int in_house(const source& origin, entrance come_in, const application_work& work)
{
    const auto configuration = usable_configuration(origin);
    if (!configuration) return EX_CONFIG;
    if (auto done = come_in(*configuration); !done) return report(done.error());
    base::null_log log;
    const auto application = application::open(*configuration, log);
    if (!application) return report(application.error());
    if (auto done = work(**application, *configuration); !done) return report(done.error());
    return EX_OK;
}

base::result<auth::account> find_account(const application& application, const std::string& typed)
{
    const auto found = application.users.find(typed);
    if (!found) return base::fail(found.error());
    if (!*found)
        return base::fail({base::failure::unknown_user, false, "unknown user",
                           "there is no user \"" + typed + "\"; restanted user list lists all"});
    return (*found)->account;
}

// The named ones, or every user where none is named.
base::result<std::vector<auth::account>> accounts(const application& application,
                                                  const std::vector<std::string>& typed)
{
    auto names = typed;
    if (names.empty()) names = application.user_names();
    std::vector<auth::account> out;
    for (const auto& name : names) {
        auto account = find_account(application, name);
        if (!account) return base::fail(account.error());
        out.push_back(*std::move(account));
    }
    return out;
}

base::result<base::wall_time> time_from(const std::string& typed, base::wall_time now)
{
    const auto out = config::parse_time(typed, now);
    if (!out)
        return base::fail({base::failure::malformed, false, "not a time",
                           "\"" + typed +
                               "\" is not a time; write \"2h\" (ago), "
                               "\"2026-11-24\" or \"2026-11-24T15:00:00Z\""});
    return *out;
}

// Where nothing is held for any time now, long enough for its owner to fetch it.
constexpr std::chrono::hours safe_for_min{24};

std::string counted(std::size_t number, const std::string& noun)
{
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

} // namespace

int undelete(const source& origin, const undelete_wish& wish)
{
    return in_house(
        origin, enter,
        [&](application& application, const config::configuration& configuration) -> base::result<> {
            const auto account = find_account(application, wish.user);
            if (!account) return base::fail(account.error());
            const auto now = application.clock.now();
            const auto policy = server::maildrop_policy(configuration.site, *account);
            store::undelete_request request{wish.session, std::nullopt};
            if (policy.expire)
                request.safe_for = std::max<std::chrono::seconds>(policy.held_for, safe_for_min);
            if (wish.since) {
                const auto since = time_from(*wish.since, now);
                if (!since) return base::fail(since.error());
                request.since = *since;
            }
            const auto done = application.mail.undelete({account->name}, request);
            if (!done) return base::fail(done.error());
            std::string text = account->name + ": " + counted(done->put_back, "message") + " put back";
            if (policy.expire && done->put_back > 0)
                text += "; not to expire before " + config::format_time(now + request.safe_for);
            print(text + "\n");
            if (done->not_held > 0)
                print(account->name + ": " + counted(done->not_held, "message") +
                      " could not be held and cannot be put back; the log says why (messages-not-held)\n");
            return {};
        });
}

int sweep(const source& origin, const sweep_wish& wish)
{
    return in_house(
        origin, enter,
        [&](application& application, const config::configuration& configuration) -> base::result<> {
            const auto owners = accounts(application, wish.users);
            if (!owners) return base::fail(owners.error());
            std::optional<base::wall_time> held_until;
            if (wish.held) held_until = application.clock.now();
            if (wish.held_older_than) {
                const auto time = time_from(*wish.held_older_than, application.clock.now());
                if (!time) return base::fail(time.error());
                held_until = *time;
            }
            for (const auto& account : *owners) {
                std::string line = account.name + ": ";
                // Before expired mail joins the held: who asks for space does not ask for its end.
                if (held_until) {
                    const auto freed = application.mail.end_holding({account.name}, *held_until);
                    if (!freed) return base::fail(freed.error());
                    line += counted(freed->messages, "held message") + " removed, " +
                            counted(freed->octets, "octet") + " freed; ";
                }
                const auto gone = application.mail.sweep(
                    {account.name}, server::maildrop_policy(configuration.site, account));
                if (!gone) {
                    if (held_until) print(line + "not swept\n"); // what was freed is told all the same
                    return base::fail(gone.error());
                }
                print(line + counted(*gone, "message") + " removed\n");
            }
            return {};
        });
}

// Who moves over from Dovecot may run it before the first start, on users and mail put there by hand.
int import_unique_ids(const source& origin, const std::vector<std::string>& users, const std::string& format)
{
    bool is_missing = false;
    bool is_any_packed = false;
    const int code = in_house(
        origin, make_and_enter,
        [&](application& application, const config::configuration& configuration) -> base::result<> {
            const auto id_format = store::maildir::parse_dovecot_format(format);
            if (!id_format)
                return base::fail({base::failure::malformed, false, "unknown format",
                                   "\"" + format +
                                       "\" is not a known pop3_uidl_format; "
                                       "write the value that Dovecot had, such as %08Xu%08Xv"});
            const auto owners = accounts(application, users);
            if (!owners) return base::fail(owners.error());
            for (const auto& account : *owners) {
                const auto done = store::maildir::import_dovecot(
                    application.files, config::in_root(configuration, configuration.mail), application.clock,
                    {account.name}, *id_format);
                // Of all users, some may never have had mail.
                if (!done && done.error().kind == base::failure::vanished && users.empty()) continue;
                if (!done) {
                    auto error = done.error();
                    is_missing = error.kind == base::failure::vanished;
                    error.operator_text = account.name + ", whose maildrop is below " +
                                          config::in_root(configuration, configuration.mail) + ": " +
                                          error.operator_text;
                    return base::fail(std::move(error));
                }
                print(account.name + ": " + counted(done->imported, "unique-id") + " kept, " +
                      counted(done->not_listed, "message") + " unknown to Dovecot, " +
                      std::to_string(done->refused) + " refused\n");
                if (done->packed == 0) continue;
                is_any_packed = true;
                complain(account.name + ": " + counted(done->packed, "message") +
                         " will not be served, since nobody can read them as they lie: " + done->packed_form);
            }
            return {};
        });
    if (is_missing) return EX_NOINPUT;
    return code == EX_OK && is_any_packed ? EX_DATAERR : code;
}

} // namespace cli
