// Where the events of a running daemon go: one event, one line, one write.
#include "cli/log_sink.hpp"

#include "cli/log_writer.hpp"
#include "config/values.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <vector>

namespace cli {

namespace {

struct target {
    config::configuration::log_values how;
    net::descriptor out;
};

base::error cannot_open(const std::string& path, const std::string& reason)
{
    return {base::failure::storage, false, "the log cannot be opened",
            "log.file " + path + " cannot be opened: " + reason};
}

std::string reason_of(int number)
{
    if (number == ELOOP) return "it is a symbolic link, which the log does not follow; name the file itself";
    if (number == ENXIO) return "it is a FIFO or a socket that nobody reads; start its reader first";
    return std::string(std::strerror(number)) + "; make its folder, and let the daemon's user write there";
}

/// No link is followed: who may write to the folder must not choose what root appends to. A FIFO is not waited for.
base::result<net::descriptor> open_file(const std::string& path)
{
    constexpr mode_t owner_and_group = 0640;
    net::descriptor out(::open(
        path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, owner_and_group));
    struct stat status{};
    if (!out.valid() || ::fstat(out.get(), &status) != 0)
        return base::fail(cannot_open(path, reason_of(errno)));
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
        return base::fail(cannot_open(path, "it is neither a regular file nor a FIFO; name one"));
    if (S_ISREG(status.st_mode) && status.st_nlink > 1)
        return base::fail(cannot_open(path, "it has another name too (a hard link); name a file of its own"));
    return out;
}

base::result<std::shared_ptr<const target>> open_target(const config::configuration::log_values& how,
                                                        const std::string& file_path)
{
    auto out = std::make_shared<target>(how);
    if (how.target == config::log_target::file) {
        auto file = open_file(file_path);
        if (!file) return base::fail(file.error());
        out->out = *std::move(file);
    } else {
        // Where there is no standard error, every line counts as dropped.
        out->out = net::descriptor(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    }
    return out;
}

// "2026-11-24T15:00:00.123Z"
std::string time_with_milliseconds(base::wall_time now)
{
    auto text = config::format_time(now);
    text.pop_back();
    const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    const auto fraction = std::to_string(1000 + since_epoch.count() % 1000);
    return text.append(".").append(fraction, 1, 3).append("Z");
}

// The priorities of syslog(3).
char journal_priority(base::severity level)
{
    switch (level) {
    case base::severity::debug: return '7';
    case base::severity::info: return '6';
    case base::severity::notice: return '5';
    case base::severity::warning: return '4';
    case base::severity::error: return '3';
    }
    return '3';
}

std::string format_line(const config::configuration::log_values& how, base::wall_time now,
                        base::severity level, std::string_view event, std::span<const base::field> fields)
{
    const bool journal = how.target == config::log_target::journal;
    const auto time = journal ? std::string() : time_with_milliseconds(now);
    std::string line;
    if (journal) line.append("<").append(1, journal_priority(level)).append(">");
    if (how.format == config::log_format::key_value) {
        if (!journal) line.append(time).append(" ").append(base::name_of(level)).append(" ");
        return line + base::format_key_value(event, fields);
    }
    std::vector<base::field> all;
    if (!journal) all.push_back({"time", std::string_view(time)});
    all.push_back({"level", base::name_of(level)});
    all.insert(all.end(), fields.begin(), fields.end());
    return line + base::format_json(event, all);
}

} // namespace

struct log_sink::state {
    state(const base::clock& present, std::shared_ptr<const target> first)
        : clock(present), now(std::move(first)), writer([this](std::uint64_t count) { return report(count); })
    {
    }

    std::shared_ptr<const target> present_target() const
    {
        const std::lock_guard hold(mutex);
        return now;
    }

    log_writer::line line(std::shared_ptr<const target> to, base::severity level, std::string_view event,
                          std::span<const base::field> fields) const
    {
        auto text = format_line(to->how, clock.now(), level, event, fields) + "\n";
        const auto* out = &to->out;
        return {log_writer::output(std::move(to), out), std::move(text)};
    }

    log_writer::line report(std::uint64_t count) const
    {
        const base::field field{"count", count};
        return line(present_target(), base::severity::warning, "log-lines-dropped", {&field, 1});
    }

    const base::clock& clock;
    mutable std::mutex mutex; // over `now`
    std::shared_ptr<const target> now;
    log_writer writer; // last: it writes what is queued before the others go
};

log_sink::log_sink(std::unique_ptr<state> opened) : state_(std::move(opened)) {}
log_sink::~log_sink() = default;

base::result<std::unique_ptr<log_sink>> log_sink::open(const config::configuration::log_values& how,
                                                       const std::string& file_path, const base::clock& clock)
{
    auto opened = open_target(how, file_path);
    if (!opened) return base::fail(opened.error());
    return std::unique_ptr<log_sink>(new log_sink(std::make_unique<state>(clock, *std::move(opened))));
}

void log_sink::begin()
{
    state_->writer.begin();
    state_->writer.outlive_crashes();
}

void log_sink::write(base::severity level, std::string_view event, std::span<const base::field> fields)
{
    auto to = state_->present_target();
    if (level < to->how.level) return;
    state_->writer.write(state_->line(std::move(to), level, event, fields));
}

base::result<> log_sink::change(const config::configuration::log_values& how, const std::string& file_path)
{
    auto opened = open_target(how, file_path);
    if (!opened) return base::fail(opened.error());
    const std::lock_guard hold(state_->mutex);
    state_->now.swap(*opened);
    return {};
}

std::uint64_t log_sink::lines_dropped() const
{
    return state_->writer.dropped();
}

} // namespace cli
