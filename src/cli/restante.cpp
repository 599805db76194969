// restante, the collector: its sub-commands and their options.
#include "cli/hardening.hpp"
#include "cli/restante/commands.hpp"
#include "cli/terminal.hpp"
#include "cli/unknown_command.hpp"
#include "collector/archive_folder.hpp"
#include "config/values.hpp"
#include "config/version.hpp"

#include <CLI/CLI.hpp>
#include <sysexits.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <string_view>

namespace {

using namespace cli::restante;

/// What the command line brought, and the command that it asked for.
struct request {
    style common;
    std::function<int()> work;
    std::string name;
    std::string text;
    std::string way = "device";
    std::vector<std::string> names;
    std::vector<unsigned> numbers;
    std::optional<std::string> account;
    account_wish account_add;
    collector::fetch_request fetch;
    collector::restore_request restore;
    watch_wish watch;
    collector::query_wish query;
    exchange_wish exchange;
    std::string folder = ".";
    std::string passphrase_command, key_path;
    bool encrypted = false;
    collector::take_over_request other_program;
    bool take_over = false, believe_files = false;
    show_wish show;
    bool repair = false;
};

/// The library alone would take -1 for the greatest number of all, and 010 for 8.
void take_count(CLI::Option& option, std::uint64_t least = 1)
{
    option.check([least](const std::string& text) -> std::string {
        const auto number = config::parse_whole_number(text);
        return number && *number >= least
                   ? ""
                   : "\"" + text + "\" is not a number from " + std::to_string(least) + " on";
    });
    option.transform([](const std::string& text) { // before the check
        const auto number = config::parse_whole_number(text);
        return number ? std::to_string(*number) : text;
    });
}

void add_style_options(CLI::App& app, request& options)
{
    app.add_option("-a,--archive", options.common.archive,
                   "The archive's folder (default: $RESTANTE_ARCHIVE, else ~/.local/share/restante)")
        ->type_name("DIR");
    app.add_flag("--json", options.common.json, "One JSON object a line, for scripts");
    app.add_flag("-q,--quiet", options.common.quiet, "Report only errors");
    app.add_flag("-v,--verbose", options.common.verbose, "Report progress to standard error");
    app.add_flag("-y,--yes", options.common.yes, "Ask nothing and assume yes");
}

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& meaning,
                      const std::string& examples)
{
    auto& out = *app.add_subcommand(name, meaning);
    out.footer(
        "\nExamples:\n" + examples +
        "\nOptions of every command, in front of it or behind: --archive, --json, --quiet, --verbose, --yes "
        "(restante --help)\n");
    out.fallthrough();
    return out;
}

void work_is(CLI::App& command, request& options, std::function<int()> work)
{
    command.callback([&options, work = std::move(work)] { options.work = work; });
}

