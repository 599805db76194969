// The way out of the held folder, forward and back.
#include "store/maildir/held.hpp"

#include "base/ascii.hpp"
#include "store/maildir/name.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>
#include <vector>

namespace store::maildir {

namespace {

constexpr std::int64_t seconds_max = 9'000'000'000;   // beyond it the nanoseconds of wall_time overflow
constexpr std::size_t session_octets_max = 64;        // leaves 180 octets for the message's name
constexpr std::string_view note_start = ".not-held-"; // the dot: no message's name begins so

/// The folder, or null where nothing was ever held.
base::result<std::unique_ptr<disk::directory>> open_held(folders& maildrop)
{
    auto held = maildrop.maildrop->open_directory(held_name);
    if (!held && held.error().kind == base::failure::vanished) return nullptr;
    return held;
}

} // namespace

std::string session_in_names(std::string_view session)
{
    std::string out(session.substr(0, session_octets_max));
    const auto plain = [](char c) { return base::is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; };
    std::ranges::replace_if(out, [&](char c) { return !plain(c); }, '_');
    return out;
}

std::optional<std::string> format_held_name(base::wall_time deleted, std::string_view session,
                                            std::string_view name)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(deleted.time_since_epoch()).count();
    std::string out =
        std::to_string(std::max<std::int64_t>(seconds, 0)) + ',' + session_in_names(session) + ',';
    out += name;
    if (out.size() > name_octets_max) return std::nullopt;
    return out;
}

namespace {

/// The three parts of a name in the folder, whatever the third is.
std::optional<held_message> parts_of(std::string_view name)
{
    std::int64_t seconds = 0;
    const auto [end, trouble] = std::from_chars(name.data(), name.data() + name.size(), seconds);
    if (trouble != std::errc() || seconds < 0 || seconds > seconds_max) return std::nullopt;
    name.remove_prefix(static_cast<std::size_t>(end - name.data()));
    if (!name.starts_with(',')) return std::nullopt;
    name.remove_prefix(1);
    const auto comma = name.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    return held_message{base::wall_time(std::chrono::seconds(seconds)), name.substr(0, comma),
                        name.substr(comma + 1)};
}

} // namespace

std::optional<held_message> parse_held_name(std::string_view name)
{
    const auto parts = parts_of(name);
    return parts && parse_name(parts->name) ? parts : std::nullopt;
}

std::optional<not_held_note> parse_not_held(std::string_view name)
{
    const auto parts = parts_of(name);
    if (!parts || !parts->name.starts_with(note_start)) return std::nullopt;
    const auto number = parts->name.substr(note_start.size());
    not_held_note out{parts->deleted, parts->session};
    const auto [end, trouble] = std::from_chars(number.data(), number.data() + number.size(), out.messages);
    if (trouble != std::errc() || end != number.data() + number.size()) return std::nullopt;
    return out;
}

void note_not_held(folders& maildrop, base::wall_time deleted, std::string_view session, std::size_t messages)
{
    const auto name = format_held_name(deleted, session, std::string(note_start) + std::to_string(messages));
    const auto held = open_or_make_held(maildrop);
    if (name && held) static_cast<void>((*held)->create(*name));
}

base::result<std::unique_ptr<disk::directory>> open_or_make_held(folders& maildrop)
{
    auto held = open_held(maildrop);
    if (!held || *held) return held;
    auto made = maildrop.maildrop->make_directory(held_name);
    if (!made && made.error().kind != base::failure::exists) return base::fail(made.error());
    if (auto synced = maildrop.maildrop->sync(); !synced) return base::fail(synced.error());
    return maildrop.maildrop->open_directory(held_name);
}

namespace {

bool same_file(disk::directory& one, std::string_view name, disk::directory& other,
               std::string_view other_name)
{
    const auto first = one.status(name);
    const auto second = other.status(other_name);
    return first && second && first->inode == second->inode;
}

} // namespace

