// mboxrd, written; the many dates of separators.
#include "mail/mbox.hpp"

#include "base/ascii.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <vector>

namespace mail {

namespace {

constexpr std::string_view from_word = "From ";
constexpr std::size_t block = 64 * 1024; // handed on at once
} // namespace

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

namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using word_span = std::span<const std::string_view>;

constexpr std::string_view from_mark = "From ";
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/// What the words of a date have told so far.
struct date_parts {
    std::optional<int> year, day;
    std::optional<unsigned> month;
    std::optional<seconds> time;
    minutes zone{0};
};

std::optional<int> number(std::string_view text, std::size_t digits_max)
{
    int value = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.size() > digits_max || trouble != std::errc() ||
        end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

std::vector<std::string_view> words_of(std::string_view line)
{
    constexpr std::string_view blanks = " \t\r\n";
    std::vector<std::string_view> words;
    for (;;) {
        const std::size_t begin = line.find_first_not_of(blanks);
        if (begin == std::string_view::npos) return words;
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(blanks), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

/// "hh:mm" or "hh:mm:ss".
std::optional<seconds> time_of_day(std::string_view text)
{
    if ((text.size() != 8 && text.size() != 5) || text[2] != ':' || (text.size() == 8 && text[5] != ':'))
        return std::nullopt;
    const auto hours = number(text.substr(0, 2), 2);
    const auto minute = number(text.substr(3, 2), 2);
    const auto second = text.size() == 8 ? number(text.substr(6, 2), 2) : 0;
    if (!hours || !minute || !second || *hours > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::hours(*hours) + minutes(*minute) + seconds(*second);
}

template <std::size_t count>
std::optional<unsigned> place_in(const std::array<std::string_view, count>& names, std::string_view word)
{
    const auto found = std::ranges::find_if(
        names, [&](std::string_view name) { return base::equal_ignoring_case(name, word); });
    if (found == names.end()) return std::nullopt;
    return static_cast<unsigned>(found - names.begin());
}

bool take_month(date_parts& out, std::string_view word)
{
    const auto month = place_in(months, word);
    if (!month || out.month) return false;
    out.month = *month + 1;
    return true;
}

bool take_day(date_parts& out, std::string_view word)
{
    out.day = out.day ? std::nullopt : number(word, 2);
    return out.day.has_value();
}

/// "2026-03-03"
bool take_iso_date(date_parts& out, std::string_view word)
{
    if (word.size() != 10 || word[4] != '-' || word[7] != '-') return false;
    out.year = number(word.substr(0, 4), 4);
    const auto month = number(word.substr(5, 2), 2);
    out.day = number(word.substr(8, 2), 2);
    if (month) out.month = static_cast<unsigned>(*month);
    return out.year && out.month && out.day;
}

/// "+0100", "CET", "(CEST)", "Z".
bool take_zone(date_parts& out, std::string_view word)
{
    constexpr std::size_t name_octets_max = 5;
    if (word.size() == 5 && (word[0] == '+' || word[0] == '-')) {
        const auto digits = number(word.substr(1), 4);
        if (!digits) return false;
        const minutes zone = std::chrono::hours(*digits / 100) + minutes(*digits % 100);
        out.zone = word[0] == '-' ? -zone : zone;
        return true;
    }
    if (word.size() > 2 && word.starts_with('(') && word.ends_with(')'))
        word = word.substr(1, word.size() - 2);
    return word.size() <= name_octets_max && !word.empty() &&
           std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Everything behind day and month, in any order: the time, the year, zones.
bool take_rest(date_parts& out, word_span words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (i + 3 == words.size() && word == "remote" && words[i + 1] == "from") return true; // UUCP
        if (!out.time) {
            out.time = time_of_day(word);
            if (out.time) continue;
        }
        if (!out.year && (word.size() == 4 || (word.size() == 2 && out.time))) {
            out.year = number(word, 4);
            if (out.year && word.size() == 2) *out.year += *out.year < 70 ? 2000 : 1900;
            if (out.year) continue;
        }
        if (!take_zone(out, word)) return false;
    }
    return true;
}

/// A date by its form, which some exporters fill with noughts: then it has no time.
struct read_date {
    std::optional<base::wall_time> time;
};

std::optional<read_date> date_of(const date_parts& parts)
{
    if (!parts.year || !parts.month || !parts.day || !parts.time) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*parts.year), std::chrono::month(*parts.month),
                                           std::chrono::day(static_cast<unsigned>(*parts.day))};
    if (!date.ok() || *parts.year < 1970 || *parts.year >= 2200) return read_date{};
    return read_date{std::chrono::sys_days(date) + *parts.time - parts.zone};
}

/// The date that all of these words are.
std::optional<read_date> date_in(word_span words)
{
    date_parts parts;
    std::string_view first = words.empty() ? std::string_view() : words.front();
    if (first.ends_with(',')) first.remove_suffix(1);
    if (place_in(weekdays, first)) words = words.subspan(1);
    if (words.size() >= 2 && take_month(parts, words[0]) && take_day(parts, words[1]))
        return take_rest(parts, words.subspan(2)) ? date_of(parts) : std::nullopt;
    parts = {};
    if (words.size() >= 2 && take_day(parts, words[0]) && take_month(parts, words[1]))
        return take_rest(parts, words.subspan(2)) ? date_of(parts) : std::nullopt;
    parts = {};
    if (words.size() >= 2 && take_iso_date(parts, words[0]))
        return take_rest(parts, words.subspan(1)) ? date_of(parts) : std::nullopt;
    if (words.size() == 1 && words[0].size() >= 16 && words[0][10] == 'T' &&
        take_iso_date(parts, words[0].substr(0, 10))) {
        std::string_view time = words[0].substr(11);
        if (time.ends_with('Z')) time.remove_suffix(1);
        parts.time = time_of_day(time);
        return date_of(parts);
    }
    return std::nullopt;
}

/// Of the words behind "From": is that how a message's beginning is told where its date cannot be read?
bool may_begin(word_span words)
{
    if (words.size() <= 1 || words[0] == "-") return true;
    const auto is_time = [](std::string_view word) {
        return word.contains(':') && std::ranges::any_of(word, base::is_digit);
    };
    return words[0].contains('@') && std::ranges::any_of(words.subspan(1), is_time);
}

} // namespace

std::string format_mbox_line(std::string_view sender, base::wall_time date)
{
    std::string shown(sender.empty() ? "MAILER-DAEMON" : sender);
    std::ranges::replace_if(
        shown, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }, '-');
    const auto whole = std::chrono::floor<seconds>(date);
    return fmt::format("From {} {:%a %b %e %H:%M:%S %Y}", shown,
                       fmt::gmtime(std::chrono::system_clock::to_time_t(whole)));
}

mbox_line read_mbox_line(std::string_view line)
{
    if (!line.starts_with(from_mark) || line.size() > mbox_line_octets_max) return {};
    const auto all_words = words_of(line.substr(from_mark.size()));
    const word_span words(all_words);
    constexpr std::size_t sender_words_max = 8; // a name as exporters write it; a sentence is longer
    for (std::size_t i = 0; i < std::min(words.size(), sender_words_max); ++i)
        if (const auto date = date_in(words.subspan(i)))
            return {i <= 1 ? mbox_line_kind::dated : mbox_line_kind::wordy, date->time};
    return {may_begin(words) ? mbox_line_kind::undated : mbox_line_kind::text, std::nullopt};
}

} // namespace mail