void add_account_add(CLI::App& account, request& options)
{
    auto& wish = options.account_add;
    auto& add = add_command(
        account, "add", "Add an account: find its server, sign in, write DIR/NAME.toml",
        "  restante account add ann@example.org\n"
        "  restante account add work --server pop.example.org --user ann --password-command 'pass show work'\n"
        "  restante account add ann@gmail.com --oauth2 gmail --client-id ID\n\n"
        "--keep says what stays on the server: " +
            config::keep_forms() + "; all is the default.\n");
    add.add_option("name", wish.name, "The mail address, or a name of your own with --server")
        ->required()
        ->type_name("ADDRESS|NAME");
    add.add_option("--server", wish.server, "Its host and port (default: found automatically)")
        ->type_name("HOST[:PORT]");
    add.add_option("--tls", wish.tls,
                   "implicit (port 995), starttls, or none: everything readable on the way")
        ->type_name("MODE");
    add.add_option("--user", wish.user, "User to sign in as (default: the address)")->type_name("USER");
    add.add_option("--password-command", wish.password_command, "A command that prints the password")
        ->type_name("COMMAND");
    add.add_option("--password-file", wish.password_file, "A file of mode 0600 with the password")
        ->type_name("FILE");
    add.add_flag("--password-keyring", wish.password_keyring,
                 "Ask now, and keep it in the desktop's keyring");
    add.add_option("--keep", wish.keep, "What stays on the server")
        ->type_name("POLICY")
        ->capture_default_str();
    add.add_option("--clock", wish.clock, "Which day counts for days=N: stored, or the message's own")
        ->type_name("stored|message")
        ->capture_default_str();
    add.add_option("--ca", wish.ca, "Authorities to trust instead of the system's")->type_name("FILE");
    add.add_option("--pin", wish.pins, "The server's key, sha256/BASE64; may be given again for a spare one")
        ->type_name("PIN")
        ->allow_extra_args(false);
    add.add_flag("--first-use", wish.first_use,
                 "Trust the key that the server shows now, and only that one later");
    add.add_option("--client-certificate", wish.client_certificate, "Sign in with it (SASL EXTERNAL)")
        ->type_name("FILE");
    add.add_option("--client-key", wish.client_key, "Its private key")->type_name("FILE");
    add.add_option("--mechanism", wish.mechanisms, "Use only this; may be given again (USER and APOP too)")
        ->type_name("NAME")
        ->allow_extra_args(false);
    add.add_option("--proxy", wish.proxy, "socks5://HOST:PORT or http://HOST:PORT")->type_name("URL");
    add.add_option("--second-copy", wish.second_copy,
                   "Delete on the server only what lies in this folder too")
        ->type_name("DIR");
    add.add_flag("--second-copy-same-disk", wish.second_copy_same_disk,
                 "Allow the second copy on the archive's disk, to be lost with it");
    add.add_option("--oauth2", wish.oauth2, "Sign in at gmail, microsoft or yahoo, without a password")
        ->type_name("PROVIDER");
    add.add_option("--client-id", wish.client_id, "Your own client at the provider (docs/collector.md)")
        ->type_name("ID");
    add.add_option("--client-secret-command", wish.client_secret_command, "A command that prints its secret")
        ->type_name("COMMAND");
    add.add_flag("--no-check", wish.no_check, "Do not sign in now");
    work_is(add, options, [&options] { return account_add(options.common, options.account_add); });
}

void add_account_commands(CLI::App& app, request& options)
{
    auto& account = *app.add_subcommand("account", "Add, test, show and remove accounts");
    account.require_subcommand(1);
    account.fallthrough();
    add_account_add(account, options);

    auto& list = add_command(account, "list", "Show all accounts", "  restante account list\n");
    work_is(list, options, [&options] { return account_list(options.common); });

    const auto named = [&](const std::string& name, const std::string& meaning) -> CLI::App& {
        auto& out = add_command(account, name, meaning, "  restante account " + name + " work\n");
        out.add_option("name", options.name, "Account")->required()->type_name("NAME");
        return out;
    };
    work_is(named("show", "Show one account, as its file has it"), options,
            [&options] { return account_show(options.common, options.name); });
    work_is(named("test", "Sign in and report what the server supports"), options,
            [&options] { return account_test(options.common, options.name); });
    work_is(named("remove", "Remove an account; its mail stays"), options,
            [&options] { return account_remove(options.common, options.name); });
    auto& sign_in = named("sign-in", "Get tokens from an OAuth 2.0 provider");
    sign_in.add_option("--by", options.way, "device: a code for any browser; browser: one on this machine")
        ->type_name("device|browser")
        ->capture_default_str();
    work_is(sign_in, options,
            [&options] { return account_sign_in(options.common, options.name, options.way); });
}

void add_fetch_commands(CLI::App& app, request& options)
{
    auto& get = add_command(
        app, "fetch", "Fetch what is new, and delete on the server what the policy says",
        "  restante fetch\n  restante fetch work --dry-run\n  restante fetch work --json | jq .stored\n\n"
        "Ends with a summary: on the server = stored + stored before + skipped + failed.\n");
    get.add_option("account", options.fetch.accounts, "Accounts (default: all)")->type_name("ACCOUNT");
    get.add_flag("-n,--dry-run", options.fetch.wish.dry_run, "Report what would happen; change nothing");
    get.add_flag("--believe-listing", options.fetch.wish.believe_listing,
                 "An empty maildrop, or one whose unique-ids are all new, is intended");
    get.add_flag("--believe-clock", options.fetch.wish.believe_clock,
                 "The clock is correct, though it jumped since the last run");
    work_is(get, options, [&options] { return fetch(options.common, options.fetch); });

    auto& stay = add_command(
        app, "watch", "Fetch on a schedule, and report new mail and errors",
        "  restante watch\n  restante watch work --every 5m\n\n"
        "Runs in the foreground until SIGTERM or Ctrl-C; a unit for systemd comes with the program.\n");
    stay.add_option("account", options.watch.accounts, "Accounts (default: all)")->type_name("ACCOUNT");
    stay.add_option("--every", options.watch.every, "How often, such as 15m")->type_name("TIME");
    take_count(*stay.add_option("--rounds", options.watch.rounds, "End after this many rounds; 0: never")
                    ->type_name("N"),
               0);
    work_is(stay, options, [&options] { return watch(options.common, options.watch); });
}

