// Mail of other programs into an account, to the octet.
#include "collector/importing.hpp"

#include "collector/ledger_care.hpp"
#include "collector/run_report.hpp"
#include "credentials/child_process.hpp"
#include "ledger/tags.hpp"
#include "store/maildir/foreign_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <utility>

namespace collector {

namespace {

base::result<import_report> read_tree(archive_folder& folder, const std::string& path,
                                      const exchange::import_parts& environment)
{
    auto top = folder.files().open(path);
    if (!top) return base::fail(top.error());
    // One that cannot be read is reported as a file of the tree.
    const auto read = ledger::read_tags_file(**top);
    if (!read && read.error().kind == base::failure::malformed)
        folder.person().note(absolute_path(path) + ": no tags were taken: " + read.error().operator_text);
    const auto tags = read.value_or(ledger::content_tags());
    exchange::import_parts parts = environment;
    parts.tags = &tags;
    auto done = exchange::import_tree(**top, [&] { return store::maildir::list_foreign_tree(**top); }, parts);
    if (!done) return base::fail(done.error());
    return import_report{*std::move(done), absolute_path(path) + "/", {}};
}

base::result<import_report> read_file(archive_folder& folder, const mail_place& source,
                                      const exchange::import_parts& parts)
{
    const auto file = named_file(source.path);
    if (!file) return base::fail(file.error());
    auto directory = folder.files().open(file->folder);
    if (!directory) return base::fail(directory.error());
    const bool is_mbox = source.form == mail_form::mbox;
    auto done = is_mbox ? exchange::import_mbox(**directory, file->name, parts)
                        : exchange::import_file(**directory, file->name, parts);
    if (!done) return base::fail(done.error());
    return import_report{
        *std::move(done), is_mbox ? absolute_path(source.path) + ": " : file->folder + "/", {}};
}

base::result<import_report> read_outlook(archive_folder& folder, const std::string& path,
                                         const exchange::import_parts& environment)
{
    if (const auto file = named_file(path); !file) return base::fail(file.error());
    const auto unpacked = unpack_outlook(path);
    if (!unpacked) return base::fail(unpacked.error());
    exchange::import_parts parts = environment;
    parts.by_readpst = true;
    auto read = read_tree(folder, unpacked->top(), parts);
    if (!read) return read;
    read->prefix = absolute_path(path) + ": "; // what is unpacked is gone when this is read
    read->done.found += unpacked->left_out.size();
    std::ranges::copy(unpacked->left_out, std::back_inserter(read->done.failed));
    return read;
}

base::result<import_report> read_source(archive_folder& folder, const mail_place& source,
                                        const exchange::import_parts& parts)
{
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(source.path, ignored);
    if (source.form == mail_form::outlook) return read_outlook(folder, source.path, parts);
    if (source.form == mail_form::mbox && is_folder) {
        // Apple Mail exports a folder NAME.mbox with a file mbox in it.
        const mail_place within{source.form, source.path + "/mbox"};
        if (std::filesystem::is_regular_file(within.path, ignored)) return read_file(folder, within, parts);
        return base::fail(base::permanent_error(
            base::failure::malformed, "a folder is not an mbox: name the file, or use --maildir or --eml"));
    }
    if (is_folder) return read_tree(folder, source.path, parts);
    if (source.form == mail_form::maildir && std::filesystem::exists(source.path, ignored))
        return base::fail(
            base::permanent_error(base::failure::malformed, "a file is not a Maildir: use --mbox or --eml"));
    return read_file(folder, source, parts);
}

} // namespace

base::result<account_desk> open_for_import(archive_folder& folder, const std::string& account)
{
    auto desk = open_desk(folder, account);
    if (!desk) return desk;
    auto known = rebuild_where_lost(*desk->book, account, *desk->mail, folder.person().note, {}, nullptr);
    if (!known) return base::fail(known.error());
    return desk;
}

base::result<import_report> import_mail(archive_folder& folder, account_desk& desk,
                                        const import_request& request)
{
    const auto& account = desk.account.archive.name;
    const exchange::import_parts parts{.account = account,
                                       .folder = request.folder,
                                       .mail = *desk.mail,
                                       .book = *desk.book,
                                       .aside = folder.damaged_path(account),
                                       .tell = request.progress};
    auto out = read_source(folder, request.source, parts);
    if (!out) return out;
    if (out->done.stored > 0)
        if (auto indexed = index_mail(folder, account, request.indexing, nullptr); !indexed)
            out->not_indexed = indexed.error();
    if (auto& trouble = out->done.trouble; trouble && trouble->kind == base::failure::no_space)
        trouble->operator_text = full_disk_text(folder.path(), trouble->operator_text);
    return out;
}

namespace {

constexpr std::chrono::hours unpacking_limit{
    24}; // of 50 GiB on a slow disk; only a stuck program takes longer

constexpr std::size_t printed_octets_max = 64u << 20; // a few lines for each folder

/// From lines such as "\t"Inbox" - 3 items done, 1 items skipped.".
std::vector<std::string> left_out_in(std::string_view printed)
{
    constexpr std::string_view between = "\" - ";
    constexpr std::string_view done = " items done, ";
    constexpr std::string_view end = " items skipped.";
    std::vector<std::string> out;
    while (!printed.empty()) {
        std::string_view line = printed.substr(0, printed.find('\n'));
        printed.remove_prefix(std::min(line.size() + 1, printed.size()));
        const std::size_t name_end = line.rfind(between);
        const std::size_t count = line.rfind(done);
        if (!line.starts_with("\t\"") || !line.ends_with(end) || name_end == std::string_view::npos ||
            count == std::string_view::npos || count < name_end)
            continue;
        const std::string_view name = line.substr(2, std::max<std::size_t>(name_end, 2) - 2);
        line.remove_suffix(end.size());
        line.remove_prefix(count + done.size());
        if (line != "0")
            out.push_back(fmt::format(
                "{}: {} items of which readpst makes no files: tasks, notes, or damaged", name, line));
    }
    return out;
}

/// As the end of a sentence.
std::string last_line_of(std::string_view printed)
{
    while (printed.ends_with('\n')) printed.remove_suffix(1);
    const std::string_view line = printed.substr(printed.rfind('\n') + 1);
    return line.empty() ? std::string() : ": " + std::string(line);
}

base::error trouble(base::failure kind, std::string text)
{
    return {.kind = kind, .temporary = false, .peer_text = {}, .operator_text = std::move(text)};
}

} // namespace

unpacked_mail::unpacked_mail(unpacked_mail&& other) noexcept
    : left_out(std::move(other.left_out)), path_(std::exchange(other.path_, {}))
{
}

unpacked_mail::~unpacked_mail()
{
    std::error_code ignored; // what cannot be removed lies in /tmp, for its owner alone
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

std::string unpacked_mail::top() const
{
    std::error_code ignored; // what cannot be listed is told by the import
    std::string only;
    for (const auto& entry : std::filesystem::directory_iterator(path_, ignored)) {
        if (!only.empty() || !entry.is_directory(ignored)) return path_;
        only = entry.path().string();
    }
    return only.empty() ? path_ : only;
}

base::result<unpacked_mail> unpack_outlook(const std::string& path)
{
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown))
        return base::fail(trouble(base::failure::vanished, "it is not there"));
    std::string wish = std::filesystem::temp_directory_path(unknown).string() + "/restante-pst-XXXXXX";
    if (unknown || ::mkdtemp(wish.data()) == nullptr)
        return base::fail(base::error_from_errno(errno, "making a folder for the unpacked mail in " + wish));
    unpacked_mail unpacked(std::move(wish));
    // -e: a file for each message, contact and appointment, so that what it skips is neither; -j 0: in one process,
    // whose end tells whether all went well.
    auto child =
        credentials::child_process::start({.argv = {"readpst", "-j", "0", "-e", "-o", unpacked.path(), path},
                                           .listens = true,
                                           .limit = unpacking_limit});
    const auto printed = child ? child->read_all(printed_octets_max) : base::fail(child.error());
    auto ended = child ? child->finish() : base::fail(child.error());
    if (!child || (ended && ended->exit_status == 127))
        return base::fail(trouble(base::failure::refused,
                                  "reading it takes the program readpst; install the package pst-utils"));
    if (!ended) return base::fail(ended.error());
    if (ended->exit_status != 0)
        return base::fail(
            trouble(base::failure::malformed,
                    fmt::format("readpst could not read it (exit status {}){}", ended->exit_status,
                                printed ? last_line_of(*printed) : std::string())));
    if (!printed) return base::fail(printed.error());
    unpacked.left_out = left_out_in(*printed);
    return unpacked;
}

} // namespace collector
