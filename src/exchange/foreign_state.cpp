// Which program wrote a state file, and what becomes of its entries.
#include "exchange/foreign_state.hpp"

#include "base/ascii.hpp"
#include "exchange/foreign_formats.hpp"
#include "ledger/database.hpp"

#include <charconv>

namespace exchange {

namespace {

bool only_blanks(std::string_view line)
{
    return line.find_first_not_of(" \t") == line.npos;
}

/// The first line that is neither empty nor a comment.
std::string_view first_telling_line(std::string_view contents)
{
    std::string_view found;
    each_line(contents, [&](std::string_view line) {
        if (only_blanks(line) || line.starts_with('#')) return true;
        found = line;
        return false;
    });
    return found;
}

std::optional<foreign_program> program_of(std::string_view contents)
{
    const std::string_view line = first_telling_line(contents);
    if (line.find('\0') != line.npos) return foreign_program::getmail;
    if (fdm_unique_id(line)) return foreign_program::fdm;
    if (const std::size_t tab = line.find('\t'); tab != line.npos && tab > 0) {
        const std::string_view rest = line.substr(tab + 1);
        if (seconds_since_1970(rest.substr(0, rest.find('\t')))) return foreign_program::claws;
    }
    if (line.starts_with('*')) return foreign_program::thunderbird;
    if (line.size() > 1 && line[0] == ' ' && base::is_digit(line[1])) return foreign_program::mpop;
    const std::size_t at = line.find('@');
    if (at != line.npos && line.find(' ', at) != line.npos) return foreign_program::fetchmail;
    return std::nullopt;
}

base::error unknown_form(std::string_view file_name)
{
    return {
        .kind = base::failure::malformed,
        .temporary = false,
        .peer_text = "no state file",
        .operator_text =
            std::string(file_name) +
            ": this is no state file of fetchmail (.fetchids), getmail (oldmail-…), mpop (uidls), fdm (its "
            "cache), Thunderbird (popstate.dat), Claws Mail or Sylpheed (uidl/HOST-USER)"};
}

} // namespace

std::string_view name_of(foreign_program which)
{
    switch (which) {
    case foreign_program::fetchmail: return "fetchmail";
    case foreign_program::getmail: return "getmail";
    case foreign_program::mpop: return "mpop";
    case foreign_program::fdm: return "fdm";
    case foreign_program::thunderbird: return "Thunderbird";
    case foreign_program::claws: return "Claws Mail";
    }
    return "unknown";
}

void each_line(std::string_view contents, const std::function<bool(std::string_view)>& tell)
{
    while (!contents.empty()) {
        const std::size_t end = contents.find('\n');
        std::string_view line = contents.substr(0, end);
        contents.remove_prefix(end == contents.npos ? contents.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!tell(line)) return;
    }
}

std::optional<base::wall_time> seconds_since_1970(std::string_view text)
{
    constexpr std::uint64_t seconds_max = 9'000'000'000; // the year 2255; our clock ends in 2262
    std::uint64_t seconds = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (trouble != std::errc() || end != text.data() + text.size() || seconds == 0 || seconds > seconds_max)
        return std::nullopt;
    return base::wall_time(std::chrono::seconds(seconds));
}

base::result<foreign_state> read_foreign_state(std::string_view contents, std::string_view file_name)
{
    const auto program = program_of(contents);
    if (!program) return base::fail(unknown_form(file_name));
    switch (*program) {
    case foreign_program::fetchmail: return read_fetchmail_state(contents);
    case foreign_program::getmail: return read_getmail_state(contents, file_name);
    case foreign_program::mpop: return read_mpop_state(contents);
    case foreign_program::fdm: return read_fdm_state(contents);
    case foreign_program::thunderbird: return read_thunderbird_state(contents);
    case foreign_program::claws: return read_claws_state(contents);
    }
    return base::fail(unknown_form(file_name));
}

base::result<taking_over> take_over(ledger::ledger& book, const std::string& account,
                                    std::span<const foreign_entry> entries, foreign_program program,
                                    const base::clock& clock)
{
    taking_over done;
    std::vector<ledger::life> group;
    for (const foreign_entry& entry : entries) {
        auto found = book.find(account, entry.unique_id);
        if (!found) return base::fail(found.error());
        if (*found && (*found)->stage >= ledger::stage::stored) {
            ++done.known;
            continue;
        }
        ledger::life one;
        one.account = account;
        one.unique_id = entry.unique_id;
        one.stage = ledger::stage::stored;
        one.first_listed = *found ? (*found)->first_listed : entry.fetched_at.value_or(clock.now());
        one.taken_over = true;
        one.note = "fetched by " + std::string(name_of(program)) + " before";
        group.push_back(std::move(one));
        ++done.taken_over;
        if (group.size() < ledger::commit_rows_max) continue;
        if (auto written = book.record(group); !written) return base::fail(written.error());
        group.clear();
    }
    if (auto written = book.record(group); !written) return base::fail(written.error());
    return done;
}

} // namespace exchange