void add_query_options(CLI::App& app, request& options)
{
    auto& wish = options.query;
    app.add_option("--account", wish.account, "In this account only")->type_name("NAME");
    app.add_option("--folder", wish.folder, "In this folder only")->type_name("FOLDER");
    app.add_option("--after,--since", wish.after, "From then on: 7d (ago), 2026, 2026-11, 2026-11-24, today")
        ->type_name("TIME");
    app.add_option("--before", wish.before, "Before then; of a year, month or day, before it begins")
        ->type_name("TIME");
    app.add_flag("--unseen", wish.unseen, "Not read yet");
    app.add_flag("--flagged", wish.flagged, "Flagged");
    app.add_flag("--oldest-first", wish.oldest_first, "Oldest first; with --limit, the oldest of all");
}

void add_limit_option(CLI::App& app, request& options)
{
    take_count(*app.add_option("--limit", options.query.limit, "At most this many")
                    ->type_name("N")
                    ->capture_default_str());
    app.add_flag("--threads", options.query.threads,
                 "A line for each thread: its newest message of those that are asked for");
}

void add_reading_commands(CLI::App& app, request& options)
{
    auto& listing = add_command(app, "list", "List messages, newest first",
                                "  restante list\n  restante list --unseen --account work\n");
    add_query_options(listing, options);
    add_limit_option(listing, options);
    work_is(listing, options, [&options] { return list(options.common, options.query); });

    auto& find = add_command(
        app, "search", "Search subjects, people, texts and attachments' names",
        "  restante search invoice from:example.org\n  restante search '\"annual report\"' --after 2026-01-01\n"
        "  restante search --after 2026-01-01 -- invoice -draft\n\n"
        "  restante search 'from:(ann OR bob) date:2025-03..2025-05 has:attachment -draft'\n\n"
        "All words must be there, AND may be left out; OR, NOT or -word (behind a -- where it comes first), brackets;\n"
        "\"a phrase\", word*.\n"
        "In one place only: from: to: (Cc too) cc: subject: body: attachment:\n"
        "Where and when: folder: account: date:2025 date:2025-03..2025-05 since: after: before: (2025-03-14, 7d)\n"
        "What it is: is:unread is:read is:flagged is:answered is:unanswered has:attachment larger:1M smaller:200K\n"
        "Tags of your own (restante tag): tag:work has:tag; of the thread of message 17: thread:17\n"
        "Searches of [searches] in restante.toml: saved:bills\n");
    find.add_option("words", options.query.words, "What to look for")->required()->type_name("WORD");
    add_query_options(find, options);
    add_limit_option(find, options);
    work_is(find, options, [&options] { return cli::restante::search(options.common, options.query); });

    auto& application = add_command(app, "folders", "List folders", "  restante folders\n");
    application.add_option("account", options.account, "Of this account")->type_name("ACCOUNT");
    work_is(application, options, [&options] { return folders(options.common, options.account); });

    auto& view = add_command(
        app, "show", "Show a message, and mark it as read",
        "  restante show 17\n  restante show 17 --thread\n  restante show 17 --raw > message.eml\n");
    view.add_option("message", options.show.message, "Its number in list or search, or its unique-id")
        ->required()
        ->type_name("MESSAGE");
    auto* raw = view.add_flag("--raw", options.show.raw,
                              "Every octet as received; on a terminal controls are made visible");
    view.add_flag("--headers", options.show.headers, "The whole header section");
    view.add_flag("--peek", options.show.peek, "Do not mark it as read");
    view.add_flag("--thread", options.show.thread, "All that answer it, or that it answers, oldest first")
        ->excludes(raw);
    work_is(view, options, [&options] { return show(options.common, options.show); });

    auto& keep = add_command(app, "save", "Save attachments under safe names",
                             "  restante save 17\n  restante save 17 --to /tmp --number 2\n");
    keep.add_option("message", options.name, "Its number, or its unique-id")
        ->required()
        ->type_name("MESSAGE");
    keep.add_option("--to", options.folder, "Folder")->type_name("DIR")->capture_default_str();
    take_count(*keep.add_option("--number", options.numbers, "Only these")->type_name("N"));
    work_is(keep, options,
            [&options] { return save(options.common, options.name, options.folder, options.numbers); });

    auto& note = add_command(app, "mark", "Mark messages",
                             "  restante mark seen 17 18\n  restante mark unflagged 17\n");
    note.add_option("as", options.text, "seen, unseen, flagged, unflagged, answered or unanswered")
        ->required()
        ->type_name("MARK");
    note.add_option("message", options.names, "Numbers or unique-ids")->required()->type_name("MESSAGE");
    work_is(note, options, [&options] { return mark(options.common, options.text, options.names); });

    const auto tagging = [&](const std::string& name, const std::string& meaning, const std::string& examples,
                             bool add) {
        auto& out = add_command(app, name, meaning, examples);
        out.add_option("tags", options.text, "One tag, or several separated by commas")
            ->required()
            ->type_name("TAGS");
        out.add_option("message", options.names, "Numbers or unique-ids")->required()->type_name("MESSAGE");
        work_is(out, options,
                [&options, add] { return tag(options.common, options.text, add, options.names); });
    };
    tagging(
        "tag", "Tag messages",
        "  restante tag work 17 18\n  restante tag work,urgent 17\n  restante search 'tag:work -tag:urgent'\n\n"
        "A tag is a word of up to 64 octets without blanks , \" ( ) * or \\. The ledger keeps it with the message's\n"
        "content: it stays when the message moves, and when the index is made again.\n",
        true);
    tagging("untag", "Remove tags from messages", "  restante untag work 17\n", false);
    auto& words = add_command(app, "tags", "List your tags", "  restante tags\n");
    work_is(words, options, [&options] { return tags(options.common); });

    auto& file = add_command(app, "move", "Move messages to a folder",
                             "  restante move Lists/C++ 17 18\n  restante move INBOX 17\n");
    file.add_option("folder", options.text, "Target folder; INBOX or '' is the main one")
        ->required()
        ->type_name("FOLDER");
    file.add_option("message", options.names, "Numbers or unique-ids")->required()->type_name("MESSAGE");
    work_is(file, options, [&options] { return move(options.common, options.text, options.names); });
}

