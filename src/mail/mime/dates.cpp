// A date is read by what its words look like, not by where they stand. GMime's reader takes three-digit years, leap
// seconds and ISO 8601 for something else, or for nothing (docs/decisions/0143).
#include "mail/mime/dates.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/date_words.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace mail::mime {
namespace {

constexpr std::size_t date_octets_max = 200;
constexpr std::size_t received_max = 20; // fields that are asked, from the top
constexpr int year_min = 1970;
constexpr int year_max = 2200;
constexpr int zone_hours_max = 24;

struct zone {
    std::string_view name;
    int minutes; // east of Greenwich
};
// Those of RFC 5322, section 4.3, and others whose meaning is not in doubt.
constexpr std::array zones = std::to_array<zone>(
    {{"est", -300}, {"edt", -240}, {"cst", -360},  {"cdt", -300},  {"mst", -420}, {"mdt", -360},
     {"pst", -480}, {"pdt", -420}, {"akst", -540}, {"akdt", -480}, {"hst", -600}, {"ast", -240},
     {"adt", -180}, {"nst", -210}, {"ndt", -150},  {"wet", 0},     {"west", 60},  {"bst", 60},
     {"cet", 60},   {"cest", 120}, {"met", 60},    {"mest", 120},  {"mez", 60},   {"mesz", 120},
     {"eet", 120},  {"eest", 180}, {"msk", 180},   {"msd", 240},   {"jst", 540},  {"kst", 540},
     {"hkt", 480},  {"sgt", 480},  {"awst", 480},  {"acst", 570},  {"acdt", 630}, {"aest", 600},
     {"aedt", 660}, {"nzst", 720}, {"nzdt", 780}});

/// Comments become blanks (RFC 5322, section 3.2.2).
std::string without_comments(std::string_view text)
{
    std::string out;
    unsigned depth = 0;
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] == '\\' && depth > 0) {
            ++index;
        } else if (text[index] == '(') {
            ++depth;
        } else if (text[index] == ')') {
            if (depth > 0) --depth;
        } else {
            out += depth > 0 ? ' ' : text[index];
        }
    }
    return out;
}

bool in_word(char c)
{
    return base::is_letter(c) || !base::is_ascii({&c, 1});
}

std::size_t word_octets(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::find_if_not(text, in_word) - text.begin());
}

/// "10 : 00 : 00" is one time (RFC 5322, section 4.3). The first number of all is none of it: "3 March: 10:00".
std::string with_times_joined(std::string_view text)
{
    constexpr std::string_view blanks = " \t";
    constexpr std::size_t digits_max = 2;
    std::string out;
    for (std::size_t index = 0; index < text.size(); ++index) {
        const std::size_t behind = text.find_first_not_of(blanks, index + 1);
        const std::size_t last = out.find_last_not_of(blanks);
        if (text[index] == ':' && behind != std::string_view::npos && base::is_digit(text[behind]) &&
            last != std::string::npos && base::is_digit(out[last])) {
            const std::size_t before = out.find_last_not_of("0123456789", last);
            const bool day_stands_before =
                before != std::string::npos && out.find_first_of("0123456789") < before;
            if (day_stands_before && last - before <= digits_max) {
                out.erase(last + 1);
                index = behind - 1;
                out += ':';
                continue;
            }
        }
        out += text[index];
    }
    return out;
}

struct number {
    int value = 0;
    std::size_t digits = 0;
};

class date_reader {
public:
    explicit date_reader(std::string_view text) : rest_(text)
    {
        for (std::size_t index = 0; index < text.size(); ++index) {
            const std::size_t octets = word_octets(text.substr(index));
            const std::string_view name = text.substr(index, octets);
            index += octets;
            const bool weekday =
                name == "mar" && text.substr(index, 2).contains(','); // Spanish, Italian, French
            named_month_ = named_month_ || (!weekday && month_of(name) > 0);
        }
    }

    std::optional<base::wall_time> read()
    {
        while (!rest_.empty()) {
            const char c = rest_[0];
            const bool understood = base::is_digit(c)      ? figures()
                                    : in_word(c)           ? word()
                                    : c == '+' || c == '-' ? sign()
                                                           : skip();
            if (!understood) return std::nullopt;
        }
        return made();
    }

private:
    bool skip()
    {
        rest_.remove_prefix(1);
        return true;
    }

    bool next_is_digit(std::size_t index) const
    {
        return index < rest_.size() && base::is_digit(rest_[index]);
    }

    number take_number()
    {
        constexpr int value_max = 100000000;
        number found;
        while (next_is_digit(0)) {
            if (found.value < value_max) found.value = found.value * 10 + (rest_[0] - '0');
            ++found.digits;
            rest_.remove_prefix(1);
        }
        return found;
    }

