// Where the events of a running daemon go: one event, one line, one write.
#include "cli/log_sink.hpp"

#include "cli/values.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <shared_mutex>
#include <vector>

namespace cli {

namespace {

struct target {
    std::shared_ptr<spdlog::logger> out;
    configuration::log_values how;
};

base::result<target> open_target(const configuration::log_values& how, const std::string& file_path)
{
    try {
        std::shared_ptr<spdlog::sinks::sink> sink;
        if (how.target == log_target::file)
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file_path);
        else
            sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        auto out = std::make_shared<spdlog::logger>("restanted", std::move(sink));
        out->set_pattern("%v"); // base has formatted the line
        out->set_level(spdlog::level::trace);
        out->flush_on(spdlog::level::trace);               // a crash must not take the last lines with it
        out->set_error_handler([](const std::string&) {}); // nobody to tell
        return target{std::move(out), how};
    } catch (const spdlog::spdlog_ex& e) {
        return base::fail({base::failure::storage, false, "the log cannot be opened",
                           std::string("log.file cannot be opened: ") + e.what() +
                               "; make its folder, and let the daemon's user write there"});
    }
}

// "2026-11-24T15:00:00.123Z"
std::string time_with_milliseconds(base::wall_time now)
{
    auto text = format_time(now);
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

std::string format_line(const configuration::log_values& how, base::wall_time now, base::severity level,
                        std::string_view event, std::span<const base::field> fields)
{
    const bool journal = how.target == log_target::journal;
    const auto time = journal ? std::string() : time_with_milliseconds(now);
    std::string line;
    if (journal) line.append("<").append(1, journal_priority(level)).append(">");
    if (how.format == log_format::key_value) {
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
    state(const base::clock& of, target first) : clock(of), now(std::move(first)) {}

    const base::clock& clock;
    std::shared_mutex mutex; // over `now`; spdlog's sink has its own for the line
    target now;
};

log_sink::log_sink(std::unique_ptr<state> opened) : state_(std::move(opened)) {}
log_sink::~log_sink() = default;

base::result<std::unique_ptr<log_sink>> log_sink::open(const configuration::log_values& how,
                                                       const std::string& file_path, const base::clock& clock)
{
    auto opened = open_target(how, file_path);
    if (!opened) return base::fail(opened.error());
    return std::unique_ptr<log_sink>(new log_sink(std::make_unique<state>(clock, *std::move(opened))));
}

void log_sink::write(base::severity level, std::string_view event, std::span<const base::field> fields)
{
    const std::shared_lock hold(state_->mutex);
    const auto& [out, how] = state_->now;
    if (level < how.level) return;
    const auto line = format_line(how, state_->clock.now(), level, event, fields);
    out->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

base::result<> log_sink::change(const configuration::log_values& how, const std::string& file_path)
{
    auto opened = open_target(how, file_path);
    if (!opened) return base::fail(opened.error());
    const std::unique_lock hold(state_->mutex);
    state_->now = *std::move(opened);
    return {};
}

} // namespace cli
