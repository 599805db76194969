// What every command ends with: an exit code that means something, and a text for a person.
#include "cli/restante/reporting.hpp"

#include "base/counted.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/terminal.hpp"
#include "collector/run_report.hpp"
#include "config/account_configuration.hpp"
#include "config/values.hpp"
#include "ledger/tags.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmath>
#include <iostream>

namespace cli::restante {

namespace {

class terminal_log final : public base::log {
public:
    terminal_log(base::severity least, bool json) : least_(least), json_(json) {}
    void write(base::severity level, std::string_view event, std::span<const base::field> fields) override
    {
        if (level < least_) return;
        // One write a line, so that accounts side by side do not mix theirs.
        const auto line = json_ ? fmt::format(R"({{"type":"log","level":"{}","log":{}}})"
                                              "\n",
                                              base::name_of(level), base::format_json(event, fields))
                                : "restante: " + base::format_key_value(event, fields) + "\n";
        std::cerr.write(line.data(), static_cast<std::streamsize>(line.size()));
    }

private:
    const base::severity least_;
    const bool json_;
};

boost::json::array tags_json(const std::string& tags)
{
    boost::json::array out;
    for (const auto& tag : ledger::tags_in(tags)) out.push_back(boost::json::string(tag));
    return out;
}

boost::json::array exceptions_json(const std::vector<archive::exception_entry>& entries)
{
    boost::json::array out;
    for (const auto& entry : entries)
        out.push_back(boost::json::object{{"unique_id", entry.unique_id}, {"why", entry.reason}});
    return out;
}

void append(std::string& out, std::string_view label, const std::vector<archive::exception_entry>& entries)
{
    for (const auto& entry : entries)
        out +=
            fmt::format("  {} {}: {}\n", label, readable_line(entry.unique_id), readable_line(entry.reason));
}

} // namespace

std::string describe(const client::server_abilities& abilities, const archive::keep_policy& keep)
{
    std::string out = fmt::format("signed in by {}{}", abilities.mechanism,
                                  abilities.tls ? " over " + abilities.tls_text : " WITHOUT TLS");
    out += fmt::format("\nserver supports: {}{}{}{}", abilities.unique_ids ? "unique-ids (UIDL), " : "",
                       abilities.top ? "headers alone (TOP), " : "",
                       abilities.pipelining ? "pipelining (PIPELINING), " : "",
                       abilities.response_codes ? "response codes (RESP-CODES)" : "no extensions");
    if (abilities.login_delay)
        out += fmt::format("\nit requires {} s between two log-ins (LOGIN-DELAY)",
                           abilities.login_delay->count());
    if (abilities.expire_days)
        out += *abilities.expire_days == 0 ? "\nit removes mail as soon as it was fetched (EXPIRE 0)"
                                           : fmt::format("\nit removes mail automatically after {} (EXPIRE)",
                                                         base::counted(*abilities.expire_days, "day"));
    if (!abilities.implementation.empty()) out += "\nsoftware: " + abilities.implementation;
    out += "\nkept on the server: " + config::format_keep(keep) + "\n";
    return out;
}

int exit_code_of(const base::error& error)
{
    if (collector::is_temporary(error)) return EX_TEMPFAIL;
    switch (error.kind) {
    case base::failure::credentials:
    case base::failure::disabled:
    case base::failure::refused: return EX_NOPERM;
    case base::failure::unknown_user: return EX_NOUSER;
    case base::failure::vanished:
    case base::failure::malformed:
    case base::failure::too_large: return EX_DATAERR;
    case base::failure::exists: return EX_CANTCREAT;
    case base::failure::network:
    case base::failure::closed:
    case base::failure::timed_out: return EX_UNAVAILABLE;
    case base::failure::internal: return EX_SOFTWARE;
    case base::failure::in_use:
    case base::failure::login_delay:
    case base::failure::overloaded: return EX_TEMPFAIL;
    case base::failure::over_quota:
    case base::failure::no_space:
    case base::failure::storage:
    case base::failure::outcome_unknown:
    case base::failure::fenced: return EX_IOERR;
    }
    return EX_SOFTWARE;
}

int report(const base::error& error)
{
    return error_exit(exit_code_of(error), error.operator_text);
}

int worse(int first, int other)
{
    const auto rank = [](int code) {
        if (code == EX_OK) return 0;
        if (code == exit_not_all_well) return 1;
        return code == EX_TEMPFAIL ? 2 : 3;
    };
    return rank(first) >= rank(other) ? first : other;
}

std::unique_ptr<base::log> make_log(const style& options)
{
    return std::make_unique<terminal_log>(options.verbose ? base::severity::debug : base::severity::error,
                                          options.json);
}

boost::json::object to_json(const archive::fetch_report& account)
{
    boost::json::array warnings;
    for (const auto& warning : account.warnings) warnings.push_back(boost::json::string(warning));
    return {{"account", account.account},
            {"dry_run", account.dry_run},
            {"well", account.well()},
            {"sums_agree", account.sums_agree()},
            {"on_server", account.on_server},
            {"stored", account.stored},
            {"stored_before", account.stored_before},
            {"removed_here", account.removed_here},
            {"removals", boost::json::array(account.removals.begin(), account.removals.end())},
            {"skipped", exceptions_json(account.skipped)},
            {"failed", exceptions_json(account.failed)},
            {"same_as_others", account.same_as_others},
            {"not_reached", account.not_reached},
            {"stopped", account.stopped},
            {"octets_stored", account.octets_stored},
            {"deleted", account.deleted},
            {"deletions", exceptions_json(account.deletions)},
            {"deletion_unknown", account.deletion_unknown},
            {"vanished", account.vanished},
            {"quarantined", account.quarantined},
            {"warnings", std::move(warnings)},
            {"trouble", account.trouble},
            {"temporary", account.temporary},
            {"unproven", account.unproven},
            {"uncopied", account.uncopied},
            {"guard_stopped", account.guard_stopped},
            {"clock_jumped", account.clock_jumped},
            {"sessions", account.sessions},
            {"milliseconds", std::llround(account.seconds * 1000)}};
}

std::string to_text(const archive::fetch_report& account, bool verbose)
{
    if (!account.listed)
        return account.account + ": the server did not show what it has\n  ended early: " +
               collector::without_account(account.account, account.trouble) + "\n";
    const std::string_view would = account.dry_run ? "would be " : "";
    auto out = fmt::format("{}: {} on the server = {} {}stored", account.account, account.on_server,
                           account.stored, would);
    if (account.same_as_others > 0) out += fmt::format(" + {} the same as others", account.same_as_others);
    out += fmt::format(" + {} stored before", account.stored_before - account.same_as_others);
    if (account.removed_here > 0) out += fmt::format(" + {} not here any more", account.removed_here);
    out += fmt::format(" + {} skipped + {} failed", account.skipped.size(), account.failed.size());
    if (account.not_reached > 0) out += fmt::format(" + {} not reached", account.not_reached);
    if (!account.sums_agree()) out += " (THESE SUMS DO NOT AGREE: please report it)";
    if (account.deleted > 0) out += fmt::format("; {} {}deleted there", account.deleted, would);
    if (account.deletion_unknown > 0)
        out +=
            fmt::format("; {} perhaps deleted there: the next run will report it", account.deletion_unknown);
    if (account.vanished > 0) out += fmt::format("; {} removed there by someone else", account.vanished);
    if (account.quarantined > 0) out += fmt::format("; {} in quarantine", account.quarantined);
    out += fmt::format(" ({}B in {:.1f} s)\n", rounded_octets(static_cast<double>(account.octets_stored)),
                       account.seconds);
    append(out, "skipped", account.skipped);
    append(out, "failed", account.failed);
    if (verbose)
        for (const std::string& name : account.removals)
            out +=
                fmt::format("  not here any more: {0}; restante restore {1} --message {0} brings it back\n",
                            name, account.account);
    if (verbose) append(out, "would be deleted:", account.deletions);
    for (const auto& warning : account.warnings) out += "  " + warning + "\n";
    if (!account.trouble.empty())
        out += "  ended early: " + collector::without_account(account.account, account.trouble) + "\n";
    if (account.stopped) out += "  " + collector::stopped_text(account) + "\n";
    return out;
}

int exit_code_of(const archive::fetch_report& account)
{
    if (account.well()) return EX_OK;
    if (collector::is_temporary(account)) return EX_TEMPFAIL;
    return exit_not_all_well;
}

boost::json::object to_json(const search::indexed_message& message)
{
    boost::json::object out{{"number", message.number},
                            {"account", message.account},
                            {"key", message.key},
                            {"folder", message.folder},
                            {"seen", message.marks.seen},
                            {"flagged", message.marks.flagged},
                            {"answered", message.marks.answered},
                            {"date", config::format_time(message.date)},
                            {"from", message.from},
                            {"to", message.to},
                            {"subject", message.subject},
                            {"octets", message.octets},
                            {"attachment_count", message.attachments},
                            {"tags", tags_json(message.tags)},
                            {"thread", message.thread}};
    if (!message.message_id.empty()) out["message_id"] = message.message_id;
    return out;
}

void print_json(std::string_view type, const boost::json::object& object)
{
    boost::json::object typed{{"type", type}};
    for (const auto& [key, value] : object) typed[key] = value;
    print_octets(boost::json::serialize(typed) + "\n");
}

bool agree(const style& options, const std::string& question, const std::atomic<bool>* stop)
{
    if (options.yes) return true;
    if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0) return false;
    std::cerr << readable(question) << " [y/N] " << std::flush;
    // Where a thread waits for signals, none of them ends a read.
    constexpr int look_every = 50; // milliseconds
    pollfd terminal{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    while (stop != nullptr && poll(&terminal, 1, look_every) == 0)
        if (*stop) break;
    if (stop != nullptr && *stop) {
        std::cerr << "\n";
        return false;
    }
    std::string answer;
    return std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes");
}

} // namespace cli::restante
