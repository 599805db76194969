// restante account list, show, test, remove, sign-in.
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/accounts.hpp"

#include <boost/json/array.hpp>
#include <sysexits.h>

namespace cli::restante {

namespace {

boost::json::object account_json(const std::string& name, const config::account_configuration& account)
{
    const auto& server = account.server;
    return {{"account", name},
            {"server", server.dial.host},
            {"port", server.dial.port},
            {"tls", config::name_of(server.tls)},
            {"user", server.sign_in.user},
            {"keep", config::format_keep(account.archive.keep)}};
}

boost::json::object abilities_json(const std::string& name, const client::server_abilities& abilities)
{
    boost::json::array mechanisms;
    for (const auto& mechanism : abilities.mechanisms) mechanisms.push_back(boost::json::string(mechanism));
    boost::json::object out{{"account", name},
                            {"encrypted", abilities.tls},
                            {"mechanism", abilities.mechanism},
                            {"mechanisms", std::move(mechanisms)},
                            {"unique_ids", abilities.unique_ids},
                            {"top", abilities.top},
                            {"pipelining", abilities.pipelining},
                            {"response_codes", abilities.response_codes},
                            {"implementation", abilities.implementation}};
    if (abilities.login_delay) out["login_delay_seconds"] = abilities.login_delay->count();
    if (abilities.expire_days) out["expire_days"] = *abilities.expire_days;
    return out;
}

} // namespace

int account_list(const style& options)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    const auto names = folder->account_names();
    if (!names) return report(names.error());
    table out({"ACCOUNT", "SERVER", "USER", "TLS", "KEEPS ON SERVER"});
    for (const auto& name : *names) {
        const auto account = folder->account(name);
        if (!account) {
            code = worse(code, report(account.error()));
            continue;
        }
        if (options.json) print_json("account", account_json(name, *account));
        out.add({name, account->server.dial.host + ":" + std::to_string(account->server.dial.port),
                 account->server.sign_in.user, std::string(config::name_of(account->server.tls)),
                 config::format_keep(account->archive.keep)});
    }
    if (!options.json) print(out);
    return code;
}

int account_show(const style& options, const std::string& name)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    const auto account = folder->account(name);
    if (!account) return report(account.error());
    if (options.json)
        print_json("account", account_json(name, *account));
    else
        print("# " + folder->path() + "/" + name + ".toml\n" + config::format_account(*account));
    return EX_OK;
}

int account_test(const style& options, const std::string& name)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    const auto account = folder->account(name);
    if (!account) return report(account.error());
    const auto log = make_log(options);
    const auto abilities = collector::try_out(*folder, *account, *log);
    if (!abilities) return report(abilities.error());
    if (options.json)
        print_json("server", abilities_json(name, *abilities));
    else
        print(describe(*abilities, account->archive.keep));
    return EX_OK;
}

int account_remove(const style& options, const std::string& name)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    const auto removed = collector::remove_account(*folder, name);
    if (!removed) return report(removed.error());
    if (options.json)
        print_json("account_removed", {{"account", name}, {"mail_stays_in", folder->mail_path(name)}});
    else if (!options.quiet)
        print("forgotten: " + name + "; its mail stays in " + folder->mail_path(name) +
              (removed->has_mail ? ", and restante list --account " + name + " shows it\n"
                                 : ", where none is yet\n"));
    if (!removed->password_stays) return EX_OK;
    complain((removed->is_keyring_unknown
                  ? "if its password was in the keyring, it stays there, as \"Restante: "
                  : "its password stays in the keyring, as \"Restante: ") +
             name + "\", until it is removed by hand: " + removed->password_stays->operator_text);
    return exit_not_all_well;
}

int account_sign_in(const style& options, const std::string& name, const std::string& way)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    const auto account = folder->account(name);
    if (!account) return report(account.error());
    if (account->secret.kind != config::secret_source::kind::oauth2) {
        return error_exit(EX_USAGE, name + " signs in with a password; there are no tokens to get");
    }
    if (way != "device" && way != "browser" && !account->oauth2.client_credentials)
        return error_exit(EX_USAGE, "--by is device or browser, not \"" + way + "\"");
    const auto signed_in = collector::sign_in(
        *folder, *account, way == "device" ? collector::sign_in_way::device : collector::sign_in_way::browser,
        [&](const std::string& address, const std::string& user_code) {
            if (options.json) {
                boost::json::object out{{"account", name}, {"address", address}};
                if (!user_code.empty()) out["code"] = user_code;
                print_json("sign_in", out);
            } else if (user_code.empty()) {
                print("Open this address in a browser on this machine:\n" + address + "\n");
            } else {
                print("Open " + address + " in any browser and type the code " + user_code + "\n");
            }
        });
    if (!signed_in) return report(signed_in.error());
    if (options.json)
        print_json("signed_in", {{"account", name}});
    else if (!options.quiet)
        print("signed in; the tokens are renewed automatically. Next: restante fetch " + name + "\n");
    return EX_OK;
}

} // namespace cli::restante
