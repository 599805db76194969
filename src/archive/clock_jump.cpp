// The end of the last run against the beginning of this one.
#include "archive/clock_jump.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace archive {

namespace {

constexpr std::string_view ages_from_name =
    "ages-from"; // among the memories: seconds since 1970; empty: never

std::optional<base::wall_time> read_time(std::string_view text)
{
    std::int64_t seconds = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (trouble != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return base::wall_time(std::chrono::seconds(seconds));
}

std::string text_of_day(base::wall_time time)
{
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

/// What the clock showed in this account before, where `now` does not follow it.
base::result<std::optional<base::wall_time>> jumped_from(ledger::ledger& book, const std::string& account,
                                                         base::wall_time now)
{
    const auto run = book.last_run(account);
    if (!run) return base::fail(run.error());
    std::optional<base::wall_time> before;
    if (*run) {
        before = (*run)->when;
    } else { // a new ledger: how long ago its last run was, nobody knows
        auto stored = book.newest_stored(account);
        if (!stored) return base::fail(stored.error());
        before = *stored;
    }
    const bool back = before && now < *before - clock_back_max;
    const bool ahead = *run && now > *before + clock_ahead_max;
    return back || ahead ? before : std::nullopt;
}

} // namespace

base::result<clock_judgement> judge_clock(ledger::ledger& book, const std::string& account,
                                          base::wall_time now, bool believed, bool dry_run)
{
    clock_judgement judged;
    if (believed) {
        if (dry_run) return judged;
        if (auto forgotten = book.remember(account, ages_from_name, ""); !forgotten)
            return base::fail(forgotten.error());
        return judged;
    }
    const auto noted = book.recall(account, ages_from_name);
    if (!noted) return base::fail(noted.error());
    if (*noted) judged.ages_from = read_time(**noted);
    const auto before = jumped_from(book, account, now);
    if (!before) return base::fail(before.error());
    if (!*before) return judged;
    judged.ages_from = now;
    judged.jump = fmt::format("the clock shows {}, and in the last run it showed {}", text_of_day(now),
                              text_of_day(**before));
    if (dry_run) return judged;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    if (auto written = book.remember(account, ages_from_name, std::to_string(seconds)); !written)
        return base::fail(written.error());
    return judged;
}

} // namespace archive