    /// "9", "9:05:06", "09.05.06", "2026-03-03", "3.3.2026", "3/3/26", "9h05", "20260303090506".
    bool figures()
    {
        if (const auto octets = compact_octets(); octets > 0) return compact(octets);
        std::vector<number> all{take_number()};
        if (const char sign = sign_ahead(); sign != 0) return with_sign(all[0], sign);
        char between = 0;
        while (all.size() < 3 && rest_.size() > 1 && next_is_digit(1) && is_between(rest_[0], between, all)) {
            between = rest_[0];
            rest_.remove_prefix(1);
            all.push_back(take_number());
        }
        if (all.size() == 1) return single(all[0]);
        if (between == ':' || (between == '.' && is_dotted_time(all))) return time(all);
        if (is_whole()) return true; // "m=+0.01" of the Go language
        return all.size() == 3 && date(all, between);
    }

    /// How many figures stand there, where they are a date and a time in one.
    std::size_t compact_octets() const
    {
        constexpr std::size_t with_minutes = 12;
        constexpr std::size_t with_seconds = 14;
        const std::size_t octets = std::min(rest_.size(), rest_.find_first_not_of("0123456789"));
        return day_ == 0 && !time_known_ && (octets == with_minutes || octets == with_seconds) ? octets : 0;
    }

    bool compact(std::size_t octets)
    {
        const auto take = [&](std::size_t digits) {
            int value = 0;
            const std::string_view part = rest_.substr(0, digits);
            std::from_chars(part.data(), part.data() + part.size(), value);
            rest_.remove_prefix(digits);
            return number{.value = value, .digits = digits};
        };
        const std::size_t end = rest_.size() - octets;
        compact_date(take(8).value);
        std::vector<number> parts;
        while (rest_.size() > end) parts.push_back(take(2));
        return time(parts);
    }

    /// The sign of East Asia that says what the number before it is, or that of the hour for "9h05", "9h" and "9 h 05".
    char sign_ahead() const
    {
        const std::size_t begin = std::min(rest_.size(), rest_.find_first_not_of(" \t"));
        const std::string_view ahead = rest_.substr(begin);
        if (ahead.empty()) return 0;
        constexpr std::array before_them = {year_sign, month_sign, day_sign, hour_sign};
        if (std::ranges::find(before_them, ahead[0]) != before_them.end()) return ahead[0];
        if (ahead[0] != 'h' || word_octets(ahead) != 1) return 0;
        return begin == 0 || ahead.find_first_not_of("0123456789", 2) == 4 || ahead.size() == 4 ? hour_sign
                                                                                                : 0;
    }

    bool with_sign(const number& found, char sign)
    {
        rest_.remove_prefix(rest_.find_first_not_of(" \t") + 1);
        switch (sign) {
        case year_sign: set_year(found); return true;
        case month_sign: month_ = found.value; return true;
        case day_sign: day_ = found.value; return true;
        default: return clock(found);
        }
    }

    /// Minutes and seconds behind the sign of the hour.
    bool clock(const number& hours)
    {
        std::vector<number> parts{hours};
        while (parts.size() < 3) {
            const std::size_t begin = std::min(rest_.size(), rest_.find_first_not_of(" \t"));
            const std::string_view ahead = rest_.substr(begin);
            const std::size_t digits = std::min(ahead.size(), ahead.find_first_not_of("0123456789"));
            const std::size_t behind = std::min(ahead.size(), ahead.find_first_not_of(" \t", digits));
            const std::string_view unit = ahead.substr(behind);
            const bool named = unit.starts_with(minute_sign) || unit.starts_with(second_sign) ||
                               unit.starts_with('m') || unit.starts_with('s');
            if (digits == 0 || digits > 2 || (!named && begin > 0 && digits != 2)) break;
            rest_.remove_prefix(begin);
            parts.push_back(take_number());
            if (!named) break;
            rest_.remove_prefix(behind - digits);
            rest_.remove_prefix(word_octets(rest_));
        }
        if (parts.size() == 1) parts.push_back({});
        return time(parts);
    }

    /// What stands behind a whole date says nothing.
    bool is_whole() const { return year_known_ && time_known_ && day_ > 0; }

    bool is_between(char c, char before, const std::vector<number>& all) const
    {
        if (before != 0) return c == before;
        if (c == ':') return all[0].digits <= 2; // a year before it: "3/Mar/2026:10:00:00"
        if (c == '.' || c == '/') return true;
        // "21-11-1997", "2026-03-03"; behind the time "-0800" is a zone, and "21-Nov" has letters.
        return c == '-' && !time_known_ && !named_month_ && all[0].digits <= 4;
    }

