// What holds for the whole archive: how its file is read and written.
#include "config/archive_configuration.hpp"

#include "base/ascii.hpp"
#include "config/toml_file.hpp"
#include "config/toml_table.hpp"
#include "config/values.hpp"

namespace config {

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
    file.flag("second_copy_same_disk", into.second_copy_same_disk);
    file.number("accounts_at_once", 1, accounts_at_once_most, into.accounts_at_once);
    file.duration("every", into.every);
    if (into.every.count() == 0) file.tell("every", "must be longer than nothing", "write every = \"15m\"");
    file.table("notify", [&](toml_table& table) { read_notify(table, into); });
    file.table("text_of", [&](toml_table& table) {
        table.each_texts([&](std::string_view name, const std::vector<std::string>& command) {
            if (command.empty() || command.front().empty())
                table.tell(name, "names no program", "write [\"pdftotext\", \"-q\", \"/dev/stdin\", \"-\"]");
            else if (!name.starts_with('.') && !name.contains('/'))
                table.tell(name, "is no type of an attachment",
                           "write \"application/pdf\", or \".pdf\" for names that end so");
            into.text_of.emplace(base::lower_case(name), command);
        });
    });
    file.table("searches", [&](toml_table& table) {
        table.each_text(
            [&](std::string_view name, const std::string& words) { into.searches.emplace(name, words); });
    });
    file.finish();
}

} // namespace

archive_reading read_archive(std::string_view text)
{
    archive_reading out;
    read_toml(text, out.faults, [&](const toml::table& file) { read_file(file, out.values, out.faults); });
    return out;
}

std::string format_archive(const archive_configuration& archive)
{
    std::string out = "# What holds for the whole archive; restante.toml(5) tells all keys.\n";
    out += archive.encrypted ? "encrypted = true\n"
                             : "# encrypted = true  # only when the archive is made: restante init\n";
    if (!archive.passphrase_command.empty())
        out += "passphrase_command = " + toml_quoted(archive.passphrase_command) + "\n";
    const auto text_or = [&](std::string_view key, const std::string& value, std::string_view comment) {
        out += value.empty() ? "# " + std::string(key) + " = " + std::string(comment) + "\n"
                             : std::string(key) + " = " + toml_quoted(value) + "\n";
    };
    const archive_configuration usual;
    text_or("scanner", archive.scanner, "\"clamd:/run/clamav/clamd.ctl\"");
    text_or("second_copy", archive.second_copy, "\"/media/backup/mail\"");
    if (archive.second_copy_same_disk) out += "second_copy_same_disk = true\n";
    if (archive.accounts_at_once != usual.accounts_at_once)
        out += "accounts_at_once = " + std::to_string(archive.accounts_at_once) + "\n";
    text_or("every", archive.every != usual.every ? format_duration(archive.every) : "",
            "\"15m\"  # with restante watch");
    out += std::string("\n[notify]\ndesktop = ") + (archive.notify_desktop ? "true\n" : "false\n");
    if (archive.notify_command.empty()) out += "# command = [\"/usr/local/bin/tell-me\"]\n";
    const auto texts = [&](std::string_view key, const std::vector<std::string>& values) {
        if (values.empty()) return;
        out += std::string(key) + " = [";
        for (const auto& each : values) out += (&each == values.data() ? "" : ", ") + toml_quoted(each);
        out += "]\n";
    };
    texts("command", archive.notify_command);
    texts("mail", archive.notify_mail);
    if (!archive.notify_smtp.empty()) out += "smtp = " + toml_quoted(archive.notify_smtp) + "\n";
    if (!archive.text_of.empty()) out += "\n[text_of]\n";
    for (const auto& [name, command] : archive.text_of) texts(toml_quoted_key(name), command);
    if (!archive.searches.empty()) out += "\n[searches]\n";
    for (const auto& [name, words] : archive.searches)
        out += toml_quoted_key(name) + " = " + toml_quoted(words) + "\n";
    return out;
}

} // namespace config