void add_keeping_commands(CLI::App& app, request& options)
{
    auto& prove = add_command(app, "verify", "Read everything again and compare it with the ledger",
                              "  restante verify\n");
    prove.add_option("account", options.names, "Accounts (default: all)")->type_name("ACCOUNT");
    prove.add_flag("--repair", options.repair,
                   "Add to the ledger what is in the mail but not in it, and copy what the second copy lacks;"
                   " deletes nothing");
    work_is(prove, options, [&options] { return verify(options.common, options.names, options.repair); });

    auto& back = add_command(
        app, "restore", "Restore what is damaged or missing, from the second copy or from the server",
        "  restante restore\n  restante restore work --from-server\n  restante restore work --message UNIQUE-ID\n\n"
        "Nothing good is written over; a damaged file is put aside, into .restante/damaged. Into an archive that\n"
        "was lost and made anew comes all that the second copy has.\n");
    back.add_option("account", options.names, "Accounts (default: all)")->type_name("ACCOUNT");
    back.add_option("--message", options.restore.messages,
                    "Only this, by unique-id, number or key; may be given again")
        ->type_name("MESSAGE")
        ->allow_extra_args(false);
    back.add_flag("--from-server", options.restore.from_server,
                  "Fetch them again, where the server still has the same octets");
    back.add_flag("--all", options.restore.full,
                  "Also what was removed here, and all that the second copy has");
    work_is(back, options, [&options] { return restore(options.common, options.names, options.restore); });

    auto& tell = add_command(app, "explain", "Show the history of one message",
                             "  restante explain 17\n  restante explain UNIQUE-ID --account work\n");
    tell.add_option("message", options.name, "Its number, or the server's unique-id")
        ->required()
        ->type_name("MESSAGE");
    tell.add_option("--account", options.account, "Of this account")->type_name("NAME");
    work_is(tell, options, [&options] { return explain(options.common, options.name, options.account); });

    auto& overall =
        add_command(app, "status", "Report the state of each account, and what would be lost with this disk",
                    "  restante status\n");
    work_is(overall, options, [&options] { return status(options.common); });

    auto& again =
        add_command(app, "rebuild", "Rebuild the ledger and the index from the mail", "  restante rebuild\n");
    again.add_option("account", options.names, "Accounts (default: all)")->type_name("ACCOUNT");
    again.add_flag("--believe-files", options.believe_files,
                   "Files whose contents changed since they were stored were changed on purpose");
    work_is(again, options,
            [&options] { return rebuild(options.common, options.names, options.believe_files); });

    auto& match =
        add_command(app, "adopt", "Match what is here with what is on the server, without downloading it",
                    "  restante import work --maildir ~/Maildir && restante adopt work\n");
    match.add_option("account", options.name, "Account")->required()->type_name("ACCOUNT");
    work_is(match, options, [&options] { return adopt(options.common, options.name); });

    auto& take = add_command(
        app, "take-over", "Import what another program has already fetched",
        "  restante take-over work ~/.fetchids\n"
        "  restante take-over work ~/.getmail/oldmail-pop.example.org-995-ann\n\n"
        "Reads fetchmail's .fetchids, getmail's oldmail-*, mpop's uidls, fdm's cache, Thunderbird's "
        "popstate.dat, and uidl/HOST-USER of Claws Mail and Sylpheed.\n");
    take.add_option("account", options.name, "Account")->required()->type_name("ACCOUNT");
    take.add_option("file", options.other_program.file, "The other program's file")
        ->required()
        ->type_name("FILE");
    take.add_option("--host", options.other_program.host, "As the file names it (default: the account's)")
        ->type_name("HOST");
    take.add_option("--user", options.other_program.user, "As the file names it (default: the account's)")
        ->type_name("USER");
    work_is(take, options,
            [&options] { return take_over(options.common, options.name, options.other_program); });
}