    bool is_dotted_time(const std::vector<number>& all) const
    {
        if (time_known_) return false;
        return all.size() == 2 || day_ > 0 || (named_month_ && all[2].digits <= 2);
    }

    bool single(const number& found)
    {
        if (!time_known_ && (day_ > 0 || year_known_) && found.digits <= 2 && half_ahead() != half::none)
            return time({found, {}}); // "3 pm"
        if (found.digits == 8 && day_ == 0 && !named_month_) return compact_date(found.value);
        if (found.digits == 6 && day_ > 0 && year_known_ && !time_known_)
            return time({{found.value / 10000, 2}, {found.value / 100 % 100, 2}, {found.value % 100, 2}});
        if (found.digits > 4) return is_whole();
        if (day_ == 0 && found.digits <= 2) {
            day_ = found.value;
            return true;
        }
        if (year_known_ && time_known_ && found.digits == 4 && !zone_known_)
            return zone_figures(found, 0, false);
        if (year_known_ && time_known_) return true;
        const bool date_follows =
            month_behind_day_ > 0 && found.digits == 4; // "March 2026 news, 10 Feb 2026"
        if (year_known_ && !date_follows) return false;
        set_year(found);
        return true;
    }

    bool compact_date(int value)
    {
        set_year({value / 10000, 4});
        month_ = value / 100 % 100;
        day_ = value % 100;
        return true;
    }

    /// RFC 5322, section 4.3.
    void set_year(const number& found)
    {
        year_ = found.value;
        if (found.digits <= 2) year_ += found.value < 50 ? 2000 : 1900;
        if (found.digits == 3) year_ += 1900;
        year_known_ = true;
    }

    bool date(const std::vector<number>& all, char between)
    {
        const bool year_first = all[0].digits > 2;
        const bool month_first = !year_first && between == '/' && all[0].value <= 12;
        set_year(year_first ? all[0] : all[2]);
        month_ = month_first ? all[0].value : all[1].value;
        day_ = year_first ? all[2].value : month_first ? all[1].value : all[0].value;
        if (!next_is_digit(1) || rest_[0] != 't') return true;
        skip();
        const std::size_t digits = std::min(rest_.size(), rest_.find_first_not_of("0123456789"));
        const bool hour_alone =
            digits == 2 && !rest_.substr(digits).starts_with(':') && !rest_.substr(digits).starts_with('.');
        return !hour_alone || time({take_number(), {}});
    }

    enum class half { none, morning, afternoon };

    static half half_of(std::string_view name)
    {
        if (name == "am") return half::morning;
        return name == "pm" ? half::afternoon : half::none;
    }

    half half_ahead() const
    {
        const std::string_view ahead = rest_.substr(std::min(rest_.size(), rest_.find_first_not_of(" \t")));
        return half_of(ahead.substr(0, word_octets(ahead)));
    }

    /// Behind the time, or right before it: "am 3. März" is German.
    void take_half(half said)
    {
        const std::string_view ahead = rest_.substr(std::min(rest_.size(), rest_.find_first_not_of(" \t")));
        const std::size_t digits = std::min(ahead.size(), ahead.find_first_not_of("0123456789"));
        const bool before = digits > 0 && digits <= 2 && digits < ahead.size() &&
                            (ahead[digits] == ':' || ahead[digits] == hour_sign);
        if (time_known_ || before) half_ = said;
    }

    bool time(const std::vector<number>& all)
    {
        if (time_known_) return true;
        hours_ = all[0].value;
        minutes_ = all[1].value;
        seconds_ = all.size() > 2 ? all[2].value : 0;
        time_known_ = true;
        if (!rest_.empty() && (rest_[0] == '.' || rest_[0] == ',') &&
            next_is_digit(1)) { // a part of a second
            skip();
            take_number();
        }
        return hours_ <= 24 && minutes_ < 60 && seconds_ <= 60;
    }

    bool word()
    {
        const std::size_t end = word_octets(rest_);
        const std::string_view name = rest_.substr(0, end);
        rest_.remove_prefix(end);
        if (const int month = month_of(name); month > 0)
            take_month(month);
        else if (const half said = half_of(name); said != half::none)
            take_half(said);
        else if (name == "thang" && month_ == 0) // Vietnamese: "3 tháng 3"
            month_ = number_ahead();
        else if (time_known_ && !zone_known_ && !zone_named_)
            zone_name(name);
        return true;
    }

