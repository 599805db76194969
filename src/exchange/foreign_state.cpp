// Which program wrote a state file, and what becomes of its entries.
#include "exchange/foreign_state.hpp"

#include "base/ascii.hpp"
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
    const std::size_t offset = line.find('@');
    if (offset != line.npos && line.find(' ', offset) != line.npos) return foreign_program::fetchmail;
    return std::nullopt;
}

base::error unknown_form(std::string_view file_name)
{
    return {
        .kind = base::failure::malformed,
        .temporary = false,
        .peer_text = "not a state file",
        .operator_text =
            std::string(file_name) +
            ": this is not a state file of fetchmail (.fetchids), getmail (oldmail-…), mpop (uidls), fdm (its "
            "cache), Thunderbird (popstate.dat), Claws Mail or Sylpheed (uidl/HOST-USER)"};
}

} // namespace

std::string_view name_of(foreign_program program)
{
    switch (program) {
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
    std::vector<ledger::message_record> group;
    for (const foreign_entry& entry : entries) {
        auto found = book.find(account, entry.unique_id);
        if (!found) return base::fail(found.error());
        if (*found && (*found)->stage >= ledger::stage::stored) {
            ++done.known;
            continue;
        }
        ledger::message_record record;
        record.account = account;
        record.unique_id = entry.unique_id;
        record.stage = ledger::stage::stored;
        record.first_listed = *found ? (*found)->first_listed : entry.fetched_at.value_or(clock.now());
        record.taken_over = true;
        record.note = "fetched by " + std::string(name_of(program)) + " before";
        group.push_back(std::move(record));
        ++done.taken_over;
        if (group.size() < ledger::commit_rows_max) continue;
        if (auto written = book.record(group); !written) return base::fail(written.error());
        group.clear();
    }
    if (auto written = book.record(group); !written) return base::fail(written.error());
    return done;
}

// uidl/HOST-USER of Claws Mail and Sylpheed: "unique-id TAB seconds", and in Claws Mail a tab and what was fetched.
foreign_state read_claws_state(std::string_view contents)
{
    constexpr base::wall_time first_time{
        std::chrono::seconds(3)}; // 0 to 2 say in Sylpheed that none is known
    foreign_state state{.program = foreign_program::claws};
    each_line(contents, [&](std::string_view line) {
        const std::size_t tab = line.find('\t');
        if (line.empty()) return true;
        if (tab == line.npos || tab == 0) {
            ++state.unreadable;
            return true;
        }
        const std::string_view rest = line.substr(tab + 1);
        const std::size_t behind_time = rest.find('\t');
        const auto time = seconds_since_1970(rest.substr(0, behind_time));
        // 0: whole; else the beginning alone, of a message that is too large.
        if (behind_time != rest.npos && rest.substr(behind_time + 1) != "0")
            ++state.partial;
        else
            state.entries.push_back({.host = {},
                                     .user = {},
                                     .unique_id = std::string(line.substr(0, tab)),
                                     .fetched_at = time && *time >= first_time ? time : std::nullopt});
        return true;
    });
    return state;
}

// fdm's cache of a POP3 account: "LENGTH unique-id", one message a line.
std::optional<std::string_view> fdm_unique_id(std::string_view line)
{
    std::size_t length = 0;
    const auto [end, trouble] = std::from_chars(line.data(), line.data() + line.size(), length);
    const auto digits = static_cast<std::size_t>(end - line.data());
    if (trouble != std::errc() || digits == line.size() || line[digits] != ' ') return std::nullopt;
    const std::string_view unique_id = line.substr(digits + 1);
    return length > 0 && unique_id.size() == length ? std::optional(unique_id) : std::nullopt;
}

foreign_state read_fdm_state(std::string_view contents)
{
    foreign_state state{.program = foreign_program::fdm};
    each_line(contents, [&](std::string_view line) {
        if (const auto unique_id = fdm_unique_id(line))
            state.entries.push_back({.host = {}, .user = {}, .unique_id = std::string(*unique_id)});
        else if (!line.empty())
            ++state.unreadable;
        return true;
    });
    return state;
}

// fetchmail's .fetchids: "user@host unique-id", one message a line.
namespace {

// The user may hold blanks and '@'; the host may not; a unique-id may hold '@'. So: the blank after the first '@' ends
// user and host, and of these the last '@' parts them, as fetchmail itself reads its file.
std::optional<foreign_entry> entry_of(std::string_view line)
{
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::size_t first_at = line.find('@');
    if (first_at == line.npos) return std::nullopt;
    const std::size_t blank = line.find(' ', first_at);
    if (blank == line.npos) return std::nullopt;
    const std::string_view login = line.substr(0, blank);
    const std::size_t offset = login.rfind('@');
    std::string_view unique_id = line.substr(blank);
    unique_id.remove_prefix(std::min(unique_id.find_first_not_of(' '), unique_id.size()));
    // fetchmail cuts a unique-id at a blank when it reads it, and writes it whole: what the server says is the whole.
    while (unique_id.ends_with(' ') || unique_id.ends_with('\t')) unique_id.remove_suffix(1);
    if (unique_id.empty()) return std::nullopt;
    return foreign_entry{std::string(login.substr(offset + 1)), std::string(login.substr(0, offset)),
                         std::string(unique_id)};
}

} // namespace

foreign_state read_fetchmail_state(std::string_view contents)
{
    foreign_state state{.program = foreign_program::fetchmail};
    each_line(contents, [&](std::string_view line) {
        if (auto entry = entry_of(line))
            state.entries.push_back(std::move(*entry));
        else if (!line.empty())
            ++state.unreadable;
        return true;
    });
    return state;
}

// getmail's oldmail-HOST-PORT-USER: "unique-id NUL seconds", one message a line.
namespace {

struct account_hint {
    std::string host, user;
};

/// "oldmail-pop.example.org-995-ann": the port is the first part that is all digits. Hosts hold '-' as well.
account_hint account_of(std::string_view file_name)
{
    constexpr std::string_view prefix = "oldmail-";
    if (!file_name.starts_with(prefix)) return {};
    const std::string_view rest = file_name.substr(prefix.size());
    for (std::size_t dash = rest.find('-'); dash != rest.npos; dash = rest.find('-', dash + 1)) {
        const std::size_t end = rest.find('-', dash + 1);
        if (end == rest.npos) break;
        const std::string_view part = rest.substr(dash + 1, end - dash - 1);
        if (!part.empty() && part.find_first_not_of("0123456789") == part.npos)
            return {std::string(rest.substr(0, dash)), std::string(rest.substr(end + 1))};
    }
    return {};
}

} // namespace

foreign_state read_getmail_state(std::string_view contents, std::string_view file_name)
{
    foreign_state state{.program = foreign_program::getmail};
    const account_hint account = account_of(file_name);
    each_line(contents, [&](std::string_view line) {
        const std::size_t nul = line.rfind('\0');
        const auto time = nul == line.npos ? std::nullopt : seconds_since_1970(line.substr(nul + 1));
        if (time && nul > 0)
            state.entries.push_back({account.host, account.user, std::string(line.substr(0, nul)), time});
        else if (!line.empty())
            ++state.unreadable;
        return true;
    });
    return state;
}

// mpop's uidls: " COUNT HOST USER" and as many lines, each a unique-id and perhaps a time.
namespace {

struct list_head {
    std::string host, user;
};

std::optional<list_head> head_of(std::string_view line)
{
    const std::size_t count_end = line.find(' ', 1);
    if (count_end == line.npos || count_end == 1) return std::nullopt;
    if (line.substr(1, count_end - 1).find_first_not_of("0123456789") != line.npos) return std::nullopt;
    const std::size_t host_end = line.find(' ', count_end + 1);
    if (host_end == line.npos || host_end + 1 == line.size()) return std::nullopt;
    return list_head{std::string(line.substr(count_end + 1, host_end - count_end - 1)),
                     std::string(line.substr(host_end + 1))};
}

// RFC 1939 has no blank in a unique-id, so what follows the last one and is a time, is the time.
foreign_entry entry_of(std::string_view line, const list_head& list)
{
    const std::size_t blank = line.rfind(' ');
    if (blank != line.npos)
        if (const auto time = seconds_since_1970(line.substr(blank + 1)))
            return {list.host, list.user, std::string(line.substr(0, blank)), time};
    return {list.host, list.user, std::string(line), std::nullopt};
}

} // namespace

foreign_state read_mpop_state(std::string_view contents)
{
    // The count is not held against the lines: a file that was cut short still tells the truth of those it has.
    foreign_state state{.program = foreign_program::mpop};
    std::optional<list_head> list;
    each_line(contents, [&](std::string_view line) {
        if (line.empty() || line.starts_with('#')) return true;
        if (line.starts_with(' ')) list = head_of(line);
        if (!list)
            ++state.unreadable;
        else if (!line.starts_with(' '))
            state.entries.push_back(entry_of(line, *list));
        return true;
    });
    return state;
}

// Thunderbird's popstate.dat: "*HOST USER", then a letter, a unique-id and perhaps a time a line.
foreign_state read_thunderbird_state(std::string_view contents)
{
    foreign_state state{.program = foreign_program::thunderbird};
    std::string host, user;
    bool in_account = false;
    each_line(contents, [&](std::string_view line) {
        if (line.empty() || line.starts_with('#')) return true;
        if (line.starts_with('*')) {
            const std::size_t blank = line.find(' ');
            in_account = blank != line.npos;
            host = line.substr(1, in_account ? blank - 1 : line.npos);
            user = in_account ? line.substr(blank + 1) : std::string_view();
            if (!in_account) ++state.unreadable;
            return true;
        }
        const std::size_t id_end = line.find(' ', 2);
        const std::string_view unique_id = line.substr(std::min<std::size_t>(2, line.size()), id_end - 2);
        if (!in_account || line.size() < 3 || line[1] != ' ' || unique_id.empty()) {
            ++state.unreadable;
            return true;
        }
        // k: kept on the server; d: to be deleted there. b: too big, f: to be fetched whole: of both there is only
        // the top.
        if (line[0] == 'k' || line[0] == 'd') {
            const auto time =
                id_end == line.npos ? std::nullopt : seconds_since_1970(line.substr(id_end + 1));
            state.entries.push_back({host, user, std::string(unique_id), time});
        } else if (line[0] == 'b' || line[0] == 'f') {
            ++state.partial;
        } else {
            ++state.unreadable;
        }
        return true;
    });
    return state;
}

} // namespace exchange