base::result<std::unique_ptr<disk::file>> open_held_message(folders& maildrop, std::string_view base)
{
    const auto held = open_held(maildrop);
    if (!held) return base::fail(held.error());
    std::string found;
    if (*held) {
        auto listed = (*held)->list([&](std::string_view name) {
            if (const auto parsed = parse_held_name(name); parsed && base_of(parsed->name) == base)
                found = name;
        });
        if (!listed) return base::fail(listed.error());
    }
    if (found.empty())
        return base::fail({.kind = base::failure::vanished,
                           .temporary = false,
                           .peer_text = {},
                           .operator_text = "message '" + std::string(base) + "' is not held"});
    return (*held)->open(found);
}

namespace {

/// Before the first comes back: a power cut must not leave it where the next log-in expires it.
base::result<> keep_from_expiry(folders& maildrop, const std::vector<std::string>& names,
                                std::chrono::seconds safe_for, base::wall_time now)
{
    if (safe_for <= std::chrono::seconds::zero() || names.empty()) return {};
    const auto lock = lock_put_back(*maildrop.maildrop);
    if (!lock) return base::fail(lock.error());
    auto times = read_put_back(*maildrop.maildrop);
    if (!times) return base::fail(times.error());
    std::erase_if(*times, [&](const auto& one) { return one.second <= now; });
    for (const auto& name : names)
        times->insert_or_assign(std::string(base_of(parse_held_name(name)->name)), now + safe_for);
    return write_put_back(*maildrop.maildrop, *times);
}

} // namespace

base::result<undeletion> put_back(folders& maildrop, const undelete_request& request, base::wall_time now,
                                  directory_sync& syncs)
{
    auto held = open_held(maildrop);
    if (!held) return base::fail(held.error());
    if (!*held) return undeletion{};
    const auto session = request.session ? std::optional(session_in_names(*request.session)) : std::nullopt;
    const auto wanted = [&](const auto& one) {
        return (!session || one.session == *session) && (!request.since || one.deleted >= *request.since);
    };
    undeletion out;
    std::vector<std::string> names;
    auto listed = (*held)->list([&](std::string_view name) {
        if (const auto message = parse_held_name(name); message && wanted(*message)) names.emplace_back(name);
        if (const auto note = parse_not_held(name); note && wanted(*note)) out.not_held += note->messages;
    });
    if (!listed) return base::fail(listed.error());
    if (auto kept = keep_from_expiry(maildrop, names, request.safe_for, now); !kept)
        return base::fail(kept.error());

    bool touched[2] = {};
    base::result<> trouble;
    for (const auto& name : names) {
        const auto original = parse_held_name(name)->name;
        const auto folder = original.find(':') == std::string_view::npos ? folder::fresh : folder::current;
        auto renamed = (*held)->rename(name, maildrop.in(folder), original);
        if (renamed) {
            ++out.put_back;
            touched[static_cast<int>(folder)] = true;
        } else if (renamed.error().kind == base::failure::exists &&
                   same_file(**held, name, maildrop.in(folder), original)) {
            // A power cut in the midst of QUIT left both names: the maildrop never lost the message.
            if (auto removed = (*held)->remove(name); !removed) trouble = std::move(removed);
        } else if (renamed.error().kind != base::failure::vanished) {
            trouble = std::move(renamed); // the others come back all the same
        }
    }
    // The new names first: a power cut between the syncs leaves two names of a message rather than none.
    for (const auto folder : {folder::fresh, folder::current})
        if (touched[static_cast<int>(folder)])
            if (auto synced = syncs.sync(maildrop.path_of(folder), maildrop.in(folder)); !synced)
                return base::fail(synced.error());
    if (out.put_back > 0)
        if (auto synced = (*held)->sync(); !synced) return base::fail(synced.error());
    if (!trouble) return base::fail(trouble.error());
    return out;
}