    int number_ahead()
    {
        rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of(" \t")));
        return take_number().value;
    }

    /// It stands between the day and the year, or right before the day; "Mar, 10 Feb" begins with a Tuesday.
    void take_month(int month)
    {
        if (day_ == 0)
            month_before_day_ = month;
        else if (month_behind_day_ == 0 && (!time_known_ || !year_known_))
            month_behind_day_ = month;
    }

    /// "CET"; "EST5EDT" (POSIX, TZ) says the hours in between the other way round, and a name that may not apply.
    void zone_name(std::string_view name)
    {
        const auto* const known = std::ranges::find(zones, name, &zone::name);
        if (known == zones.end()) return;
        zone_named_ = true;
        zone_minutes_ = known->minutes;
        const std::size_t begin = rest_.starts_with('-') || rest_.starts_with('+') ? 1 : 0;
        const std::size_t end = rest_.find_first_not_of("0123456789", begin);
        if (end == std::string_view::npos || end == begin || !base::is_letter(rest_[end])) return;
        zone_known_ = true;
        rest_.remove_prefix(end);
        rest_.remove_prefix(word_octets(rest_));
    }

    /// "+0100", "-08:00", "+2"; before the time a sign is a dash.
    bool sign()
    {
        const bool west = rest_[0] == '-';
        const bool follows_date = time_known_ && next_is_digit(1) && !zone_known_;
        skip();
        if (!follows_date) return true;
        const number hours = take_number();
        const bool colon = !rest_.empty() && rest_[0] == ':' && next_is_digit(1);
        if (colon) skip();
        return zone_figures(hours, colon ? take_number().value : 0, west);
    }

    /// "0100" and "1", or hours alone and their minutes.
    bool zone_figures(const number& found, int minutes, bool west)
    {
        const bool both = found.digits > 2;
        const int hours = both ? found.value / 100 : found.value;
        if (both) minutes = found.value % 100;
        if (hours > zone_hours_max || minutes >= 60) return true;
        zone_known_ = true;
        zone_minutes_ = (west ? -1 : 1) * (hours * 60 + minutes);
        return true;
    }

    int hour_of_day() const
    {
        if (half_ == half::morning && hours_ == 12) return 0;
        return half_ == half::afternoon && hours_ < 12 ? hours_ + 12 : hours_;
    }

    std::optional<base::wall_time> made() const
    {
        using namespace std::chrono;
        if (!year_known_ || year_ < year_min || year_ >= year_max) return std::nullopt;
        const int month_number = month_ > 0              ? month_
                                 : month_behind_day_ > 0 ? month_behind_day_
                                                         : month_before_day_;
        const year_month_day day{year(year_), month(static_cast<unsigned>(month_number)),
                                 std::chrono::day(static_cast<unsigned>(day_))};
        if (month_number < 1 || day_ < 1 || !day.ok()) return std::nullopt;
        const auto when = sys_days(day) + hours(hour_of_day()) + minutes(minutes_) + seconds(seconds_) -
                          minutes(zone_minutes_);
        if (when < sys_days(year(year_min) / January / 1)) return std::nullopt;
        return base::wall_time(when.time_since_epoch());
    }

    std::string_view rest_;
    int year_ = 0, month_ = 0, day_ = 0;
    int hours_ = 0, minutes_ = 0, seconds_ = 0, zone_minutes_ = 0;
    half half_ = half::none;
    int month_before_day_ = 0, month_behind_day_ = 0; // of their names
    bool named_month_ = false, year_known_ = false, time_known_ = false;
    bool zone_known_ = false, zone_named_ = false; // by figures, by a name
};

/// Unix time alone: seconds, or in 13 digits thousandths of them.
std::optional<base::wall_time> unix_time(std::string_view text)
{
    constexpr std::int64_t thousandths = 1000;
    const std::size_t begin = std::min(text.size(), text.find_first_not_of(" \t"));
    text = text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
    if (text.size() != 9 && text.size() != 10 && text.size() != 13) return std::nullopt;
    std::int64_t count = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), count).ptr != text.data() + text.size() ||
        count < 0)
        return std::nullopt;
    return base::wall_time(std::chrono::seconds(text.size() == 13 ? count / thousandths : count));
}

} // namespace

std::optional<base::wall_time> date_of(std::string_view value)
{
    std::string plain = without_comments(value.substr(0, date_octets_max));
    if (plain.contains("=?")) plain = without_comments(decoded_text(std::move(plain), {}));
    if (const auto seconds = unix_time(plain)) return seconds;
    return date_reader(with_times_joined(plain_date(plain))).read();
}

std::optional<base::wall_time> date_received(std::string_view header)
{
    for (const std::string& value : field_values(header, "received", received_max)) {
        const std::string plain = without_comments(value);
        const auto semicolon = plain.rfind(';');
        if (semicolon == std::string::npos) continue;
        if (auto date = date_of(std::string_view(plain).substr(semicolon + 1))) return date;
    }
    return std::nullopt;
}

} // namespace mail::mime
