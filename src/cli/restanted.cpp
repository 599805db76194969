// restanted, the post office: its sub-commands and their options.
#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "cli/unknown_command.hpp"
#include "config/version.hpp"

#include <CLI/CLI.hpp>
#include <sysexits.h>

#include <exception>
#include <functional>
#include <iostream>

namespace {

/// What the command line brought, and the command that it asked for.
struct request {
    cli::source origin;
    std::function<int()> work;
    std::string name;
    std::vector<std::string> names;
    std::vector<std::string> fields;
    std::optional<std::string> sender;
    cli::undelete_wish undelete;
    cli::sweep_wish sweep;
    cli::answer_style style;
    bool show = false;
    std::string format = "%08Xu%08Xv"; ///< Dovecot's own default
};

// A command's line in the list of commands, and what its own --help shows at the end.
CLI::App& add_command(CLI::App& app, request& options, const std::string& name, const std::string& meaning,
                      const std::string& examples)
{
    auto& out = *app.add_subcommand(name, meaning);
    out.footer("\nExamples:\n" + examples);
    out.add_option("-c,--config", options.origin.file,
                   "Configuration file (default: " + std::string(cli::default_configuration_path) +
                       ", unless --root is given)")
        ->type_name("FILE");
    out.add_option("-r,--root", options.origin.wishes.root, "Folder that holds everything")->type_name("DIR");
    return out;
}

void add_listener_options(CLI::App& app, request& options)
{
    auto& wishes = options.origin.wishes;
    app.add_option("--pop3", wishes.pop3, "POP3 with STLS")->type_name("ADDR:PORT")->allow_extra_args(false);
    app.add_option("--pop3s", wishes.pop3s, "POP3 over TLS")->type_name("ADDR:PORT")->allow_extra_args(false);
    app.add_option("--lmtp", wishes.lmtp, "LMTP, for an MTA")
        ->type_name("ADDR:PORT|PATH")
        ->allow_extra_args(false);
    app.add_option("--smtp", wishes.smtp, "SMTP for local domains")
        ->type_name("ADDR:PORT")
        ->allow_extra_args(false);
    app.add_option("--metrics", wishes.metrics, "HTTP for /metrics and /health")->type_name("ADDR:PORT");
    app.add_flag("--allow-plaintext", wishes.allow_plaintext, "Let --pop3 accept passwords without TLS");
}

void add_json(CLI::App& app, request& options)
{
    app.add_flag("--json", options.style.json, "One JSON object a line, for scripts");
}

void add_daemon_commands(CLI::App& app, request& options)
{
    auto& serve = add_command(app, options, "serve", "Serve, in the foreground",
                              "  restanted serve --root /tmp/post\n"
                              "  restanted serve --root /tmp/post --pop3 127.0.0.1:1110 --allow-plaintext\n\n"
                              "Prints \"ready\" when every listener is open. "
                              "Where a listener is named here, only those named here are opened.\n"
                              "SIGHUP reloads; SIGTERM shuts down gracefully, a second one immediately.\n");
    add_listener_options(serve, options);
    serve.callback([&options] { options.work = [&options] { return cli::serve(options.origin); }; });

    auto& check = add_command(app, options, "check", "Report every error in the configuration",
                              "  restanted check\n  restanted check --config new.toml && restanted reload\n"
                              "  restanted check --show\n");
    add_listener_options(check, options);
    check.add_flag("--show", options.show, "Print every value in force");
    check.callback(
        [&options] { options.work = [&options] { return cli::check(options.origin, options.show); }; });

    auto& doctor =
        add_command(app, options, "doctor", "Check everything around the daemon, and report what to do",
                    "  restanted doctor\n  restanted doctor --root /tmp/post\n"
                    "  restanted doctor --json | jq 'select(.verdict != \"ok\")'\n\n"
                    "Run it as root: it then looks as the daemon's user. "
                    "Exit code 0 unless a line is an error.\n");
    add_json(doctor, options);
    doctor.callback(
        [&options] { options.work = [&options] { return cli::doctor(options.origin, options.style); }; });

    auto& reload =
        add_command(app, options, "reload", "Read configuration, users and certificates again",
                    "  restanted reload\n\nNothing changes where anything is wrong; sessions continue.\n");
    reload.callback([&options] { options.work = [&options] { return cli::reload(options.origin); }; });

    auto& reader =
        add_command(app, options, "read-certificates", "Open certificates for the daemon; run by systemd",
                    "  systemctl enable --now restanted-certificates.socket\n\n"
                    "Runs with the right to read all files, and opens those that the keys of [tls] name, "
                    "where only root can change them.\n");
    reader.callback(
        [&options] { options.work = [&options] { return cli::read_certificates(options.origin); }; });

    auto& sessions = add_command(app, options, "who", "Show the sessions",
                                 "  restanted who\n  restanted who --json | jq .user\n");
    add_json(sessions, options);
    sessions.callback(
        [&options] { options.work = [&options] { return cli::who(options.origin, options.style); }; });

    auto& kick = add_command(
        app, options, "kick", "End sessions; they delete nothing",
        "  restanted kick ann@example.org\n  restanted kick SESSION, as restanted who lists it\n");
    kick.add_option("who", options.name, "User or session")->required()->type_name("USER|SESSION");
    kick.callback(
        [&options] { options.work = [&options] { return cli::kick(options.origin, options.name); }; });

    auto& status = add_command(app, options, "status", "Show the daemon's state", "  restanted status\n");
    add_json(status, options);
    status.callback(
        [&options] { options.work = [&options] { return cli::status(options.origin, options.style); }; });
}

void add_user_commands(CLI::App& app, request& options)
{
    auto& user = *app.add_subcommand("user", "Add, change, remove and show users");
    user.require_subcommand(1);

    auto& add =
        add_command(user, options, "add", "Add a user; the password comes from the terminal or a pipe",
                    "  restanted user add ann@example.org\n"
                    "  pwgen -s 20 1 | restanted user add ann@example.org --field quota_octets=2G\n");
    add.add_option("name", options.name, "User, with or without a domain")->required()->type_name("NAME");
    add.add_option("--field", options.fields,
                   "Extra field, such as quota_octets=2G, expire=90d, lock=snapshot")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    add.callback([&options] {
        options.work = [&options] { return cli::user_add(options.origin, options.name, options.fields); };
    });

    auto& passwd = add_command(user, options, "passwd", "Change a password",
                               "  restanted user passwd ann@example.org\n");
    passwd.add_option("name", options.name, "User")->required()->type_name("NAME");
    passwd.callback(
        [&options] { options.work = [&options] { return cli::user_passwd(options.origin, options.name); }; });

    auto& remove = add_command(user, options, "remove", "Remove a user; the mail stays",
                               "  restanted user remove ann@example.org\n");
    remove.add_option("name", options.name, "User")->required()->type_name("NAME");
    remove.callback(
        [&options] { options.work = [&options] { return cli::user_remove(options.origin, options.name); }; });

    auto& list = add_command(user, options, "list", "Show all users",
                             "  restanted user list\n  restanted user list --json | jq -r .name\n");
    add_json(list, options);
    list.callback(
        [&options] { options.work = [&options] { return cli::user_list(options.origin, options.style); }; });

    auto& show =
        add_command(user, options, "show", "Show one user", "  restanted user show ann@example.org\n");
    show.add_option("name", options.name, "User")->required()->type_name("NAME");
    add_json(show, options);
    show.callback([&options] {
        options.work = [&options] { return cli::user_show(options.origin, options.name, options.style); };
    });
}

void add_maildrop_commands(CLI::App& app, request& options)
{
    auto& deliver =
        add_command(app, options, "deliver", "Deliver a message from standard input",
                    "  restanted deliver ann@example.org < message.eml\n\n"
                    "In Postfix's master.cf:\n"
                    "  restante unix - n n - 10 pipe flags=R user=restante null_sender=\n"
                    "    argv=/usr/local/bin/restanted deliver -f ${sender} ${recipient}\n\n"
                    "Exit codes: 0 delivered, 67 no such user, 65 too large, 75 try again later.\n");
    deliver.add_option("address", options.name, "Recipient")->required()->type_name("ADDRESS");
    deliver.add_option("-f,--from", options.sender, "Sender, for Return-Path; \"\" for the null sender")
        ->type_name("ADDRESS");
    deliver.callback([&options] {
        options.work = [&options] { return cli::deliver(options.origin, options.name, options.sender); };
    });

    auto& undelete = add_command(app, options, "undelete", "Put deleted mail back, with its unique-ids",
                                 "  restanted undelete ann@example.org --since 2h\n"
                                 "  restanted undelete ann@example.org --session SESSION\n");
    undelete.add_option("user", options.undelete.user, "Whose mail")->required()->type_name("USER");
    auto* session = undelete.add_option("--session", options.undelete.session, "Deleted by this session")
                        ->type_name("ID");
    undelete
        .add_option("--since", options.undelete.since,
                    "Deleted since: 2h (ago), 2026-11-24, 2026-11-24T15:00:00Z")
        ->type_name("TIME")
        ->excludes(session);
    undelete.callback([&options] {
        options.work = [&options] { return cli::undelete(options.origin, options.undelete); };
    });

    auto& sweep =
        add_command(app, options, "sweep", "Remove held mail past its time, expired mail and leftovers",
                    "  restanted sweep\n  restanted sweep ann@example.org\n"
                    "  restanted sweep --held-older-than 1d\n  restanted sweep --held\n\n"
                    "With --held or --held-older-than, prints how many octets that freed. "
                    "What it removes cannot be undeleted.\n");
    sweep.add_option("user", options.sweep.users, "Users (default: all)")->type_name("USER");
    auto* held =
        sweep.add_flag("--held", options.sweep.held, "Remove all held mail now, to give its space back");
    sweep
        .add_option("--held-older-than", options.sweep.held_older_than,
                    "Remove held mail that was deleted before: 1d (ago), 2026-11-24")
        ->type_name("TIME")
        ->excludes(held);
    sweep.callback(
        [&options] { options.work = [&options] { return cli::sweep(options.origin, options.sweep); }; });

    auto& import =
        add_command(app, options, "import-unique-ids", "Keep the unique-ids that Dovecot gave",
                    "  restanted import-unique-ids\n  restanted import-unique-ids ann@example.org\n\n"
                    "Reads dovecot-uidlist in each Maildir. Clients then fetch nothing twice.\n");
    import.add_option("user", options.names, "Users (default: all)")->type_name("USER");
    import.add_option("--format", options.format, "What Dovecot's pop3_uidl_format was")
        ->type_name("FORMAT")
        ->capture_default_str();
    import.callback([&options] {
        options.work = [&options] {
            return cli::import_unique_ids(options.origin, options.names, options.format);
        };
    });
}

void add_backup_commands(CLI::App& app, request& options)
{
    auto& backup = add_command(
        app, options, "backup", "Copy users, mail and settings into a new folder, while serving",
        "  restanted backup /var/backups/restante-$(date +%F)\n"
        "  restanted backup --root /tmp/post /tmp/copy --json\n\n"
        "Held mail, unique-ids, certificates and secrets are in it: keep it as safe as the mail.\n");
    backup.add_option("folder", options.name, "New or empty")->required()->type_name("DIR");
    add_json(backup, options);
    backup.callback([&options] {
        options.work = [&options] { return cli::backup(options.origin, options.name, options.style); };
    });

    auto& restore = add_command(app, options, "restore", "Fill an empty root from a backup",
                                "  restanted restore /var/backups/restante-2026-11-29 --root /srv/post\n\n"
                                "Compares every file with the checksum that the backup has of it.\n");
    restore.add_option("folder", options.name, "The folder that restanted backup wrote")
        ->required()
        ->type_name("DIR");
    add_json(restore, options);
    restore.callback([&options] {
        options.work = [&options] { return cli::restore(options.origin, options.name, options.style); };
    });
}

int run(int count, char** arguments)
{
    request asked;
    CLI::App app("The mail server: accepts mail over LMTP and SMTP, stores it, serves it over POP3.",
                 "restanted");
    app.set_version_flag("--version", "restanted " + std::string(config::version));
    app.require_subcommand(1);
    app.footer("\nFive minutes to a mail server:\n"
               "  restanted user add --root /tmp/post ann@example.org\n"
               "  restanted serve --root /tmp/post --pop3s 127.0.0.1:9950\n"
               "restanted COMMAND --help describes it. Exit codes are those of sysexits.h.\n");
    add_daemon_commands(app, asked);
    add_user_commands(app, asked);
    add_maildrop_commands(app, asked);
    add_backup_commands(app, asked);
    if (const auto word = cli::unknown_command(app, {arguments, static_cast<std::size_t>(count)})) {
        std::cerr << "restanted: unknown command \"" << *word << "\"; restanted --help lists all\n";
        return EX_USAGE;
    }
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? EX_OK : EX_USAGE;
    }
    return asked.work();
}

} // namespace

int main(int count, char** arguments)
{
    try {
        return cli::exit_code_after_output(run(count, arguments));
    } catch (const std::exception& e) {
        std::cerr << "restanted: internal error: " << e.what() << '\n';
        return EX_SOFTWARE;
    }
}
