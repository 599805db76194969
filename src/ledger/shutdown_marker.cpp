// "<checked> <inode> <octets> <modified>", times in nanoseconds since 1970; zeros for a file that is in use.
#include "ledger/shutdown_marker.hpp"

#include "ledger/database.hpp"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <optional>

namespace ledger {

namespace {

constexpr std::uint64_t note_octets_max = 200;
constexpr std::string_view in_use = "0 0 0";

std::int64_t nanoseconds_of(base::wall_time time)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::unique_ptr<disk::directory> opened(disk::file_system& files, const std::string& folder)
{
    auto directory = files.open(folder);
    return directory ? std::move(*directory) : nullptr;
}

std::string note_name(const std::string& name)
{
    return name + "-sound";
}

/// The file as a note tells it; nothing while a journal of SQLite's says that it is not all.
std::optional<std::string> state_of(disk::directory& directory, const std::string& name)
{
    const auto log = directory.status(name + "-wal");
    if (log || log.error().kind != base::failure::vanished) return std::nullopt;
    const auto file = directory.status(name);
    if (!file) return std::nullopt;
    return fmt::format("{} {} {}", file->inode, file->octets, nanoseconds_of(file->modified));
}

void write(disk::directory& directory, const std::string& name, const std::string& text)
{
    const std::string fresh = note_name(name) + ".new";
    (void)directory.remove(fresh);
    auto file = directory.create(fresh);
    if (file && (*file)->write(text)) (void)directory.replace(fresh, directory, note_name(name));
}

/// Empty where there is no note.
std::string text_in(disk::directory& directory, const std::string& name)
{
    return disk::read_whole(directory, note_name(name), note_octets_max).value_or("");
}

std::string with_state(const std::string& text, const std::string& state)
{
    return text.substr(0, text.find(' ')) + " " + state + "\n";
}

bool still_young(const std::string& text, base::wall_time now)
{
    std::int64_t checked = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), checked).ec != std::errc()) return false;
    // One from the future tells of a clock that was set back, and nothing of when.
    const std::int64_t age = nanoseconds_of(now) - checked;
    return age >= 0 && age < std::chrono::nanoseconds(soundness_believed_max).count();
}

} // namespace

shutdown_marker::shutdown_marker(disk::file_system& files, const std::string& path)
    : files_(files), folder_(folder_of(path)), name_(file_name_of(path))
{
}

bool shutdown_marker::stands(base::wall_time now) const
{
    const auto folder = opened(files_, folder_);
    return folder && still_young(text_in(*folder, name_), now);
}

bool shutdown_marker::holds(base::wall_time now) const
{
    const auto folder = opened(files_, folder_);
    if (!folder) return false;
    const std::string text = text_in(*folder, name_);
    const auto state = state_of(*folder, name_);
    return still_young(text, now) && state && text == with_state(text, *state);
}

void shutdown_marker::read_through(base::wall_time now) const
{
    if (const auto folder = opened(files_, folder_))
        write(*folder, name_, with_state(std::to_string(nanoseconds_of(now)), std::string(in_use)));
}

void shutdown_marker::closed() const
{
    const auto folder = opened(files_, folder_);
    if (!folder) return;
    const std::string text = text_in(*folder, name_);
    const auto state = state_of(*folder, name_);
    if (text.empty() || !state) return;
    const std::string now = with_state(text, *state);
    if (now != text) write(*folder, name_, now);
}

void shutdown_marker::doubted() const
{
    if (const auto folder = opened(files_, folder_)) (void)folder->remove(note_name(name_));
}

} // namespace ledger
