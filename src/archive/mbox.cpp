// mboxrd, written and read.
#include "archive/mbox.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

namespace archive {

namespace {

constexpr std::string_view from_word = "From ";
constexpr std::size_t block = 64 * 1024; // handed on at once
constexpr std::size_t from_line_octets_max =
    1024; // 320 for the longest address (RFC 5321, 4.5.3.1), and a date
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> number(std::string_view text)
{
    int value = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (trouble != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

std::vector<std::string_view> words_of(std::string_view line)
{
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) break;
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

/// "hh:mm:ss"
std::optional<std::chrono::seconds> time_of_day(std::string_view text)
{
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
    const auto hours = number(text.substr(0, 2));
    const auto minutes = number(text.substr(3, 2));
    const auto seconds = number(text.substr(6, 2));
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
}

/// asctime's five words, wherever they begin: "Thu Jan  1 00:00:00 2026", with a zone before the year or without.
std::optional<base::wall_time> date_in(std::span<const std::string_view> words)
{
    for (std::size_t i = 0; i + 3 < words.size(); ++i) {
        const auto month = std::ranges::find(months, words[i]);
        if (month == months.end()) continue;
        const auto day = number(words[i + 1]);
        const auto time = time_of_day(words[i + 2]);
        auto year = number(words[i + 3]);
        if (!year && i + 4 < words.size()) year = number(words[i + 4]);
        if (!day || !time || !year) continue;
        const std::chrono::year_month_day date{
            std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
            std::chrono::day(static_cast<unsigned>(*day))};
        if (date.ok() && *year >= 1970 && *year < 2200) return std::chrono::sys_days(date) + *time;
    }
    return std::nullopt;
}

} // namespace

std::string format_mbox_line(std::string_view sender, base::wall_time date)
{
    std::string shown(sender.empty() ? "MAILER-DAEMON" : sender);
    std::ranges::replace_if(
        shown, [](char one) { return static_cast<unsigned char>(one) <= ' ' || one == '\x7f'; }, '-');
    const auto seconds = std::chrono::floor<std::chrono::seconds>(date);
    return fmt::format("From {} {:%a %b %e %H:%M:%S %Y}", shown,
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

mbox_envelope parse_mbox_line(std::string_view line)
{
    if (line.starts_with(from_word)) line.remove_prefix(from_word.size());
    const auto words = words_of(line);
    mbox_envelope read{words.empty() ? "MAILER-DAEMON" : std::string(words[0]), std::nullopt};
    if (!words.empty()) read.date = date_in(std::span(words).subspan(1));
    return read;
}

base::result<> mbox_writer::begin(std::string_view sender, base::wall_time date)
{
    line_ends_ = {};
    undecided_ = true;
    line_begun_ = false;
    quotes_ = matched_ = 0;
    return into_(format_mbox_line(sender, date) + "\n");
}

base::result<> mbox_writer::octets(std::string_view canonical)
{
    std::string lines;
    line_ends_.convert(canonical, lines);
    quote(lines);
    if (out_.size() < block) return {};
    auto written = into_(out_);
    out_.clear();
    return written;
}

base::result<> mbox_writer::end()
{
    std::string lines;
    line_ends_.finish(lines);
    quote(lines);
    if (undecided_) decide(false);
    if (line_begun_) out_ += '\n';
    out_ += '\n';
    auto written = into_(out_);
    out_.clear();
    return written;
}

void mbox_writer::quote(std::string_view lines)
{
    while (!lines.empty()) {
        if (!undecided_) {
            const std::size_t end = lines.find('\n');
            const std::size_t taken = end == std::string_view::npos ? lines.size() : end + 1;
            out_ += lines.substr(0, taken);
            lines.remove_prefix(taken);
            undecided_ = end != std::string_view::npos;
            line_begun_ = !undecided_;
        } else if (matched_ == 0 && lines.front() == '>') {
            ++quotes_;
            lines.remove_prefix(1);
            line_begun_ = true;
        } else if (lines.front() == from_word[matched_]) {
            ++matched_;
            lines.remove_prefix(1);
            line_begun_ = true;
            if (matched_ == from_word.size()) decide(true);
        } else {
            decide(false);
        }
    }
}

void mbox_writer::decide(bool is_from)
{
    out_.append(quotes_ + (is_from ? 1 : 0), '>');
    out_ += from_word.substr(0, matched_);
    quotes_ = matched_ = 0;
    undecided_ = false;
}

base::result<> mbox_reader::octets(std::string_view chunk)
{
    while (!chunk.empty()) {
        if (place_ == place::text) {
            const std::size_t end = chunk.find('\n');
            const std::size_t taken = end == std::string_view::npos ? chunk.size() : end + 1;
            out_ += chunk.substr(0, taken);
            chunk.remove_prefix(taken);
            if (end != std::string_view::npos) place_ = place::line_start;
        } else {
            if (auto taken = octet(chunk.front()); !taken) return taken;
            chunk.remove_prefix(1);
        }
        if (out_.size() >= block)
            if (auto done = flush(); !done) return done;
    }
    return {};
}

base::result<> mbox_reader::octet(char one)
{
    if (place_ == place::line_start) return at_line_start(one);
    if (one == '\n') return begin_entry();
    if (from_line_.size() < from_line_octets_max) from_line_ += one;
    return {};
}

base::result<> mbox_reader::at_line_start(char one)
{
    if (one == '\n' && quotes_ == 0 && matched_ == 0) { // an empty line
        out_ += empty_held_;
        empty_held_ = cr_held_ ? "\r\n" : "\n";
        cr_held_ = false;
        empty_before_ = true;
        return {};
    }
    if (one == '\r' && quotes_ == 0 && matched_ == 0 && !cr_held_) {
        cr_held_ = true;
        return {};
    }
    if (!cr_held_ && matched_ == 0 && one == '>') {
        ++quotes_;
        return {};
    }
    if (!cr_held_ && one == from_word[matched_]) {
        if (++matched_ < from_word.size()) return {};
        if (quotes_ == 0 && empty_before_) {
            place_ = place::from_line;
            from_line_.clear();
            return {};
        }
        return leave_line_start(quotes_ > 0);
    }
    if (auto left = leave_line_start(false); !left) return left;
    out_ += one;
    if (one == '\n') place_ = place::line_start;
    return {};
}

base::result<> mbox_reader::leave_line_start(bool unquote)
{
    if (!inside_)
        return base::fail({.kind = base::failure::malformed,
                           .temporary = false,
                           .peer_text = "not an mbox",
                           .operator_text = "this is no mbox: it does not begin with a line \"From …\""});
    out_ += empty_held_;
    empty_held_.clear();
    if (cr_held_) out_ += '\r';
    out_.append(quotes_ - (unquote ? 1 : 0), '>');
    out_ += from_word.substr(0, matched_);
    quotes_ = matched_ = 0;
    cr_held_ = empty_before_ = false;
    place_ = place::text;
    return {};
}

base::result<> mbox_reader::begin_entry()
{
    if (auto done = finish(); !done) return done;
    inside_ = true;
    empty_before_ = false; // the header section of a message may begin with "From " only as a fault
    place_ = place::line_start;
    return into_.begin(parse_mbox_line(from_line_));
}

base::result<> mbox_reader::finish()
{
    if (place_ == place::line_start && (quotes_ > 0 || matched_ > 0 || cr_held_) &&
        matched_ < from_word.size())
        if (auto left = leave_line_start(false); !left) return left;
    quotes_ = matched_ = 0;
    empty_held_.clear();
    if (!inside_) return {};
    inside_ = false;
    if (auto done = flush(); !done) return done;
    line_ends_ = {};
    return into_.end();
}

base::result<> mbox_reader::flush()
{
    std::string canonical;
    line_ends_.convert(out_, canonical);
    out_.clear();
    return canonical.empty() ? base::result<>{} : into_.octets(canonical);
}

} // namespace archive
