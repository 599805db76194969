// Fields of a search, and what their values mean.
#include "search/search_fields.hpp"

#include "base/ascii.hpp"
#include "ledger/tags.hpp"
#include "mail/mime/plain_text.hpp"
#include "search/index_schema.hpp"
#include "search/search_time.hpp"
#include "store/writable_folder.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace search {
namespace {

using conditions_of_value = std::optional<search_conditions>;

constexpr std::string_view a_word = "a word, a \"phrase\" or brackets";
constexpr std::string_view a_time = "2025, 2025-03, 2025-03-14, today, yesterday or 7d (ago; h, d, w)";
constexpr std::string_view a_size = "a size such as 200K or 1M";

conditions_of_value folder_is(const std::string& value, base::wall_time)
{
    return search_conditions{"folder = ?", {std::string(store::without_inbox(value))}};
}

conditions_of_value account_is(const std::string& value, base::wall_time)
{
    return search_conditions{"account = ?", {value}};
}

conditions_of_value is_since(const std::string& value, base::wall_time now)
{
    const auto span = parse_time_span(value, now);
    if (!span) return std::nullopt;
    return search_conditions{"date >= ?", {to_seconds(span->begin)}};
}

conditions_of_value is_before(const std::string& value, base::wall_time now)
{
    const auto span = parse_time_span(value, now);
    if (!span) return std::nullopt;
    return search_conditions{"date < ?", {to_seconds(span->begin)}};
}

/// "2025", "2025-03..2025-05", with either side left out.
conditions_of_value is_within(const std::string& value, base::wall_time now)
{
    constexpr std::string_view dots = "..";
    const auto middle = value.find(dots);
    const bool one = middle == std::string::npos;
    const std::string from = value.substr(0, middle);
    const std::string to = one ? from : value.substr(middle + dots.size());
    const auto first = parse_time_span(from, now);
    const auto last = parse_time_span(to, now);
    if ((!first && !from.empty()) || (!last && !to.empty()) || (from.empty() && to.empty()))
        return std::nullopt;
    search_conditions out;
    if (first) {
        out.sql = "date >= ?";
        out.values.emplace_back(to_seconds(first->begin));
    }
    if (last) {
        out.sql += first ? " AND date < ?" : "date < ?";
        out.values.emplace_back(to_seconds(last->end));
    }
    return out;
}

conditions_of_value has_mark(const std::string& value, base::wall_time)
{
    struct mark {
        std::string_view name;
        std::int64_t bit;
        bool set;
    };
    static constexpr std::array<mark, 7> marks{{{"unread", seen_bit, false},
                                                {"unseen", seen_bit, false},
                                                {"read", seen_bit, true},
                                                {"seen", seen_bit, true},
                                                {"flagged", flagged_bit, true},
                                                {"answered", answered_bit, true},
                                                {"unanswered", answered_bit, false}}};
    for (const auto& each : marks)
        if (base::equal_ignoring_case(value, each.name))
            return search_conditions{"(marks & ?) " + std::string(each.set ? "<>" : "=") + " 0", {each.bit}};
    return std::nullopt;
}

conditions_of_value has_part(const std::string& value, base::wall_time)
{
    if (base::equal_ignoring_case(value, "attachment")) return search_conditions{"attachments > 0", {}};
    if (base::equal_ignoring_case(value, "tag"))
        return search_conditions{"number IN (SELECT number FROM tags JOIN messages USING (account, hash))",
                                 {}};
    return std::nullopt;
}

conditions_of_value has_tag(const std::string& value, base::wall_time)
{
    if (!ledger::is_tag(value)) return std::nullopt;
    return search_conditions{"number IN (SELECT number FROM tags JOIN messages USING (account, hash)"
                             " WHERE instr(lower(' ' || tags || ' '), lower(?)) > 0)",
                             {" " + value + " "}};
}

conditions_of_value is_in_thread(const std::string& value, base::wall_time)
{
    std::int64_t number = 0;
    const auto [end, trouble] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (trouble != std::errc() || end != value.data() + value.size()) return std::nullopt;
    return search_conditions{"thread = (SELECT thread FROM messages WHERE number = ?)", {number}};
}

conditions_of_value is_larger(const std::string& value, base::wall_time)
{
    const auto size = parse_size(value);
    if (!size) return std::nullopt;
    return search_conditions{"octets > ?", {*size}};
}

conditions_of_value is_smaller(const std::string& value, base::wall_time)
{
    const auto size = parse_size(value);
    if (!size) return std::nullopt;
    return search_conditions{"octets < ?", {*size}};
}

constexpr std::array<search_field, 19> search_fields{{
    {"from:", "sender", a_word},
    {"to:", "{recipients copies}", a_word},
    {"cc:", "copies", a_word},
    {"subject:", "subject", a_word},
    {"attachment:", "attachments", a_word},
    {"body:", "body", a_word},
    {"folder:", "", "a folder's name; \"\" is the main one", folder_is},
    {"account:", "", "an account's name", account_is},
    {"date:", "", "2025, 2025-03..2025-05, 2025-03-14.., today or 7d (ago; h, d, w)", is_within},
    {"since:", "", a_time, is_since},
    {"after:", "", a_time, is_since},
    {"before:", "", a_time, is_before},
    {"is:", "", "unread, read, flagged, answered or unanswered", has_mark},
    {"has:", "", "attachment or tag", has_part},
    {"tag:", "", "a tag of your own: restante tags lists them", has_tag},
    {"thread:", "", "the number of a message of it", is_in_thread},
    {"larger:", "", a_size, is_larger},
    {"smaller:", "", a_size, is_smaller},
    {"saved:", "", "the name of a saved search"},
}};

} // namespace

const search_field* search_field_at(std::string_view text)
{
    for (const search_field& each : search_fields)
        if (base::equal_ignoring_case(text.substr(0, each.name.size()), each.name)) return &each;
    return nullptr;
}

base::error search_trouble(std::string_view query, std::size_t at, const std::string& expected)
{
    constexpr std::size_t shown_octets = 30;
    const std::string_view rest = at < query.size() ? query.substr(at) : std::string_view();
    const std::string place =
        rest.empty() ? "at its end"
                     : "at \"" + mail::mime::clean_line(mail::mime::cut_text(rest, shown_octets)) +
                           "\" (octet " + std::to_string(at + 1) + ")";
    std::string text = "the search cannot be read " + place + ": expected " + expected;
    return {.kind = base::failure::malformed, .temporary = false, .peer_text = text, .operator_text = text};
}

} // namespace search
