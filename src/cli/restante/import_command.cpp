// restante import: mail of other programs into the archive, with an account of all that was there.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/importing.hpp"

#include <fmt/format.h>
#include <sysexits.h>

namespace cli::restante {

namespace {

/// Files lie there, and no mail among them: whoever wanted mail imported named the wrong place or the wrong form.
bool found_nothing(const exchange::imported& done)
{
    return done.found == 0 && done.not_mail > 0;
}

void print_exceptions(const collector::import_report& read, const std::string& path)
{
    const exchange::imported& done = read.done;
    for (const auto& line : done.failed) complain("not taken: " + readable_line(read.prefix + line));
    for (const auto& line : done.cut)
        complain("taken, but perhaps cut: " + readable_line(read.prefix + line));
    for (const auto& line : done.not_put_aside)
        complain("replaced, but the damaged file could not be put aside: " + readable_line(line));
    for (const auto& line : done.no_message) complain("not taken: " + readable_line(read.prefix + line));
    for (const auto& line : done.passed_over) complain("passed over: " + readable_line(read.prefix + line));
    if (found_nothing(done))
        complain(fmt::format("{}: no mail was found in {}; nothing was imported",
                             collector::absolute_path(path), base::counted(done.not_mail, "file")));
}

void print_other_folders(const style& options, const collector::import_report& read)
{
    if (!options.verbose) return;
    for (const auto& duplicate : read.done.in_other_folders)
        complain(fmt::format("here already, in {}: {}",
                             duplicate.folder.empty() ? "the main folder"
                                                      : "the folder " + readable_line(duplicate.folder),
                             readable_line(read.prefix + duplicate.label)));
}

/// What else the sentence of the account says.
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

int print_report(const style& options, const std::string& account, const std::string& path,
                 const collector::import_report& read)
{
    const exchange::imported& done = read.done;
    print_exceptions(read, path);
    print_other_folders(options, read);
    if (options.json)
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
    else if (!options.quiet)
        print(fmt::format("{}: {} found = {} stored + {} here already + {} not taken{} ({}B){}\n", account,
                          done.found, done.stored, done.duplicates, done.failed.size(),
                          done.not_reached > 0 ? fmt::format(" + {} not reached", done.not_reached) : "",
                          rounded_octets(static_cast<double>(done.octets)), further(done)));
    if (done.unquoted_lines > 0 && !options.quiet)
        complain(fmt::format("{} had \">\" taken off before \"From \", as mboxrd has it",
                             base::counted(done.unquoted_lines, "line")));
    if (done.more_labels > 0 && !options.quiet)
        complain(fmt::format("{} had several of Gmail's labels: the first is the folder, all are in the "
                             "field X-Gmail-Labels",
                             base::counted(done.more_labels, "message")));
    const int code = done.trouble ? report(*done.trouble) : code_of(done);
    return read.not_indexed ? worse(code, report(*read.not_indexed)) : code;
}

} // namespace

int import_mail(const style& options, const std::string& account, const exchange_wish& wish)
{
    const auto source = place_in(wish);
    if (!source)
        return error_exit(EX_USAGE, "name what to read: --mbox FILE, --eml DIR, --maildir DIR or --pst FILE");
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    auto desk = collector::open_for_import(*folder, account);
    if (!desk) return report(desk.error());
    progress_display display(folder->clock(), !options.quiet && !options.json);
    const auto line = display.add(account);
    const auto done = collector::import_mail(
        *folder, *desk,
        {.source = *source,
         .folder = wish.query.folder.value_or(""),
         .progress = [&](std::uint64_t count) { display.update(line, count, count, "importing"); },
         .indexing = indexing_bars(display)});
    display.clear();
    if (!done && wish.pst && done.error().kind == base::failure::refused) // its program is not installed
        return error_exit(EX_UNAVAILABLE,
                          collector::absolute_path(*wish.pst) + ": " + done.error().operator_text);
    if (!done) return report_at(source->path, done.error());
    return print_report(options, account, source->path, *done);
}

} // namespace cli::restante
