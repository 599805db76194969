// What holds for the whole archive: how its file is read and written.
#include "config/archive_configuration.hpp"

#include "config/key_file.hpp"
#include "config/toml_file.hpp"

#include <array>

namespace config {

archive_reading read_archive(std::string_view text)
{
    archive_reading out;
    read_toml(text, out.faults,
              [&](const toml::table& file) { read_keys(archive_schema(), file, &out.values, out.faults); });
    suggest_keys(archive_schema(), out.faults);
    return out;
}

std::string format_archive(const archive_configuration& archive)
{
    auto copy = archive; // the places in the schema are for writing, too
    return "# Settings of the whole archive; restante.toml(5) lists all keys.\n" +
           format_file(archive_schema(), &copy);
}

namespace {

using namespace std::chrono_literals;

constexpr std::size_t accounts_at_once_max = 64;                    // each is a thread and a connection
constexpr std::chrono::seconds archive_every_max = 100 * 366 * 24h; // parse_duration()

#define AT(member) ([](void* owner) -> auto& { return static_cast<archive_configuration*>(owner)->member; })

std::string is_scanner_or_empty(std::string_view given)
{
    return given.empty() || given.starts_with("clamd:") ? "" : "is not a scanner";
}

named_text_lists::complaint is_program_of_type(std::string_view name, const std::vector<std::string>& command)
{
    if (command.empty() || command.front().empty())
        return {"does not name a program", R"(write ["pdftotext", "-q", "/dev/stdin", "-"])"};
    if (!name.starts_with('.') && !name.contains('/'))
        return {"is not an attachment type", R"(write "application/pdf", or ".pdf" for names that end so)"};
    return {"", ""};
}

void check_archive(void* values, given_keys& given)
{
    const auto& archive = *static_cast<archive_configuration*>(values);
    if (!archive.notify_mail.empty() && archive.notify_smtp.empty())
        given.complain("notify.mail", "needs a server to send it through", "add smtp = \"localhost:25\"");
}

constexpr auto keys_of_archive = std::to_array<key>({
    {"encrypted", flag{AT(encrypted)},
     "Whether messages, ledger and index are encrypted. Only restante init --encrypted makes such an archive; to "
     "changing the line later is an error.",
     "", written::hinted},
    {"passphrase_command", text{AT(passphrase_command), any_text, "pass show mail/archive"},
     "A command whose first line is the passphrase. Empty: the desktop's keyring, then it is asked for."},
    {"scanner", text{AT(scanner), is_scanner_or_empty, "clamd:/run/clamav/clamd.ctl"},
     "What scans each message before it is published: \"clamd:/path\" or \"clamd:HOST:PORT\". Where something is found "
     "the message goes to the folder Quarantine; where the scanner is away, messages wait on the server. "
     "Default: none.",
     R"("clamd:/run/clamav/clamd.ctl")", written::hinted},
    {"second_copy", text{AT(second_copy), any_text, "/media/backup/mail"},
     "A folder on another disk, with a folder in it for each account that names none of its own. restante second-copy "
     "init FOLDER creates it, once; where its marker is missing later, nothing is fetched or deleted. Imported mail is "
     "copied by restante verify --repair. Default: none.",
     R"("/media/backup/mail")", written::hinted},
    {"second_copy_same_disk", flag{AT(second_copy_same_disk)},
     "Allow the second copy on the disk of the archive, to be lost with it."},
    {"accounts_at_once", number<std::size_t>{AT(accounts_at_once), 1, accounts_at_once_max},
     "Accounts fetched in parallel: 1 to 64."},
    {"every", duration<std::chrono::seconds>{AT(every), 1s, archive_every_max},
     "How often restante watch fetches.", R"("15m")", written::hinted},

    {"notify.desktop", flag{AT(notify_desktop)}, "By a desktop notification, where there is a desktop.", "",
     written::always},
    {"notify.command", text_list{AT(notify_command), any_text, R"(["/usr/local/bin/tell-me"])"},
     "By a program and its arguments; what there is to report comes on its standard input, a line or two. "
     "Default: none.",
     R"(["/usr/local/bin/tell-me"])", written::hinted},
    {"notify.mail", text_list{AT(notify_mail), any_text, R"(["ann@example.org"])"},
     "By a mail to each of these. Default: none.", R"(["ann@example.org"])"},
    {"notify.smtp", text{AT(notify_smtp), any_text, "localhost:25"},
     "The server that takes such mail, as HOST:PORT. Needed with mail.", R"("localhost:25")"},

    {"text_of", named_text_lists{AT(text_of), is_program_of_type},
     "Programs that print the text of attachments, so that restante search finds words in them. A key is a "
     "type, or the "
     "end of names such as \".docx\". No shell is involved. The program has the attachment as its standard input, a "
     "file in memory that it may open as /dev/stdin too; what it prints is UTF-8, and counts up to 1 MiB; "
     "after 30 s it is "
     "killed. Where it fails, that is reported once, and the message is found by everything else. It runs as you, on "
     "what strangers send. After a change of this table all mail is indexed anew. Default: none.",
     R"("application/pdf" = ["pdftotext", "-q", "/dev/stdin", "-"])"},
    {"searches", named_texts{AT(searches)},
     "Searches that you use often, by names of your own. restante search saved:bills is what it says, as if in "
     "brackets; one may name others. Default: none.",
     R"(bills = "from:(shop OR bank) subject:invoice -tag:paid")"},
});

#undef AT

constexpr std::array headings_of_archive{
    table_heading{"notify", "How restante watch reports new mail and trouble."},
};

} // namespace

const schema& archive_schema()
{
    static const schema schema{keys_of_archive, headings_of_archive, "restante.toml(5)",
                               work_on_defaults<archive_configuration>, check_archive};
    return schema;
}

} // namespace config
