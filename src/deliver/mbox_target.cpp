// A delivery target that is an mbox file, as mail programs read from a spool.
#include "deliver/mbox_target.hpp"

#include "mail/mbox.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace deliver {

namespace {

base::result<> append_entry(disk::file& file, const deliver::message_source& message, base::wall_time now)
{
    mail::mbox_writer writer([&](std::string_view octets) { return file.write(octets); });
    if (auto begun = writer.begin("MAILER-DAEMON", now); !begun) return begun;
    if (auto read = message([&](std::string_view octets) { return writer.octets(octets); }); !read)
        return read;
    if (auto ended = writer.end(); !ended) return ended;
    return file.sync();
}

// An entry that a crash cut off must not swallow the next one.
base::result<> end_last_entry(disk::file& file, std::uint64_t octets)
{
    constexpr std::string_view end = "\n\n";
    if (octets == 0) return {};
    std::array<char, end.size()> tail{};
    const auto wanted = std::min<std::uint64_t>(octets, tail.size());
    const auto got = file.read(std::span(tail).first(static_cast<std::size_t>(wanted)), octets - wanted);
    if (!got) return base::fail(got.error());
    if (std::string_view(tail.data(), *got) == end) return {};
    return file.write(end);
}

} // namespace

mbox_target::mbox_target(disk::file_system& files, const std::string& path, const base::clock& clock)
    : files_(files), name_("mbox:" + path), clock_(clock)
{
    const auto slash = path.rfind('/');
    folder_ = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    file_ = slash == std::string::npos ? path : path.substr(slash + 1);
}

base::result<> mbox_target::deliver(const deliver::message_source& message, std::uint64_t)
{
    auto folder = files_.open(folder_);
    if (!folder) return base::fail(folder.error());
    const bool is_new = !(*folder)->status(file_);
    auto lock = (*folder)->lock_file(file_);
    if (!lock) return base::fail(lock.error());
    auto file = (*folder)->open_to_append(file_);
    if (!file) return base::fail(file.error());
    const auto before = (*file)->status();
    if (!before) return base::fail(before.error());
    auto done = end_last_entry(**file, before->octets);
    if (done) done = append_entry(**file, message, clock_.now());
    if (!done) {
        // The reason why the entry failed is what counts; where it cannot be cut off either, the next one ends it.
        static_cast<void>((*file)->shorten(before->octets));
        return done;
    }
    return is_new ? (*folder)->sync() : base::result<>();
}

} // namespace deliver
