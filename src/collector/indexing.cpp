// Bringing the index up to what lies in the archive.
#include "collector/indexing.hpp"

#include "base/ascii.hpp"
#include "collector/ledger_care.hpp"
#include "collector/run_report.hpp"
#include "credentials/child_process.hpp"
#include "ledger/unique_id_journal.hpp"
#include "net/descriptor.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string_view>
#include <vector>

namespace collector {

namespace {

/// Lets the index find words in attachments, by the programs of restante.toml.
base::result<> read_attachments(archive_folder& folder, search::index& index)
{
    const auto reader = std::make_shared<attachment_reader>(folder.configuration(), folder.person().note);
    return index.read_attachments(
        reader->name(),
        [reader](const mail::mime::attachment& attachment) { return reader->wants(attachment); },
        [reader](const mail::mime::attachment& attachment, std::string_view octets) {
            return reader->text_of(attachment, octets);
        });
}

base::result<> catch_up(archive_folder& folder, search::index& index, const std::string& account,
                        const indexing_progress& progress, const std::atomic<bool>* stop)
{
    auto mail = folder.mail(account);
    if (!mail) return base::fail(mail.error());
    const auto done = index.catch_up(
        account, **mail,
        [&](std::uint64_t ready, std::uint64_t total) {
            if (progress) progress(account, ready, total);
        },
        stop);
    if (!done) return base::fail(done.error());
    return {};
}

/// Tags are the ledger's; it is opened only where they may have changed.
base::result<> follow_tags(archive_folder& folder, search::index& index)
{
    const auto state = folder.tags_state();
    if (!state) return base::fail(state.error());
    const auto known = index.knows_tags(*state);
    if (!known || *known) return known ? base::result<>() : base::fail(known.error());
    auto book = open_or_replace_ledger(folder);
    if (!book) return base::fail(book.error());
    const auto now = (*book)->tags_state(); // before the tags, so that a change meanwhile shows the next time
    if (!now) return base::fail(now.error());
    std::vector<search::index::tagged_content> contents;
    auto done = (*book)->each_tagged(
        [&](std::string_view account, const ledger::content_hash& hash, std::string_view tags) {
            contents.push_back({std::string(account), hash, std::string(tags)});
        });
    return done ? index.take_tags(*now, contents) : done;
}

/// Opens the index and works with it; a damaged one is made again, once.
base::result<std::unique_ptr<search::index>>
open_and_use(archive_folder& folder, const std::function<base::result<>(search::index&)>& work)
{
    const bool was_there = folder.has_index(); // on a full disk a new one is damaged before it was ever whole
    auto index = folder.index();
    if (!index) return index;
    auto done = work(**index);
    if (!done && (*index)->met_damage()) {
        if (was_there) folder.person().note("the index is damaged, and is rebuilt from the mail");
        index = folder.make_index_again();
        if (!index) return index;
        done = work(**index);
    }
    if (!done) return base::fail(done.error());
    return index;
}

} // namespace

base::result<std::vector<std::string>> accounts_to_ask(archive_folder& folder,
                                                       const std::optional<std::string>& account)
{
    if (!account) return folder.account_names();
    if (ledger::is_account_name(*account) && folder.files().open(folder.mail_path(*account) + "/cur"))
        return std::vector{*account};
    if (auto known = folder.account(*account); !known && known.error().kind == base::failure::unknown_user)
        return base::fail(known.error());
    return std::vector{*account};
}

base::result<> index_mail(archive_folder& folder, const std::string& account,
                          const indexing_progress& progress, const std::atomic<bool>* stop)
{
    const auto done = open_and_use(folder, [&](search::index& index) {
        const auto ready = read_attachments(folder, index);
        return ready ? catch_up(folder, index, account, progress, stop) : ready;
    });
    if (done) return {};
    auto error = done.error();
    error.operator_text = account + ": the mail is stored, but not in the index yet: " +
                          without_account(account, error.operator_text);
    return base::fail(std::move(error));
}

base::result<std::unique_ptr<search::index>> open_index(archive_folder& folder,
                                                        const std::optional<std::string>& account,
                                                        const indexing_progress& progress)
{
    auto names = accounts_to_ask(folder, account);
    if (!names) return base::fail(names.error());
    return open_and_use(folder, [&](search::index& index) -> base::result<> {
        if (auto ready = read_attachments(folder, index); !ready) return ready;
        for (const auto& name : *names)
            if (auto done = catch_up(folder, index, name, progress, nullptr); !done) return done;
        return follow_tags(folder, index);
    });
}

namespace {

constexpr std::chrono::seconds reading_limit{30};
constexpr std::size_t printed_text_octets_max = 1u << 20; // as much as of a message's own text
constexpr int status_of_no_program = 127;

base::error helper_trouble(std::string text)
{
    return {.kind = base::failure::refused,
            .temporary = false,
            .peer_text = {},
            .operator_text = std::move(text)};
}

/// In memory: an encrypted archive's mail must not lie on a disk.
base::result<net::descriptor> file_with(std::string_view octets)
{
    net::descriptor file(memfd_create("attachment", MFD_CLOEXEC));
    if (!file.valid()) return base::fail(base::error_from_errno(errno, "make a file in memory"));
    while (!octets.empty()) {
        const ssize_t written = ::write(file.get(), octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return base::fail(base::error_from_errno(errno, "write into memory"));
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    if (lseek(file.get(), 0, SEEK_SET) != 0)
        return base::fail(base::error_from_errno(errno, "read from memory"));
    return file;
}

base::result<std::string> text_by(const std::vector<std::string>& command, std::string_view octets)
{
    const auto file = file_with(octets);
    if (!file) return base::fail(file.error());
    auto child =
        credentials::child_process::start({.argv = command,
                                           .input = file->get(),
                                           .listens = true,
                                           .silent = true, // a stranger's file decides what it says there
                                           .limit = reading_limit});
    if (!child) return base::fail(child.error());
    auto text = child->read_beginning(printed_text_octets_max);
    if (!text || text->size() == printed_text_octets_max) return text;
    const auto ended = child->finish();
    if (!ended) return base::fail(ended.error());
    if (ended->exit_status == status_of_no_program) return base::fail(helper_trouble("it is not installed"));
    if (ended->exit_status != 0)
        return base::fail(helper_trouble(ended->signal != 0
                                             ? fmt::format("signal {} ended it", ended->signal)
                                             : fmt::format("exit status {}", ended->exit_status)));
    return text;
}

} // namespace

std::string attachment_reader::name() const
{
    std::string out;
    for (const auto& [type, command] : commands_) {
        out += type;
        for (const auto& word : command) out += '\t' + word;
        out += '\n';
    }
    return out;
}

const std::vector<std::string>& attachment_reader::command_for(const mail::mime::attachment& attachment) const
{
    static const std::vector<std::string> none;
    if (const auto found = commands_.find(base::lower_case(attachment.content_type));
        found != commands_.end())
        return found->second;
    const std::string name = base::lower_case(attachment.name);
    for (const auto& [end, command] : commands_)
        if (end.starts_with('.') && name.ends_with(end)) return command;
    return none;
}

std::string attachment_reader::text_of(const mail::mime::attachment& attachment, std::string_view octets)
{
    const auto& command = command_for(attachment);
    auto text = text_by(command, octets);
    if (text) return std::move(*text);
    if (complained_.insert(command.front()).second)
        note_(command.front() + " could not read an attachment (" + text.error().operator_text +
              "): such messages are found by all but the text of these");
    return {};
}

} // namespace collector
