// A bar for each account while people wait; nothing where nobody looks.
#include "cli/restante/progress_display.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>

namespace cli::restante {

namespace {

constexpr auto redraw_every = std::chrono::milliseconds(100);
constexpr std::size_t bar_columns = 24;
constexpr std::size_t columns_where_unknown = 80;

std::size_t terminal_columns()
{
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return columns_where_unknown;
}

double seconds_of(base::steady_time::duration time)
{
    return std::chrono::duration<double>(time).count();
}

std::string time_left(double seconds)
{
    const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
    if (whole >= 3600) return fmt::format("{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02} left", whole / 60, whole % 60);
}

} // namespace

std::string rounded_octets(double octets)
{
    constexpr std::array<std::string_view, 5> units{"", "K", "M", "G", "T"};
    std::size_t unit = 0;
    for (; octets >= 1000 && unit + 1 < units.size(); ++unit) octets /= 1024;
    if (unit == 0 || octets >= 100) return fmt::format("{:.0f}{}", octets, units.at(unit));
    return fmt::format("{:.1f}{}", octets, units.at(unit));
}

progress_display::progress_display(const base::clock& clock, bool wanted)
    : clock_(clock), drawn_(wanted && isatty(STDERR_FILENO) != 0), last_(clock.steady_now())
{
}

progress_display::~progress_display()
{
    clear();
}

std::size_t progress_display::add(std::string name)
{
    const std::scoped_lock guard(mutex_);
    bars_.push_back({.name = std::move(name), .now = {}, .doing = "", .begun = clock_.steady_now()});
    return bars_.size() - 1;
}

std::size_t progress_display::line_of(const std::string& name)
{
    {
        const std::scoped_lock guard(mutex_);
        const auto found =
            std::ranges::find_if(bars_, [&](const bar& entry) { return entry.name == name && !entry.over; });
        if (found != bars_.end()) return static_cast<std::size_t>(found - bars_.begin());
    }
    return add(name);
}

void progress_display::update(std::size_t line, const archive::progress& now)
{
    const std::scoped_lock guard(mutex_);
    auto& entry = bars_.at(line);
    if (entry.now.octets_done == 0) entry.begun = clock_.steady_now(); // the rate is that of the transfer
    entry.now = now;
    entry.doing = now.doing;
    entry.now.doing = {};
    draw(false);
}

void progress_display::update(std::size_t line, std::uint64_t done, std::uint64_t total,
                              std::string_view doing)
{
    update(line, {.messages_done = done, .messages_all = total, .doing = doing});
}

void progress_display::finish(std::size_t line)
{
    const std::scoped_lock guard(mutex_);
    bars_.at(line).over = true;
    erase();
}

void progress_display::clear()
{
    const std::scoped_lock guard(mutex_);
    erase();
}

void progress_display::draw(bool now)
{
    if (!drawn_) return;
    if (!now && clock_.steady_now() - last_ < redraw_every) return;
    last_ = clock_.steady_now();
    erase();
    const auto columns = terminal_columns();
    std::string out;
    lines_on_screen_ = 0;
    for (const auto& entry : bars_) {
        if (entry.over) continue;
        out += text_of(entry, columns) + "\n";
        ++lines_on_screen_;
    }
    std::cerr << out << std::flush;
}

std::string progress_display::text_of(const bar& entry, std::size_t columns) const
{
    const auto& now = entry.now;
    const double part = now.octets_all > 0
                            ? static_cast<double>(now.octets_done) / static_cast<double>(now.octets_all)
                        : now.messages_all > 0
                            ? static_cast<double>(now.messages_done) / static_cast<double>(now.messages_all)
                            : 0;
    const auto filled = std::min(bar_columns, static_cast<std::size_t>(part * bar_columns));
    auto out = fmt::format("{:<16.16} [{}{}] {}/{}", entry.name, std::string(filled, '#'),
                           std::string(bar_columns - filled, '.'), now.messages_done, now.messages_all);
    const double seconds = seconds_of(clock_.steady_now() - entry.begun);
    if (now.octets_done > 0 && seconds > 0) {
        const double rate = static_cast<double>(now.octets_done) / seconds;
        out += fmt::format(" {}B {}B/s", rounded_octets(static_cast<double>(now.octets_done)),
                           rounded_octets(rate));
        if (now.octets_all > now.octets_done)
            out += " " + time_left(static_cast<double>(now.octets_all - now.octets_done) / rate);
    }
    out += " " + entry.doing;
    return out.substr(0, columns - 1);
}

void progress_display::erase()
{
    if (lines_on_screen_ > 0) std::cerr << "\x1b[" << lines_on_screen_ << "A\x1b[J" << std::flush;
    lines_on_screen_ = 0;
}

} // namespace cli::restante
