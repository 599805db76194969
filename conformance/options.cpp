// Words to settings. A password is never one of them: others on the machine can read a program's words.
#include "conformance/options.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace conformance {
namespace {

constexpr std::uint16_t pop3_port = 110, pop3s_port = 995, lmtp_port = 24;

/// HOST, HOST:PORT or [ADDRESS]:PORT.
endpoint endpoint_of(const std::string& text, std::uint16_t port)
{
    endpoint out{.host = text, .port = port};
    const std::size_t bracket = text.find(']'), colon = text.rfind(':');
    if (text.starts_with('[') && bracket != std::string::npos) out.host = text.substr(1, bracket - 1);
    const bool has_port =
        colon != std::string::npos && (text.starts_with('[') ? colon > bracket : text.find(':') == colon);
    if (!has_port) return out;
    if (!text.starts_with('[')) out.host = text.substr(0, colon);
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, out.port);
    if (parsed.ec != std::errc{} || parsed.ptr != end)
        throw CLI::ValidationError(text + " has no port number behind its colon");
    return out;
}

/// Beside this program, wherever it was installed.
std::string installed_transcripts()
{
    const auto program = std::filesystem::read_symlink("/proc/self/exe");
    return (program.parent_path() / RESTANTE_TRANSCRIPTS).lexically_normal().string();
}

std::string first_line_of(const std::string& path)
{
    std::ifstream file(path);
    std::string out;
    if (!std::getline(file, out)) throw CLI::ValidationError("cannot read a password from " + path);
    return out;
}

} // namespace

bool read_options(int count, char** words, settings& out, int& exit_code)
{
    CLI::App line("Asks a POP3 server what the RFCs ask of it, and prints a table by section.",
                  "restante-conformance");
    line.set_version_flag("--version", "restante-conformance " RESTANTE_VERSION);
    line.footer(
        "The account must be one that was made for this: all mail in its maildrop is deleted.\n"
        "Its password is read from --password-file, or from the variable RESTANTE_PASSWORD.\n\n"
        "Examples:\n"
        "  restante-conformance --list\n"
        "  RESTANTE_PASSWORD=... restante-conformance --user probe --stls --lmtp localhost:24 mail.example.org\n"
        "  restante-conformance --user probe --password-file FILE --deliver-command 'sendmail probe' localhost\n\n"
        "Exit status: 0 no deviation, 1 deviations, 2 the server could not be asked, or a fault in the words.");
    std::string host, password_file, lmtp, folder = installed_transcripts();
    long patience = std::chrono::duration_cast<std::chrono::seconds>(out.patience).count();
    bool tls = false, stls = false;
    line.add_option("HOST", host, "the server, HOST or HOST:PORT");
    line.add_option("--port", out.pop3.port, "its port (110; with --tls 995)");
    auto* const implicit =
        line.add_flag("--tls", tls, "TLS from the first octet; the certificate is not looked at");
    line.add_flag("--stls", stls, "sign in behind STLS; likewise")->excludes(implicit);
    line.add_option("--user", out.user, "the account");
    line.add_option("--password-file", password_file, "its password is the first line")
        ->check(CLI::ExistingFile);
    line.add_flag("--empty-maildrop", out.may_empty,
                  "mail that lies in the maildrop already may be deleted, too");
    line.add_option("--lmtp", lmtp,
                    "HOST:PORT that takes mail for the account over LMTP, and is asked as well");
    line.add_option("--recipient", out.recipient, "the account's address (else the user's name)");
    line.add_option("--deliver-command", out.deliver_command,
                    "reads a message and delivers it, where there is no LMTP");
    line.add_option("--only", out.only, "dialogues whose names contain this");
    line.add_flag("--list", out.list, "print the dialogues and their sections, and ask nobody");
    line.add_flag("--json", out.json, "the report as JSON");
    line.add_option("--junit", out.junit, "also write the report to this file, as JUnit has it");
    line.add_option("--timeout", patience, "seconds to wait for an answer")->check(CLI::Range(1, 3600));
    line.add_option("--transcripts", folder, "folder of the dialogues")->check(CLI::ExistingDirectory);
    try {
        line.parse(count, words);
        const std::uint16_t port = out.pop3.port != 0 ? out.pop3.port : tls ? pop3s_port : pop3_port;
        out.pop3 = endpoint_of(host, port);
        if (!lmtp.empty()) out.lmtp = endpoint_of(lmtp, lmtp_port);
        if (!password_file.empty()) out.password = first_line_of(password_file);
        if (const char* const given = std::getenv("RESTANTE_PASSWORD"); given && password_file.empty())
            out.password = given;
        if (!out.list && (host.empty() || out.user.empty() || out.password.empty()))
            throw CLI::ValidationError(
                "HOST, --user and a password (--password-file or RESTANTE_PASSWORD) are needed");
        if (!lmtp.empty() && !out.deliver_command.empty())
            throw CLI::ValidationError("--lmtp and --deliver-command exclude each other");
    } catch (const CLI::ParseError& problem) {
        exit_code = line.exit(problem) == 0 ? 0 : 2;
        return false;
    }
    out.tls = tls ? tls_mode::implicit : stls ? tls_mode::starttls : tls_mode::none;
    out.patience = std::chrono::seconds(patience);
    out.transcripts = folder;
    return true;
}

} // namespace conformance
