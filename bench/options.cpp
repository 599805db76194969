// The command line of restante-bench.
#include "options.hpp"

#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>
#include <map>

namespace bench {

namespace {

/// NAME or NAME:PASSWORD a line.
std::vector<user> read_users(const std::string& path, const std::string& password)
{
    std::vector<user> users;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.empty()) continue;
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos)
            users.push_back({.name = line, .password = password});
        else
            users.push_back({.name = line.substr(0, colon), .password = line.substr(colon + 1)});
    }
    return users;
}

const std::map<std::string, tls_mode> tls_modes{
    {"none", tls_mode::none}, {"stls", tls_mode::start_tls}, {"implicit", tls_mode::implicit}};

struct command_words {
    const char* name;
    bench::mode mode;
    const char* help;
};

constexpr command_words commands[] = {
    {"login", mode::login, "greeting, USER, PASS, STAT, QUIT, again and again"},
    {"drain", mode::drain, "log in and RETR every message"},
    {"idle", mode::idle, "hold connections that are logged in, and read the server's memory"},
    {"listing", mode::listing, "STAT, UIDL and LIST of one maildrop, each timed"},
    {"churn", mode::churn, "as login, while mail is delivered at a rate"},
    {"deliver", mode::deliver, "LMTP; --sessions counts messages"},
    {"null", mode::null_server, "be a server that answers from memory: the upper limit of every figure"}};

} // namespace

bool read_options(int count, char** words, options& out, int& exit_code)
{
    CLI::App line("Load for a POP3 or LMTP server, and what it costs the server.", "restante-bench");
    line.require_subcommand(1);
    line.footer(
        "Examples:\n"
        "  restante-bench login --server 127.0.0.1:110 --users FILE --sessions 10000 --pid $(pidof restanted)\n"
        "  restante-bench drain --server [::1]:995 --tls implicit --user ann --password secret --window 32\n"
        "All connections come from one address unless --sources is given: a server may limit or penalise that.");
    line.fallthrough();
    std::string users_path, user_name, password;
    long give_up = out.give_up.count(), hold = 0;
    line.set_version_flag("--version", "restante-bench " RESTANTE_VERSION);
    line.add_option("--server", out.server, "ADDRESS:PORT or the path of a Unix socket")->required();
    line.add_option("--lmtp", out.lmtp, "churn: where deliveries go; likewise");
    line.add_option("--tls", out.tls, "the certificate is not verified")
        ->transform(CLI::Transformer(tls_modes))
        ->option_text("none|stls|implicit");
    line.add_flag("--resume", out.resume, "resume TLS sessions; otherwise each handshake is a full one");
    line.add_option("--users", users_path, "file of NAME or NAME:PASSWORD, one a line")
        ->check(CLI::ExistingFile);
    line.add_option("--user", user_name, "one user");
    line.add_option("--password", password, "of those that the file gives none");
    line.add_option("--sessions", out.sessions, "how many in all (deliver: messages)");
    line.add_option("--at-once", out.at_once, "connections at one time")->check(CLI::PositiveNumber);
    line.add_option("--threads", out.threads, "0: one for each core");
    line.add_option("--window", out.window, "RETR under way at one time; 0: not pipelined");
    line.add_option("--sources", out.sources, "source addresses 127.0.0.1, .2, …")->check(CLI::Range(1, 250));
    line.add_option("--rate", out.rate, "churn: deliveries a second")->check(CLI::PositiveNumber);
    line.add_option("--octets", out.octets, "of a message that is made");
    line.add_option("--messages", out.messages, "null: how many there are");
    line.add_option("--expected", out.expected, "drain: file of what each user's maildrop holds")
        ->check(CLI::ExistingFile);
    line.add_option("--certificate", out.certificate, "null: PEM")->check(CLI::ExistingFile);
    line.add_option("--key", out.key, "null: PEM")->check(CLI::ExistingFile);
    line.add_option("--pid", out.processes, "the server's processes; their descendants count, too");
    line.add_option("--give-up", give_up, "seconds after which what is not done has failed");
    line.add_option("--hold", hold, "idle: milliseconds to hold before memory is read");
    line.add_flag("--json", out.json, "the report as JSON");
    for (const command_words& command : commands)
        line.add_subcommand(command.name, command.help)->callback([&out, command] {
            out.mode = command.mode;
        });
    try {
        line.parse(count, words);
    } catch (const CLI::ParseError& problem) {
        exit_code = line.exit(problem) == 0 ? 0 : 2;
        return false;
    }
    if (out.mode == mode::churn && out.lmtp.empty()) {
        std::cerr << "restante-bench: churn needs --lmtp\n";
        exit_code = 2;
        return false;
    }
    out.give_up = std::chrono::seconds(give_up);
    out.hold = std::chrono::milliseconds(hold);
    if (!users_path.empty()) out.users = read_users(users_path, password);
    if (!user_name.empty()) out.users.push_back({.name = user_name, .password = password});
    if (out.users.empty() && out.mode != mode::null_server) {
        std::cerr << "restante-bench: no users: give --users or --user\n";
        exit_code = 2;
        return false;
    }
    return true;
}

} // namespace bench
