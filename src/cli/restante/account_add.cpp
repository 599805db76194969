// restante account add: from an address or a few options to an account that works.
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/accounts.hpp"
#include "collector/named_files.hpp"
#include "collector/server_link.hpp"
#include "ledger/unique_id_journal.hpp"

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>

namespace cli::restante {

namespace {

base::error wrong(const std::string& text)
{
    return {base::failure::malformed, false, text, text};
}

base::result<> choose_secret(const account_wish& wish, config::account_configuration& account)
{
    const int sources = int(wish.password_command.has_value()) + int(wish.password_file.has_value()) +
                        int(wish.password_keyring) + int(!wish.oauth2.empty());
    if (sources > 1)
        return base::fail(
            wrong("name one of --password-command, --password-file, --password-keyring and --oauth2"));
    if (wish.password_command)
        account.secret = {config::secret_source::kind::command, *wish.password_command};
    if (wish.password_file)
        account.secret = {config::secret_source::kind::file, collector::absolute_path(*wish.password_file)};
    if (wish.password_keyring) account.secret = {config::secret_source::kind::keyring, ""};
    if (!wish.client_certificate.empty() && sources == 0)
        account.secret = {config::secret_source::kind::none, ""};
    if (wish.oauth2.empty()) return {};
    if (wish.client_id.empty())
        return base::fail(wrong("--oauth2 needs --client-id: your own client at " + wish.oauth2 +
                                "; docs/collector.md describes how to register one"));
    account.secret = {config::secret_source::kind::oauth2, ""};
    account.oauth2.provider = wish.oauth2;
    account.oauth2.client_id = wish.client_id;
    account.oauth2.client_secret_command = wish.client_secret_command;
    if (const auto known = collector::provider_of(account.oauth2); !known)
        return base::fail(wrong(known.error().operator_text)); // before a server is looked for
    return {};
}

base::result<> choose_server(const account_wish& wish, config::account_configuration& account)
{
    auto& server = account.server;
    if (wish.tls) {
        const auto mode = config::parse_tls_mode(*wish.tls);
        if (!mode) return base::fail(wrong("--tls is implicit, starttls or none, not \"" + *wish.tls + "\""));
        server.tls = *mode;
        server.sign_in.plaintext_allowed =
            *mode == client::tls_mode::none; // whoever says none has been told what it means
    }
    account.trust_files = {.ca = collector::absolute_path(wish.ca),
                           .client_certificate = collector::absolute_path(wish.client_certificate),
                           .client_key = collector::absolute_path(wish.client_key)};
    server.trust.pins = wish.pins;
    if (wish.first_use) server.trust.trust = net::trust::first_use;
    if (!wish.pins.empty() && wish.ca.empty()) server.trust.trust = net::trust::pinned;
    server.sign_in.mechanisms = wish.mechanisms;
    server.sign_in.user = wish.user.value_or(wish.name);
    if (!wish.proxy.empty()) {
        auto proxy = net::parse_proxy(wish.proxy);
        if (!proxy) return base::fail(proxy.error());
        server.dial.proxy = std::move(*proxy);
    }
    if (!wish.server) return {};
    const auto address = config::parse_host_and_port(*wish.server);
    if (!address) return base::fail(wrong("--server is HOST or HOST:PORT, not \"" + *wish.server + "\""));
    server.dial.host = address->host;
    server.dial.port = address->port != 0 ? address->port : config::default_port(server.tls);
    return {};
}

base::result<config::account_configuration> from_wish(const account_wish& wish)
{
    config::account_configuration out;
    if (!ledger::is_account_name(wish.name))
        return base::fail(wrong(
            "\"" + wish.name +
            "\" is not a valid account name, for it names a folder and a file too: up to 64 ASCII letters, "
            "digits and @ . _ + -, not \"restante\", and not ending in .toml; give another name, and the address "
            "with --user"));
    if (!wish.server && wish.name.find('@') == std::string::npos)
        return base::fail(wrong(
            "\"" + wish.name + "\" is not a mail address, so its server cannot be found: add --server HOST"));
    out.archive.name = wish.name;
    const auto keep = config::parse_keep(wish.keep);
    if (!keep) return base::fail(wrong("--keep is " + config::keep_forms() + ", not \"" + wish.keep + "\""));
    out.archive.keep = *keep;
    if (wish.clock != "stored" && wish.clock != "message")
        return base::fail(wrong("--clock is stored or message, not \"" + wish.clock + "\""));
    if (auto* days = std::get_if<archive::keep_days>(&out.archive.keep);
        days != nullptr && wish.clock == "message")
        days->clock = archive::age_clock::message;
    out.archive.second_copy = collector::absolute_path(wish.second_copy);
    out.second_copy_same_disk = wish.second_copy_same_disk;
    if (auto done = choose_secret(wish, out); !done) return base::fail(done.error());
    if (auto done = choose_server(wish, out); !done) return base::fail(done.error());
    return out;
}

/// Reports where the server comes from, and asks before a password goes there.
collector::server_search search_at_terminal(const style& options)
{
    return {.trying =
                [&options](const std::string& place) {
                    if (!options.quiet && !options.json) complain("trying " + place);
                },
            .agree =
                [&options](const std::string& place) {
                    return agree(options, place + " is named by the domain, but lies outside it. Use it?");
                },
            .note =
                [&options](const std::string& text) {
                    if (!options.quiet) complain(text);
                }};
}

/// Before anything is asked or written: the files that were named can be read. Without a check they may come later.
int check_named_files(const account_wish& wish)
{
    if (wish.no_check) return EX_OK;
    for (const std::string& path :
         {wish.ca, wish.client_certificate, wish.client_key, wish.password_file.value_or("")})
        if (!path.empty() && ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0)
            return report_at(path, base::error_from_errno(errno, "it cannot be read"));
    return EX_OK;
}

/// A sign-in would ask for the password, and nobody is there to type it.
bool needs_a_person(const account_wish& wish, const config::account_configuration& account)
{
    return !wish.no_check && account.secret.kind == config::secret_source::kind::ask &&
           isatty(STDIN_FILENO) == 0;
}

int print_addition(const style& options, const collector::archive_folder& folder,
                   const collector::account_addition& added, bool wants_check)
{
    const auto& account = added.account;
    const std::string& name = account.archive.name;
    const auto& trouble = added.not_signed_in;
    const int code = trouble ? report(*trouble) : EX_OK;
    if (trouble && trouble->operator_text.find("is not trusted") != std::string::npos)
        complain("account add takes these as options: --pin sha256/..., --first-use or --ca FILE");
    const bool is_printed = !options.quiet && !options.json;
    if (added.abilities && is_printed) print(describe(*added.abilities, account.archive.keep));
    if (added.not_written) return report(*added.not_written);
    if (!added.is_written()) return code;
    if (options.json)
        print_json("account_added", {{"account", name},
                                     {"server", account.server.dial.host},
                                     {"checked", code == EX_OK && wants_check}});
    if (is_printed) {
        print("written: " + folder.path() + "/" + name + ".toml\n");
        print(account.secret.kind == config::secret_source::kind::oauth2
                  ? "next: restante account sign-in " + name + "\n"
                  : "next: restante fetch " + name + "\n");
    }
    return code;
}

} // namespace

int account_add(const style& options, const account_wish& wish)
{
    auto account = from_wish(wish);
    if (!account)
        return error_exit(account.error().kind == base::failure::malformed ? EX_USAGE : EX_UNAVAILABLE,
                          account.error().operator_text);
    if (const int code = check_named_files(wish); code != EX_OK) return code;
    if (needs_a_person(wish, *account))
        return error_exit(EX_NOPERM,
                          "no terminal to ask for the password: give --password-command, --password-file or "
                          "--password-keyring, or add the account without a sign-in: --no-check");
    auto folder = collector::archive_folder::make(options.archive, {}, "", person_at_terminal());
    if (!folder) return report(folder.error());
    const auto log = make_log(options);
    const auto added = collector::add_account(
        **folder,
        {.account = std::move(*account),
         .search = wish.server ? std::nullopt : std::optional(search_at_terminal(options)),
         .signs_in = !wish.no_check,
         .allowing_same_disk = "say --second-copy-same-disk"},
        *log);
    return added ? print_addition(options, **folder, *added, !wish.no_check) : report(added.error());
}

} // namespace cli::restante
