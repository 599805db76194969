// restante export: mail out of the archive, to the octet.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/exporting.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <cerrno>

namespace cli::restante {

namespace {

constexpr std::string_view standard_output = "-";

bool goes_to_standard_output(const collector::mail_place& target)
{
    return target.form == collector::mail_form::mbox && target.path == standard_output;
}

base::result<> write_to_standard_output(std::string_view octets)
{
    if (print_octets(octets)) return {};
    return base::fail(base::error_from_errno(errno != 0 ? errno : EIO, "writing to standard output"));
}

base::result<collector::export_selection> select_messages(collector::archive_folder& folder,
                                                          const style& options,
                                                          const collector::export_request& request)
{
    progress_display display(folder.clock(), !options.quiet && !options.json);
    return collector::select_for_export(folder, request, indexing_bars(display));
}

std::string summary_of_export(const exchange::exported& done)
{
    std::string out = fmt::format("{} written ({}B)", base::counted(done.messages, "message"),
                                  rounded_octets(static_cast<double>(done.octets)));
    if (done.there_before > 0) out += fmt::format("; {} lay there already", done.there_before);
    if (!done.vanished.empty())
        out += fmt::format("; {} {} removed meanwhile", done.vanished.size(),
                           base::for_number(done.vanished.size(), "was", "were"));
    if (!done.damaged.empty()) out += fmt::format("; {} could not be read", done.damaged.size());
    if (done.inexact > 0)
        out += fmt::format("; {} cannot come back from an mbox to the octet: --eml can", done.inexact);
    return out;
}

int print_report(const style& options, const collector::mail_place& target, const exchange::exported& done)
{
    for (const auto& line : done.damaged) complain("damaged, not written: " + line);
    for (const auto& line : done.changed)
        complain("written as it is, but changed since it was stored (restante verify reports details): " +
                 line);
    if (goes_to_standard_output(target)) {
        if (!options.quiet) complain(summary_of_export(done));
    } else if (options.json)
        print_json("export", {{"messages", done.messages},
                              {"there_before", done.there_before},
                              {"octets", done.octets},
                              {"inexact", done.inexact},
                              {"damaged", done.damaged.size()},
                              {"changed", done.changed.size()},
                              {"vanished", done.vanished.size()}});
    else if (!options.quiet)
        print(summary_of_export(done) + "\n");
    return done.damaged.empty() && done.changed.empty() ? EX_OK : EX_DATAERR;
}

} // namespace

int export_mail(const style& options, const exchange_wish& wish)
{
    const auto target = place_in(wish);
    if (!target) return error_exit(EX_USAGE, "name where to: --mbox FILE, --eml DIR or --maildir DIR");
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    auto selection = select_messages(*folder, options, {.query = wish.query, .limit = wish.limit});
    if (!selection) return report(selection.error());
    const bool to_standard_output = goes_to_standard_output(*target);
    progress_display display(folder->clock(), !options.quiet && !options.json && !to_standard_output);
    const auto line = display.add("export");
    const exchange::export_watch watch{.tell = [&](std::uint64_t ready, std::uint64_t total) {
        display.update(line, ready, total, "writing");
    }};
    const auto done =
        to_standard_output
            ? collector::export_mail(*folder, *std::move(selection), write_to_standard_output, watch)
            : collector::export_mail(*folder, *std::move(selection), *target, watch);
    display.clear();
    if (!done) return to_standard_output ? report(done.error()) : report_target(target->path, done.error());
    return print_report(options, *target, *done);
}

} // namespace cli::restante