void add_second_copy_commands(CLI::App& app, request& options)
{
    auto& copies = *app.add_subcommand("second-copy", "Create a second copy of the mail on another disk");
    copies.require_subcommand(1);
    copies.fallthrough();
    auto& begin = add_command(
        copies, "init", "Create the marker in the folder that second_copy names; its disk must be mounted",
        "  restante second-copy init /media/backup/mail\n\n"
        "Once, by a person or a script: where the marker is missing later, nothing is fetched or deleted.\n");
    begin.add_option("folder", options.folder, "The folder, as the configuration names it")
        ->required()
        ->type_name("DIR");
    begin.add_flag("--take-over", options.take_over, "Even if it is another archive's: take it over");
    work_is(begin, options,
            [&options] { return second_copy_init(options.common, options.folder, options.take_over); });
}

void add_exchange_options(CLI::App& app, request& options)
{
    auto& wish = options.exchange;
    const bool is_import = app.get_name() == "import";
    auto* mbox =
        app.add_option("--mbox", wish.mbox,
                       is_import ? "An mbox: one file with many messages"
                                 : "An mbox: one file with all of them, not there yet; - is standard output")
            ->type_name("FILE");
    auto* eml =
        app.add_option("--eml", wish.eml,
                       is_import ? "Files of one message each, in folders: .eml, .emlx, MH; or one such file"
                                 : "A folder, made where missing, with an .eml file for each message")
            ->type_name("DIR");
    auto* maildir =
        app.add_option("--maildir", wish.maildir,
                       is_import ? "A Maildir, or a folder with Maildirs in it, with all their folders"
                                 : "A Maildir, made where missing, with the folders")
            ->type_name("DIR");
    mbox->excludes(eml)->excludes(maildir);
    eml->excludes(maildir);
    if (!is_import) return;
    auto* pst = app.add_option("--pst", wish.pst,
                               "Outlook's data file, by the program readpst of the package pst-utils")
                    ->type_name("FILE");
    pst->excludes(mbox)->excludes(eml)->excludes(maildir);
}

