// What holds for the whole archive: how its file is read and written.
#include "cli/collector/archive_configuration.hpp"

#include "cli/collector/toml_table.hpp"

namespace cli::collector {

namespace {

constexpr std::uint64_t accounts_at_once_most = 64; // each is a thread and a connection

void read_notify(toml_table& from, archive_configuration& into)
{
    from.flag("desktop", into.notify_desktop);
    from.texts("command", into.notify_command);
    from.texts("mail", into.notify_mail);
    from.text("smtp", into.notify_smtp);
    if (!into.notify_mail.empty() && into.notify_smtp.empty())
        from.tell("mail", "needs a server that takes it", "add smtp = \"localhost:25\"");
}

void read_file(const toml::table& from, archive_configuration& into, std::vector<fault>& faults)
{
    toml_table file(from, "", faults);
    file.flag("encrypted", into.encrypted);
    file.text("passphrase_command", into.passphrase_command);
    file.text("scanner", into.scanner);
    if (!into.scanner.empty() && !into.scanner.starts_with("clamd:"))
        file.tell("scanner", toml_quoted(into.scanner) + " is no scanner",
                  R"(write "clamd:/run/clamav/clamd.ctl" or "clamd:HOST:PORT")");
    file.text("second_copy", into.second_copy);
    file.number("accounts_at_once", 1, accounts_at_once_most, into.accounts_at_once);
    file.duration("every", into.every);
    file.table("notify", [&](toml_table& table) { read_notify(table, into); });
    file.finish();
}

} // namespace

archive_reading read_archive(std::string_view text)
{
    archive_reading out;
    try {
        read_file(toml::parse(text), out.values, out.faults);
    } catch (const toml::parse_error& e) {
        out.faults.push_back({static_cast<std::size_t>(e.source().begin.line), "",
                              "this is not TOML: " + std::string(e.description()),
                              "mend the line; https://toml.io/en/v1.0.0 tells how it is written"});
    }
    put_in_order(out.faults);
    return out;
}

std::string format_archive(const archive_configuration& archive)
{
    std::string out = "# What holds for the whole archive; restante.toml(5) tells all keys.\n";
    out += archive.encrypted ? "encrypted = true\n"
                             : "# encrypted = true  # only when the archive is made: restante init\n";
    if (!archive.passphrase_command.empty())
        out += "passphrase_command = " + toml_quoted(archive.passphrase_command) + "\n";
    out += "# scanner = \"clamd:/run/clamav/clamd.ctl\"\n"
           "# second_copy = \"/media/backup/mail\"\n"
           "# every = \"15m\"  # with restante watch\n"
           "\n[notify]\n"
           "desktop = true\n"
           "# command = [\"/usr/local/bin/tell-me\"]\n";
    return out;
}

} // namespace cli::collector
