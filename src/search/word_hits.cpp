// One bit a message, and the function of SQL that looks at it.
#include "search/word_hits.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace search {
namespace {

/// Numbers count up from 1, a message each; greater ones stand in a damaged file alone.
constexpr std::int64_t number_max = 1 << 30;

void answer_is_hit(sqlite3_context* context, int /*count*/, sqlite3_value** values)
{
    const auto* const hits = static_cast<const word_hits*>(sqlite3_user_data(context));
    sqlite3_result_int(context, hits->contains(sqlite3_value_int64(*values)) ? 1 : 0);
}

} // namespace

base::result<> word_hits::find(ledger::database& file, const std::string& wanted)
{
    bits_.clear();
    wanted_ = wanted;
    ledger::statement asked(file, "SELECT rowid FROM words WHERE words MATCH ?");
    asked.bind(1, std::string_view(wanted));
    for (;;) {
        const auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) return {};
        const auto number = asked.integer(0);
        if (number < 0 || number > number_max) continue;
        const auto place = static_cast<std::size_t>(number);
        if (place >= bits_.size()) bits_.resize(std::max(place + 1, bits_.size() * 2));
        bits_[place] = true;
    }
}

bool word_hits::contains(std::int64_t number) const
{
    return number >= 0 && static_cast<std::size_t>(number) < bits_.size() &&
           bits_[static_cast<std::size_t>(number)];
}

base::result<> word_hits::make_known(ledger::database& file)
{
    const int code = sqlite3_create_function_v2(file.native(), "is_hit", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                                this, answer_is_hit, nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? base::result<>() : base::fail(file.failure_of(code));
}

} // namespace search
