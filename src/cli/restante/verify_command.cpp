// restante verify: the archive and its second copy, read to the last octet.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/verifying.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <map>
#include <vector>

namespace cli::restante {

namespace {

/// More of one kind are summed up; --verbose and --json name all.
constexpr std::size_t differences_shown_max = 10;

boost::json::object difference_json(const ledger::difference& difference)
{
    return {{"account", difference.account},
            {"key", difference.key},
            {"kind", ledger::name_of(difference.kind)},
            {"what", difference.description},
            {"what_to_do", difference.what_to_do},
            {"repaired", difference.repaired}};
}

void report_all(const style& options, const std::string& account,
                const std::vector<ledger::difference>& differences)
{
    std::map<std::string_view, std::size_t> counts;
    std::map<std::string_view, std::string> advice;
    for (const auto& difference : differences) {
        const auto kind = ledger::name_of(difference.kind);
        if (options.json)
            print_json("difference", difference_json(difference));
        else if (++counts[kind] <= differences_shown_max || options.verbose)
            print(fmt::format("{}: {}: {}{}\n    {}\n", account, readable_line(difference.key),
                              difference.description, difference.repaired ? " (repaired)" : "",
                              difference.what_to_do));
        else
            advice[kind] = difference.what_to_do;
    }
    for (const auto& [kind, what_to_do] : advice)
        print(fmt::format("{}: and {} more that {} {} (--verbose names them)\n    {}\n", account,
                          counts[kind] - differences_shown_max,
                          base::for_number(counts[kind] - differences_shown_max, "is", "are"), kind,
                          what_to_do));
}

std::string moved_text(const ledger::verification& found, bool repaired)
{
    if (found.moved == 0) return "";
    return fmt::format("; {} {} under another name than the ledger knew{}", found.moved,
                       base::for_number(found.moved, "lies", "lie"),
                       repaired ? ", and it knows that now"
                                : ": the next fetch, or restante verify --repair, enters that");
}

void report_sums(const std::string& account, const ledger::verification& found, bool repaired)
{
    print(fmt::format("{}: {} read, {}B; {}{}{}\n", account, base::counted(found.messages, "message"),
                      rounded_octets(static_cast<double>(found.octets)),
                      base::counted(found.differences.size(), "difference"),
                      found.repaired > 0 ? fmt::format(", {} entered into the ledger", found.repaired) : "",
                      moved_text(found, repaired)));
}

void report_copy_sums(const std::string& account, const std::string& path,
                      const archive::copy_verification& found)
{
    print(fmt::format(
        "{}: second copy in {}: {} read, {}B; {}{}{}\n", account, path,
        base::counted(found.messages, "message"), rounded_octets(static_cast<double>(found.octets)),
        base::counted(found.differences.size(), "difference"),
        found.copied > 0 ? fmt::format(", {} copied now", found.copied) : "",
        found.lacking == 0 || found.trouble
            ? ""
            : fmt::format("; {} {} not in it: restante verify --repair copies what is good here",
                          base::counted(found.lacking, "message"),
                          base::for_number(found.lacking, "is", "are"))));
}

/// Messages that lack are no damage, and yet not all is well.
int code_of(const archive::copy_verification& found)
{
    int code = found.differences.empty() && !found.stopped ? EX_OK : EX_DATAERR;
    if (found.lacking > 0 && !found.trouble) code = worse(code, exit_not_all_well);
    return code;
}

/// What could not be copied, once.
int report_copy_trouble(const std::string& account, const std::string& path,
                        const archive::copy_verification& found)
{
    if (!found.trouble) return EX_OK;
    auto error = *found.trouble;
    error.operator_text = fmt::format("{}: what is not in the second copy in {} could not be copied: {}",
                                      account, path, error.operator_text);
    return report(error);
}

boost::json::object copy_json(const std::string& path, const archive::copy_verification& found)
{
    return {{"path", path},
            {"messages", found.messages},
            {"octets", found.octets},
            {"verified", found.verified},
            {"lacking", found.lacking},
            {"copied", found.copied},
            {"differences", found.differences.size()},
            {"whole", found.whole()}};
}

/// What could not be looked at, or was found.
int code_of(const collector::copy_verdict& copy)
{
    if (copy.unusable) return exit_code_of(*copy.unusable);
    return copy.found ? code_of(*copy.found) : EX_OK;
}

/// Null where there is none.
boost::json::value verdict_json(const collector::copy_verdict& copy)
{
    if (copy.unusable)
        return boost::json::object{{"path", copy.path}, {"trouble", copy.unusable->operator_text}};
    if (!copy.found) return nullptr;
    return copy_json(copy.path, *copy.found);
}

bool is_whole(const collector::account_verdict& verdict)
{
    return verdict.mail.whole() && code_of(verdict.copy) == EX_OK &&
           (!verdict.copy.found || verdict.copy.found->whole());
}

void print_sums(const style& options, const std::string& account, const collector::account_verdict& verdict,
                bool repair)
{
    const auto& [mail, copy, not_noted] = verdict;
    if (options.json)
        print_json("verification", {{"account", account},
                                    {"messages", mail.messages},
                                    {"octets", mail.octets},
                                    {"differences", mail.differences.size()},
                                    {"repaired", mail.repaired},
                                    {"moved", mail.moved},
                                    {"second_copy", verdict_json(copy)},
                                    {"whole", is_whole(verdict)}});
    else if (!options.quiet) {
        report_sums(account, mail, repair);
        if (copy.found) report_copy_sums(account, copy.path, *copy.found);
    }
}

int verify_one(const style& options, collector::archive_folder& folder, const std::string& account,
               bool repair, progress_display& display, std::size_t line)
{
    const auto verdict = collector::verify_account(
        folder, {.account = account, .repair = repair, .progress = bar_of(display, line)});
    display.clear();
    if (!verdict) return report(verdict.error());
    const auto& copy = verdict->copy;
    if (copy.unusable) report(*copy.unusable);
    int code = worse(verdict->mail.whole() ? EX_OK : EX_DATAERR, code_of(copy));
    report_all(options, account, verdict->mail.differences);
    report_all(options, account, copy.put_aside);
    if (copy.found) report_all(options, account, copy.found->differences);
    print_sums(options, account, *verdict, repair);
    if (copy.found) code = worse(code, report_copy_trouble(account, copy.path, *copy.found));
    if (verdict->not_noted) code = worse(code, report(*verdict->not_noted));
    return code;
}

} // namespace

int verify(const style& options, const std::vector<std::string>& accounts, bool repair)
{
    return for_each_account(options, accounts,
                            [&](auto& folder, const auto& name, auto& display, std::size_t line) {
                                return verify_one(options, folder, name, repair, display, line);
                            });
}

} // namespace cli::restante