void add_exchange_commands(CLI::App& app, request& options)
{
    auto& out = add_command(
        app, "export", "Write messages for other programs, to the octet; the archive stays as it is",
        "  restante export --mbox all.mbox\n  restante export --eml /tmp/eml --account work invoice\n\n"
        "Name one of --mbox, --eml and --maildir. Without words and options all messages of all accounts are\n"
        "written. Nothing is written over, and what lies in a folder already is not written there again. Tags go\n"
        "along; marks (read, flagged) not with --eml. Where a message could not be read, or has changed since it\n"
        "was stored, the exit code is 65.\n");
    add_exchange_options(out, options);
    out.add_option("words", options.query.words, "Only what restante search finds with these words")
        ->type_name("WORD");
    add_query_options(out, options);
    take_count(*out.add_option("--limit", options.exchange.limit,
                               "The newest N of them only; with --oldest-first, the oldest")
                    ->type_name("N"));
    work_is(out, options, [&options] {
        options.exchange.query = options.query;
        return export_mail(options.common, options.exchange);
    });

    auto& command = add_command(
        app, "import", "Import mail from other programs into an account; what it already has is skipped",
        "  restante import work --mbox old.mbox\n  restante import work --maildir ~/Maildir\n\n"
        "Name one of --mbox, --eml, --maildir and --pst; what is read there stays as it is.\n"
        "Ends with a summary: found = stored + here already + not taken, and what is not mail. Where\n"
        "something was not taken, or nothing found, the exit code is 65.\n");
    command.add_option("account", options.name, "Into this account; restante account add creates one")
        ->required()
        ->type_name("ACCOUNT");
    add_exchange_options(command, options);
    command
        .add_option("--folder", options.exchange.query.folder,
                    "Folder for messages that are in none there (default: the main one)")
        ->type_name("FOLDER");
    work_is(command, options,
            [&options] { return import_mail(options.common, options.name, options.exchange); });
}

void add_archive_commands(CLI::App& app, request& options)
{
    auto& make =
        add_command(app, "init", "Create an empty archive; account add does so automatically",
                    "  restante init --encrypted\n\n"
                    "An encrypted archive asks for its passphrase: on the terminal, or from the desktop's\n"
                    "keyring, or from --passphrase-command.\n");
    make.add_flag("--encrypted", options.encrypted, "Encrypt messages, ledger and index");
    make.add_option("--passphrase-command", options.passphrase_command,
                    "A command that prints the passphrase")
        ->type_name("COMMAND");
    make.add_option(
            "--key", options.key_path,
            "With --encrypted: the key of an archive that was lost, restante-second-copy-key of its second "
            "copy, which its passphrase opens")
        ->type_name("FILE");
    work_is(make, options, [&options] {
        return init(options.common, options.encrypted, options.passphrase_command, options.key_path);
    });

    auto& change =
        add_command(app, "passphrase", "Change an encrypted archive's passphrase", "  restante passphrase\n");
    work_is(change, options, [&options] { return change_passphrase(options.common); });
}

int run(int count, char** arguments)
{
    request asked;
    CLI::App app("The collector: fetches mail from any POP3 server into an archive of your own.", "restante");
    app.set_version_flag("--version", "restante " + std::string(config::version));
    app.require_subcommand(1);
    app.footer(
        "\nTwo commands to your own mail:\n"
        "  restante account add ann@example.org\n"
        "  restante fetch\n"
        "restante COMMAND --help describes it. Exit codes: 0 success, 1 partial failure, 75 try again later; the rest\n"
        "are those of sysexits.h.\n");
    add_style_options(app, asked);
    add_account_commands(app, asked);
    add_fetch_commands(app, asked);
    add_reading_commands(app, asked);
    add_keeping_commands(app, asked);
    add_second_copy_commands(app, asked);
    add_exchange_commands(app, asked);
    add_archive_commands(app, asked);
    const std::span<char*> words(arguments, static_cast<std::size_t>(count));
    // Looked for by hand: a command line that cannot be parsed is an error in JSON, too.
    const bool json = std::ranges::find(words, std::string_view("--json")) != words.end();
    if (json) cli::complain_in_json();
    if (const auto word = cli::unknown_command(app, words))
        return cli::error_exit(EX_USAGE, "unknown command \"" + *word + "\"; restante --help lists all");
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& e) {
        if (json && e.get_exit_code() != 0) return cli::error_exit(EX_USAGE, e.what());
        return app.exit(e) == 0 ? EX_OK : EX_USAGE;
    }
    if (asked.common.archive.empty()) asked.common.archive = collector::default_archive_path();
    return asked.work();
}

} // namespace

int main(int count, char** arguments)
{
    cli::harden_process();
    try {
        return cli::exit_code_after_output(run(count, arguments));
    } catch (const std::exception& e) {
        return cli::error_exit(EX_SOFTWARE, std::string("internal error: ") + e.what());
    }
}
