// restante import: mail of other programs into the archive, to the octet, with an account of all that was there.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/indexing.hpp"
#include "collector/ledger_care.hpp"
#include "collector/named_files.hpp"
#include "collector/outlook.hpp"
#include "collector/run_report.hpp"
#include "exchange/importing.hpp"
#include "store/maildir/foreign_tree.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace cli::restante {

namespace {

const std::string& path_in(const exchange_wish& wish)
{
    return wish.mbox ? *wish.mbox : wish.eml ? *wish.eml : wish.maildir ? *wish.maildir : *wish.pst;
}

base::error faulty(std::string why)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text = std::move(why)};
}

/// With what makes whole paths of those that it names.
struct import_reading {
    exchange::imported done;
    std::string before;
};

base::result<import_reading> read_tree(collector::archive_folder& folder, const std::string& path,
                                       const exchange::import_parts& into)
{
    auto top = folder.files().open(path);
    if (!top) return base::fail(top.error());
    // One that cannot be read is told as a file of the tree.
    const auto read = ledger::read_tags_file(**top);
    if (!read && read.error().kind == base::failure::malformed)
        complain(collector::absolute_path(path) + ": no tags were taken: " + read.error().operator_text);
    const auto tags = read.value_or(ledger::content_tags());
    exchange::import_parts parts = into;
    parts.tags = &tags;
    auto done = exchange::import_tree(**top, [&] { return store::maildir::list_foreign_tree(**top); }, parts);
    if (!done) return base::fail(done.error());
    return import_reading{*std::move(done), collector::absolute_path(path) + "/"};
}

base::result<import_reading> read_file(collector::archive_folder& folder, const std::string& path,
                                       bool is_mbox, const exchange::import_parts& into)
{
    const auto where = collector::named_file(path);
    if (!where) return base::fail(where.error());
    auto from = folder.files().open(where->folder);
    if (!from) return base::fail(from.error());
    auto done = is_mbox ? exchange::import_mbox(**from, where->name, into)
                        : exchange::import_file(**from, where->name, into);
    if (!done) return base::fail(done.error());
    return import_reading{*std::move(done),
                          is_mbox ? collector::absolute_path(path) + ": " : where->folder + "/"};
}

base::result<import_reading> read_outlook(collector::archive_folder& folder, const std::string& path,
                                          const exchange::import_parts& into)
{
    if (const auto file = collector::named_file(path); !file) return base::fail(file.error());
    const auto unpacked = collector::unpack_outlook(path);
    if (!unpacked) return base::fail(unpacked.error());
    exchange::import_parts parts = into;
    parts.by_readpst = true;
    auto read = read_tree(folder, unpacked->top(), parts);
    if (!read) return read;
    read->before = collector::absolute_path(path) + ": "; // what is unpacked is gone when this is read
    read->done.found += unpacked->left_out.size();
    std::ranges::copy(unpacked->left_out, std::back_inserter(read->done.failed));
    return read;
}

base::result<import_reading> read_in(collector::archive_folder& folder, const exchange_wish& wish,
                                     const exchange::import_parts& into)
{
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(path_in(wish), ignored);
    if (wish.pst) return read_outlook(folder, *wish.pst, into);
    if (wish.mbox && is_folder) {
        // Apple Mail exports a folder NAME.mbox with a file mbox in it.
        if (std::filesystem::is_regular_file(*wish.mbox + "/mbox", ignored))
            return read_file(folder, *wish.mbox + "/mbox", true, into);
        return base::fail(faulty("a folder is no mbox: name the file, or use --maildir or --eml"));
    }
    if (is_folder) return read_tree(folder, path_in(wish), into);
    if (wish.maildir && std::filesystem::exists(*wish.maildir, ignored))
        return base::fail(faulty("a file is no Maildir: use --mbox or --eml"));
    return read_file(folder, path_in(wish), wish.mbox.has_value(), into);
}

/// Files lie there, and no mail among them: whoever wanted mail imported named the wrong place or the wrong form.
bool found_nothing(const exchange::imported& done)
{
    return done.found == 0 && done.not_mail > 0;
}

void tell_exceptions(const import_reading& read, const std::string& path)
{
    const exchange::imported& done = read.done;
    for (const auto& each : done.failed) complain("not taken: " + readable_line(read.before + each));
    for (const auto& each : done.cut)
        complain("taken, but perhaps cut: " + readable_line(read.before + each));
    for (const auto& each : done.not_put_aside)
        complain("replaced, but the damaged file could not be put aside: " + readable_line(each));
    for (const auto& each : done.no_message) complain("not taken: " + readable_line(read.before + each));
    for (const auto& each : done.passed_over) complain("passed over: " + readable_line(read.before + each));
    if (found_nothing(done))
        complain(fmt::format("{}: no mail was found in {}; nothing was imported",
                             collector::absolute_path(path), base::counted(done.not_mail, "file")));
}

