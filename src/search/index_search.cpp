// Questions to the index.
#include "search/index.hpp"
#include "search/index_schema.hpp"

#include <limits>
#include <unordered_set>
#include <variant>

namespace search {
namespace {

/// Up to so many hits are looked up and sorted; of more, the messages are walked by date until enough are
/// found, which then comes soon.
constexpr std::int64_t few_hits_max = 1200;

constexpr std::string_view columns =
    "SELECT number, account, key, folder, marks, sender, recipients, subject, date, octets, attachments, hash, "
    "(SELECT tags FROM tags WHERE tags.account = messages.account AND tags.hash = messages.hash), thread, "
    "message_id FROM messages";

constexpr int thread_column = 13;

/// The conditions of a question and what to bind to them, in step.
struct conditions {
    std::string sql;
    std::vector<std::variant<std::int64_t, std::string>> values;

    template <typename Value>
    void add(std::string_view condition, Value value)
    {
        sql.append(" AND ").append(condition);
        values.emplace_back(std::move(value));
    }

    void bind_to(ledger::statement& asked) const
    {
        int parameter = 0;
        for (const auto& value : values) {
            ++parameter;
            if (const auto* number = std::get_if<std::int64_t>(&value))
                asked.bind(parameter, *number);
            else
                asked.bind(parameter, std::string_view(std::get<std::string>(value)));
        }
    }
};

base::result<bool> has_few_hits(ledger::database& file, const std::string& wanted)
{
    if (wanted.empty()) return false;
    ledger::statement asked(file, "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)");
    asked.bind(1, wanted).bind(2, few_hits_max);
    auto row = asked.step();
    if (!row) return base::fail(row.error());
    return asked.integer(0) < few_hits_max;
}

constexpr std::string_view every_message = " WHERE read = 1";
constexpr std::string_view is_hit = "is_hit(number)"; // word_hits.hpp

/// SQLite counts the entries of an index by its pages; with a condition on the rows it would read all of them. `which`
/// asks for the number alone, or is empty.
base::result<std::uint64_t> count_by_numbers(ledger::database& file, const std::string& which)
{
    ledger::statement asked(file, "SELECT (SELECT count(*) FROM messages" +
                                      (which.empty() ? "" : " WHERE " + which) +
                                      ") - (SELECT count(*) FROM messages WHERE read = 0" +
                                      (which.empty() ? "" : " AND " + which) + ")");
    auto row = asked.step();
    if (!row) return base::fail(row.error());
    return static_cast<std::uint64_t>(asked.integer(0));
}

conditions conditions_of(const query& query, const search_words& words, bool few_hits)
{
    conditions conditions{.sql = std::string(every_message), .values = {}};
    if (!words.wanted.empty() && few_hits)
        conditions.add("number IN (SELECT rowid FROM words WHERE words MATCH ?)", words.wanted);
    else if (!words.wanted.empty())
        conditions.sql.append(" AND ").append(is_hit);
    if (!words.others.sql.empty()) {
        conditions.sql += " AND " + words.others.sql;
        conditions.values.insert(conditions.values.end(), words.others.values.begin(),
                                 words.others.values.end());
    }
    if (query.account) conditions.add("account = ?", *query.account);
    if (query.folder) conditions.add("folder = ?", *query.folder);
    if (query.seen)
        conditions.add("(marks & " + std::to_string(seen_bit) + " != 0) = ?", std::int64_t{*query.seen});
    if (query.flagged)
        conditions.add("(marks & " + std::to_string(flagged_bit) + " != 0) = ?",
                       std::int64_t{*query.flagged});
    if (query.after) conditions.add("date >= ?", to_seconds(*query.after));
    if (query.before) conditions.add("date < ?", to_seconds(*query.before));
    return conditions;
}

indexed_message message_of(const ledger::statement& row)
{
    return {.number = row.integer(0),
            .account = std::string(row.text(1)),
            .key = std::string(row.text(2)),
            .folder = std::string(row.text(3)),
            .marks = to_marks(row.integer(4)),
            .fresh = (row.integer(4) & fresh_bit) != 0,
            .from = std::string(row.text(5)),
            .to = std::string(row.text(6)),
            .subject = std::string(row.text(7)),
            .message_id = std::string(row.text(14)),
            .date = to_time(row.integer(8)),
            .octets = static_cast<std::uint64_t>(row.integer(9)),
            .attachments = static_cast<unsigned>(row.integer(10)),
            .thread = row.integer(thread_column),
            .hash = ledger::content_hash::from_octets(row.text(11)).value_or(ledger::content_hash{}),
            .tags = std::string(row.text(12))};
}

base::result<std::vector<indexed_message>> all_of(ledger::statement& asked)
{
    std::vector<indexed_message> found;
    for (;;) {
        auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) return found;
        found.push_back(message_of(asked));
    }
}

/// The first row of each thread, so far as the query's skip and limit ask for them.
base::result<std::vector<indexed_message>> first_of_threads(ledger::statement& asked, const query& query)
{
    std::vector<indexed_message> found;
    std::unordered_set<std::int64_t> seen;
    while (found.size() < query.limit) {
        auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) break;
        if (!seen.insert(asked.integer(thread_column)).second || seen.size() <= query.skip) continue;
        found.push_back(message_of(asked));
    }
    return found;
}