base::result<usage> measure_held(folders& maildrop)
{
    auto held = open_held(maildrop);
    if (!held) return base::fail(held.error());
    usage out;
    if (!*held) return out;
    std::vector<std::string> names;
    auto listed = (*held)->list([&](std::string_view name) {
        if (parse_held_name(name)) names.emplace_back(name);
    });
    if (!listed) return base::fail(listed.error());
    for (const auto& name : names) {
        auto octets = stored_octets_of(base_of(parse_held_name(name)->name));
        if (!octets)
            if (const auto status = (*held)->status(name)) octets = status->octets;
        if (!octets) continue; // gone meanwhile
        ++out.messages;
        out.octets += *octets;
    }
    return out;
}

base::result<usage> remove_held(folders& maildrop, base::wall_time until)
{
    auto held = open_held(maildrop);
    if (!held) return base::fail(held.error());
    if (!*held) return usage{};
    std::vector<std::string> names;
    auto listed = (*held)->list([&](std::string_view name) {
        const auto message = parse_held_name(name);
        const auto note = parse_not_held(name);
        if ((message && message->deleted <= until) || (note && note->deleted <= until))
            names.emplace_back(name);
    });
    if (!listed) return base::fail(listed.error());
    usage gone;
    for (const auto& name : names) {
        const auto status = (*held)->status(name);
        auto removed = (*held)->remove(name);
        if (removed && !parse_held_name(name)) continue; // a note
        if (removed) {
            ++gone.messages;
            gone.octets += status ? status->octets : 0;
        } else if (removed.error().kind != base::failure::vanished) {
            return base::fail(removed.error());
        }
    }
    // No sync: what a power cut brings back, the next sweep removes.
    return gone;
}

namespace {

constexpr std::string_view put_back_first_line = "restante-put-back 1";
constexpr std::uint64_t put_back_octets_max = 64ULL << 20; // half a million messages put back at one time

// Another undelete has it for as long as one file takes to be read, written and synced.
constexpr std::chrono::milliseconds turn_time{20};
constexpr int turns_max = 500;

base::error no_put_back_file()
{
    return {.kind = base::failure::malformed,
            .temporary = true,
            .peer_text = {},
            .operator_text = "the file '" + std::string(put_back_name) + "' does not begin with '" +
                             std::string(put_back_first_line) +
                             "': remove it, and mail that was put back may expire again"};
}

void take_line(std::string_view line, put_back_times& into)
{
    std::int64_t seconds = 0;
    const auto [end, trouble] = std::from_chars(line.data(), line.data() + line.size(), seconds);
    if (trouble != std::errc() || seconds < 0 || seconds > seconds_max) return;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    if (!line.starts_with(' ')) return;
    line.remove_prefix(1);
    if (!line.empty() && base_of(line) == line)
        into.insert_or_assign(std::string(line), base::wall_time(std::chrono::seconds(seconds)));
}

} // namespace

base::result<put_back_times> read_put_back(disk::directory& maildrop)
{
    const auto text = disk::read_whole(maildrop, put_back_name, put_back_octets_max);
    if (!text && text.error().kind == base::failure::vanished) return put_back_times{};
    if (!text) return base::fail(text.error());
    std::string_view rest = *text;
    if (!rest.starts_with(put_back_first_line)) return base::fail(no_put_back_file());
    put_back_times out;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        take_line(rest.substr(0, end), out);
        rest.remove_prefix(end + 1);
    }
    return out;
}

base::result<std::unique_ptr<disk::lock>> lock_put_back(disk::directory& maildrop)
{
    for (int turn = 0;; ++turn) {
        auto lock = maildrop.lock_file(put_back_lock_name);
        if (lock || lock.error().kind != base::failure::in_use || turn == turns_max) return lock;
        std::this_thread::sleep_for(turn_time);
    }
}

base::result<> write_put_back(disk::directory& maildrop, const put_back_times& times)
{
    std::string text(put_back_first_line);
    text += '\n';
    for (const auto& [base, until] : times)
        text += std::to_string(std::chrono::ceil<std::chrono::seconds>(until.time_since_epoch()).count()) +
                ' ' + base + '\n';
    return disk::replace_whole(maildrop, put_back_name, text);
}

} // namespace store::maildir