void tell_other_folders(const style& how, const import_reading& read)
{
    if (!how.verbose) return;
    for (const auto& each : read.done.in_other_folders)
        complain(
            fmt::format("here already, in {}: {}",
                        each.folder.empty() ? "the main folder" : "the folder " + readable_line(each.folder),
                        readable_line(read.before + each.what)));
}

/// What else the account's sentence tells.
std::string further(const exchange::imported& done)
{
    std::string out;
    if (done.replaced > 0)
        out += fmt::format("; {} damaged here {} replaced", done.replaced,
                           base::for_number(done.replaced, "was", "were"));
    if (!done.cut.empty())
        out += fmt::format("; {} {}", done.cut.size(),
                           base::for_number(done.cut.size(), "is perhaps cut", "are perhaps cut"));
    if (!done.in_other_folders.empty())
        out += fmt::format("; {} of those here already {} in another folder (--verbose names them)",
                           done.in_other_folders.size(),
                           base::for_number(done.in_other_folders.size(), "lies", "lie"));
    if (done.not_mail > 0)
        out += fmt::format("; {} {} no mail", base::counted(done.not_mail, "file"),
                           base::for_number(done.not_mail, "is", "are"));
    return out;
}

int code_of(const exchange::imported& done)
{
    const bool all_taken = done.failed.empty() && done.no_message.empty() && !found_nothing(done);
    return all_taken && done.cut.empty() && done.not_put_aside.empty() ? EX_OK : EX_DATAERR;
}

/// `stopped_by` says why the archive itself ended the import.
int tell(const style& how, const std::string& account, const std::string& path, const import_reading& read,
         const std::optional<base::error>& stopped_by)
{
    const exchange::imported& done = read.done;
    tell_exceptions(read, path);
    tell_other_folders(how, read);
    if (how.json)
        print_json("import", {{"account", account},
                              {"found", done.found},
                              {"stored", done.stored},
                              {"duplicates", done.duplicates},
                              {"in_another_folder", done.in_other_folders.size()},
                              {"octets", done.octets},
                              {"unquoted_lines", done.unquoted_lines},
                              {"not_mail", done.not_mail},
                              {"replaced", done.replaced},
                              {"cut", done.cut.size()},
                              {"not_taken", done.failed.size()},
                              {"not_reached", done.not_reached}});
    else if (!how.quiet)
        print(fmt::format("{}: {} found = {} stored + {} here already + {} not taken{} ({}B){}\n", account,
                          done.found, done.stored, done.duplicates, done.failed.size(),
                          done.not_reached > 0 ? fmt::format(" + {} not reached", done.not_reached) : "",
                          rounded_octets(static_cast<double>(done.octets)), further(done)));
    if (done.unquoted_lines > 0 && !how.quiet)
        complain(fmt::format("{} had \">\" taken off before \"From \", as mboxrd has it",
                             base::counted(done.unquoted_lines, "line")));
    if (done.more_labels > 0 && !how.quiet)
        complain(fmt::format("{} had several of Gmail's labels: the first is the folder, all are in the "
                             "field X-Gmail-Labels",
                             base::counted(done.more_labels, "message")));
    return stopped_by ? report(*stopped_by) : code_of(done);
}

} // namespace

int import_mail(const style& how, const std::string& account, const exchange_wish& wish)
{
    if (!names_one_form(wish))
        return error_exit(EX_USAGE, "name what to read: --mbox FILE, --eml DIR, --maildir DIR or --pst FILE");
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    if (auto known = folder->account(account); !known) return report(known.error());
    const auto lock = folder->lock(account);
    if (!lock) return report(lock.error());
    auto book = collector::open_or_replace_ledger(*folder);
    if (!book) return report(book.error());
    auto mail = folder->mail(account);
    if (!mail) return report(mail.error());
    if (auto sound = collector::rebuild_where_lost(**book, account, **mail, complain, {}, nullptr); !sound)
        return report(sound.error());
    progress_display display(folder->clock(), !how.quiet && !how.json);
    const auto line = display.add(account);
    const exchange::import_parts into{
        .account = account,
        .folder = wish.which.folder.value_or(""),
        .mail = **mail,
        .book = **book,
        .aside = folder->damaged_path(account),
        .tell = [&](std::uint64_t count) { display.update(line, count, count, "importing"); }};
    const auto done = read_in(*folder, wish, into);
    base::result<> indexed;
    if (done && done->done.stored > 0)
        indexed = collector::index_mail(*folder, account, indexing_bars(display), nullptr);
    display.clear();
    if (!done && wish.pst && done.error().kind == base::failure::refused) // its program is not installed
        return error_exit(EX_UNAVAILABLE,
                          collector::absolute_path(*wish.pst) + ": " + done.error().operator_text);
    if (!done) return report_at(path_in(wish), done.error());
    auto trouble = done->done.trouble;
    if (trouble && trouble->kind == base::failure::no_space)
        trouble->operator_text = collector::full_disk_text(folder->path(), trouble->operator_text);
    code = tell(how, account, path_in(wish), *done, trouble);
    return indexed ? code : worse(code, report(indexed.error()));
}

} // namespace cli::restante