base::result<std::optional<indexed_message>> one_of(ledger::statement& asked)
{
    auto row = asked.step();
    if (!row) return base::fail(row.error());
    if (!*row) return std::nullopt;
    return message_of(asked);
}

std::int64_t within_range(std::size_t number)
{
    return number > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max())
               ? std::numeric_limits<std::int64_t>::max()
               : static_cast<std::int64_t>(number);
}

} // namespace

base::result<std::vector<indexed_message>> index::search(const query& query)
{
    const auto words = parse_search_words(query.words, query.now, query.saved);
    if (!words) return base::fail(words.error());
    const auto few = has_few_hits(*file_, words->wanted);
    if (!few) return base::fail(few.error());
    if (!words->wanted.empty() && !*few)
        if (auto found = hits_.find(*file_, words->wanted); !found) return base::fail(found.error());
    const conditions conditions = conditions_of(query, *words, *few);
    const std::string_view order =
        query.oldest_first ? " ORDER BY date, number" : " ORDER BY date DESC, number DESC";
    ledger::statement asked(*file_,
                            std::string(columns) + conditions.sql + std::string(order) + " LIMIT ? OFFSET ?");
    conditions.bind_to(asked);
    const int bound = static_cast<int>(conditions.values.size());
    if (query.by_thread) {
        asked.bind(bound + 1, std::int64_t{-1}).bind(bound + 2, std::int64_t{0}); // no limit
        return first_of_threads(asked, query);
    }
    asked.bind(bound + 1, within_range(query.limit)).bind(bound + 2, within_range(query.skip));
    return all_of(asked);
}

base::result<std::uint64_t> index::count(const query& query)
{
    const auto words = parse_search_words(query.words, query.now, query.saved);
    if (!words) return base::fail(words.error());
    // What a search has just found serves once more.
    const bool few = !hits_.are_of(words->wanted);
    const conditions conditions = conditions_of(query, *words, few);
    if (!query.by_thread && conditions.sql == every_message) return count_by_numbers(*file_, "");
    if (!query.by_thread && conditions.sql == std::string(every_message) + " AND " + std::string(is_hit))
        return count_by_numbers(*file_, std::string(is_hit));
    ledger::statement asked(*file_, (query.by_thread ? "SELECT count(DISTINCT thread) FROM messages"
                                                     : "SELECT count(*) FROM messages") +
                                        conditions.sql);
    conditions.bind_to(asked);
    auto row = asked.step();
    if (!row) return base::fail(row.error());
    return static_cast<std::uint64_t>(asked.integer(0));
}

base::result<std::uint64_t> index::count_thread(std::int64_t thread)
{
    ledger::statement asked(*file_, "SELECT count(*) FROM messages WHERE thread = ? AND read = 1");
    auto row = asked.bind(1, thread).step();
    if (!row) return base::fail(row.error());
    return static_cast<std::uint64_t>(asked.integer(0));
}

base::result<std::optional<indexed_message>> index::find(std::int64_t number)
{
    ledger::statement asked(*file_, std::string(columns) + " WHERE read = 1 AND number = ?");
    asked.bind(1, number);
    return one_of(asked);
}

base::result<std::optional<indexed_message>> index::find(std::string_view account, std::string_view key)
{
    ledger::statement asked(*file_, std::string(columns) + " WHERE read = 1 AND account = ? AND key = ?");
    asked.bind(1, account).bind(2, key);
    return one_of(asked);
}

base::result<std::vector<index::folder_summary>> index::folders(const std::optional<std::string>& account)
{
    ledger::statement asked(
        *file_,
        "SELECT account, folder, count(*), sum(marks & 1 = 0), sum(octets) FROM messages "
        "WHERE read = 1 AND (?1 IS NULL OR account = ?1) GROUP BY account, folder ORDER BY account, folder");
    if (account)
        asked.bind(1, std::string_view(*account));
    else
        asked.bind_null(1);
    std::vector<folder_summary> found;
    for (;;) {
        auto row = asked.step();
        if (!row) return base::fail(row.error());
        if (!*row) return found;
        found.push_back({.account = std::string(asked.text(0)),
                         .folder = std::string(asked.text(1)),
                         .messages = static_cast<std::uint64_t>(asked.integer(2)),
                         .unseen = static_cast<std::uint64_t>(asked.integer(3)),
                         .octets = static_cast<std::uint64_t>(asked.integer(4))});
    }
}

} // namespace search
