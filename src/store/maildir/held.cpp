// The way out of the held folder, forward and back.
#include "store/maildir/held.hpp"

#include "store/maildir/name.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace store::maildir {

namespace {

constexpr std::size_t session_octets_max = 64; // leaves 180 octets for the message's name

/// The folder, or null where nothing was ever held.
base::result<std::unique_ptr<disk::directory>> open_held(folders& in)
{
    auto held = in.maildrop->open_directory(held_name);
    if (!held && held.error().kind == base::failure::vanished) return nullptr;
    return held;
}

base::result<std::vector<std::string>> names_in(disk::directory& held,
                                                const std::function<bool(const held_message&)>& wanted)
{
    std::vector<std::string> out;
    auto done = held.list([&](std::string_view name) {
        if (const auto parsed = parse_held_name(name); parsed && wanted(*parsed)) out.emplace_back(name);
    });
    if (!done) return base::fail(done.error());
    return out;
}

} // namespace

std::string session_in_names(std::string_view session)
{
    std::string out(session.substr(0, session_octets_max));
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    };
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

std::optional<held_message> parse_held_name(std::string_view name)
{
    std::int64_t seconds = 0;
    const auto [end, trouble] = std::from_chars(name.data(), name.data() + name.size(), seconds);
    constexpr std::int64_t seconds_max = 9'000'000'000; // beyond it the nanoseconds of wall_time overflow
    if (trouble != std::errc() || seconds < 0 || seconds > seconds_max) return std::nullopt;
    name.remove_prefix(static_cast<std::size_t>(end - name.data()));
    if (!name.starts_with(',')) return std::nullopt;
    name.remove_prefix(1);
    const auto comma = name.find(',');
    if (comma == std::string_view::npos || !parse_name(name.substr(comma + 1))) return std::nullopt;
    return held_message{base::wall_time(std::chrono::seconds(seconds)), name.substr(0, comma),
                        name.substr(comma + 1)};
}

base::result<std::unique_ptr<disk::directory>> open_or_make_held(folders& in)
{
    auto held = open_held(in);
    if (!held || *held) return held;
    auto made = in.maildrop->make_directory(held_name);
    if (!made && made.error().kind != base::failure::exists) return base::fail(made.error());
    if (auto synced = in.maildrop->sync(); !synced) return base::fail(synced.error());
    return in.maildrop->open_directory(held_name);
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

base::result<std::size_t> put_back(folders& in, const undelete_request& which, directory_sync& syncs)
{
    auto held = open_held(in);
    if (!held) return base::fail(held.error());
    if (!*held) return 0;
    const auto session = which.session ? std::optional(session_in_names(*which.session)) : std::nullopt;
    const auto names = names_in(**held, [&](const held_message& one) {
        return (!session || one.session == *session) && (!which.since || one.deleted >= *which.since);
    });
    if (!names) return base::fail(names.error());

    std::size_t back = 0;
    bool touched[2] = {};
    base::result<> trouble;
    for (const auto& name : *names) {
        const auto original = parse_held_name(name)->name;
        const auto to = original.find(':') == std::string_view::npos ? folder::fresh : folder::current;
        auto renamed = (*held)->rename(name, in.in(to), original);
        if (renamed) {
            ++back;
            touched[static_cast<int>(to)] = true;
        } else if (renamed.error().kind == base::failure::exists &&
                   same_file(**held, name, in.in(to), original)) {
            // A power cut in the midst of QUIT left both names: the maildrop never lost the message.
            if (auto removed = (*held)->remove(name); !removed) trouble = std::move(removed);
        } else if (renamed.error().kind != base::failure::vanished) {
            trouble = std::move(renamed); // the others come back all the same
        }
    }
    // The new names first: a power cut between the syncs leaves two names of a message rather than none.
    for (const auto to : {folder::fresh, folder::current})
        if (touched[static_cast<int>(to)])
            if (auto synced = syncs.sync(in.path_of(to), in.in(to)); !synced)
                return base::fail(synced.error());
    if (back > 0)
        if (auto synced = (*held)->sync(); !synced) return base::fail(synced.error());
    if (!trouble) return base::fail(trouble.error());
    return back;
}

base::result<std::size_t> remove_held(folders& in, base::wall_time until)
{
    auto held = open_held(in);
    if (!held) return base::fail(held.error());
    if (!*held) return 0;
    const auto names = names_in(**held, [&](const held_message& one) { return one.deleted <= until; });
    if (!names) return base::fail(names.error());
    std::size_t gone = 0;
    for (const auto& name : *names) {
        auto removed = (*held)->remove(name);
        if (removed)
            ++gone;
        else if (removed.error().kind != base::failure::vanished)
            return base::fail(removed.error());
    }
    // No sync: what a power cut brings back, the next sweep removes.
    return gone;
}

} // namespace store::maildir
