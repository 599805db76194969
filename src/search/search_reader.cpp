// Recursive descent over what people type: or, and, not, brackets, words.
#include "search/search_reader.hpp"

#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "base/utf8.hpp"
#include "ledger/tags.hpp"
#include "mail/mime/plain_text.hpp"
#include "search/index_schema.hpp"
#include "search/search_time.hpp"
#include "search/word_splitter.hpp"
#include "store/writable_folder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace search {

namespace {

constexpr std::size_t words_max = 50; // SQLite allows an expression a depth of 256
constexpr unsigned depth_max = 20;
constexpr unsigned saved_depth_max = 5;        // one may name itself
constexpr std::size_t query_octets_max = 4096; // nobody types more

constexpr std::string_view wide_blank = "\u3000"; // between words of Chinese and Japanese

std::vector<std::string> folded_words(std::string_view text)
{
    std::vector<std::string> out;
    each_word(text, [&](const split_word& each) {
        out.emplace_back(each.folded);
        return true;
    });
    return out;
}

/// A string of FTS5 ends at a quote; two are one of the text.
std::string expression_of(std::string_view column, std::string_view text, bool prefix)
{
    std::string out;
    if (!column.empty()) out = std::string(column) + " : ";
    out += '"';
    for (const char c : text)
        if (c != '\0') out += c == '"' ? std::string("\"\"") : std::string(1, c); // SQLite would end at a NUL
    return out + (prefix ? "\" *" : "\"");
}

/// An address or a domain as it may be written too, in letters or for the DNS (IDNA 2008); nothing where one is all.
std::optional<std::string> other_form_of(std::string_view text)
{
    const auto offset = text.rfind('@');
    const auto domain = offset == text.npos ? text : text.substr(offset + 1);
    if (offset == text.npos && !domain.contains('.')) return std::nullopt;
    const auto other = base::is_ascii(domain) ? base::to_u_labels(domain) : base::to_a_labels(domain);
    if (!other || base::equal_ignoring_case(*other, domain)) return std::nullopt;
    return std::string(text.substr(0, text.size() - domain.size())) + *other;
}

class search_reader {
public:
    search_reader(std::string_view text, base::wall_time now, const saved_searches& saved,
                  unsigned saved_depth = 0)
        : text_(text), now_(now), saved_(saved), saved_depth_(saved_depth)
    {
    }

    base::result<search_part> run()
    {
        if (text_.size() > query_octets_max) return wrong(query_octets_max, "at most 4096 octets");
        return read_any({});
    }

private:
    std::unexpected<base::error> wrong(std::size_t offset, const std::string& expected) const
    {
        return base::fail(search_trouble(text_, offset, expected));
    }

    bool is_blank(std::size_t offset) const
    {
        return text_[offset] == ' ' || text_[offset] == '\t' || text_[offset] == '\n' ||
               text_[offset] == '\r';
    }
    void skip_blanks()
    {
        for (;;) {
            if (at_ < text_.size() && is_blank(at_))
                ++at_;
            else if (text_.substr(at_).starts_with(wide_blank))
                at_ += wide_blank.size();
            else
                return;
        }
    }
    std::size_t end_of_word() const
    {
        std::size_t end = at_;
        while (end < text_.size() && !is_blank(end) && !text_.substr(end).starts_with(wide_blank) &&
               (depth_ == 0 || text_[end] != ')'))
            ++end;
        return end;
    }
    /// AND, OR and NOT are in capitals; else they are words.
    bool is_at(std::string_view operation) const
    {
        return text_.substr(at_, end_of_word() - at_) == operation;
    }
    bool is_at_end() const { return at_ == text_.size() || (depth_ > 0 && text_[at_] == ')'); }

    base::result<search_part> read_any(std::string_view column)
    {
        search_part out{.what = search_part::kind::any};
        for (;;) {
            const std::size_t begin = at_;
            auto all = read_all(column);
            if (!all) return all;
            const bool goes_on = is_at("OR");
            if ((goes_on || !out.parts.empty()) && all->parts.empty())
                return wrong(goes_on ? at_ : begin, goes_on ? "a word before OR" : "a word behind OR");
            out.parts.push_back(std::move(*all));
            if (!goes_on) return out.parts.size() == 1 ? std::move(out.parts.front()) : std::move(out);
            at_ += std::string_view("OR").size();
        }
    }

    base::result<search_part> read_all(std::string_view column)
    {
        search_part out;
        bool expects = false;
        for (;;) {
            skip_blanks();
            if (is_at_end() || is_at("OR")) break;
            if (text_[at_] == ')') return wrong(at_, "a '(' before this ')'");
            if (is_at("AND")) {
                if (out.parts.empty() || expects) return wrong(at_, "a word before AND");
                at_ += std::string_view("AND").size();
                expects = true;
                continue;
            }
            auto one = read_one(column);
            if (!one) return one;
            if (one->what == search_part::kind::all && one->parts.empty()) continue; // signs alone
            out.parts.push_back(std::move(*one));
            expects = false;
        }
        if (expects) return wrong(at_, "a word behind AND");
        return out;
    }

    base::result<search_part> read_one(std::string_view column)
    {
        bool unwanted = false;
        while (at_ < text_.size() && (text_[at_] == '-' || is_at("NOT"))) {
            const bool spelt = text_[at_] != '-';
            at_ += spelt ? std::string_view("NOT").size() : 1;
            unwanted = !unwanted;
            if (!spelt) continue;
            skip_blanks();
            if (is_at_end()) return wrong(at_, "a word behind NOT");
        }
        auto one = read_atom(column);
        const bool nothing = one && one->what == search_part::kind::all && one->parts.empty();
        if (!one || !unwanted || nothing) return one;
        search_part out{.what = search_part::kind::none};
        out.parts.push_back(std::move(*one));
        return out;
    }

    base::result<search_part> read_atom(std::string_view column)
    {
        const std::size_t begin = at_;
        if (const auto* field = search_field_at(text_.substr(at_)); field != nullptr) {
            at_ += field->name.size();
            skip_blanks();
            if (is_at_end())
                return wrong(at_, std::string(field->takes) + " behind " + std::string(field->name));
            if (field->column.empty()) return read_value(*field);
            column = field->column;
        }
        if (at_ < text_.size() && text_[at_] == '(') return read_brackets(column, begin);
        return read_word(column);
    }

    base::result<search_part> read_brackets(std::string_view column, std::size_t begin)
    {
        if (depth_ == depth_max) return wrong(at_, "at most 20 brackets in brackets");
        ++at_;
        ++depth_;
        auto inside = read_any(column);
        if (!inside) return inside;
        if (at_ == text_.size()) return wrong(begin, "a ')' for this '('");
        ++at_;
        --depth_;
        return inside;
    }

    /// A phrase in quotes (the last may be open), or up to the next blank; prefix where it ends in '*'.
    std::string_view take_text(bool& prefix)
    {
        std::string_view taken;
        if (at_ < text_.size() && text_[at_] == '"') {
            ++at_;
            taken = text_.substr(at_, text_.find('"', at_) - at_);
            at_ = std::min(text_.size(), at_ + taken.size() + 1);
            if (at_ < text_.size() && text_[at_] == '*') {
                prefix = true;
                ++at_;
            }
        } else {
            taken = text_.substr(at_, end_of_word() - at_);
            at_ += taken.size();
        }
        if (taken.ends_with('*')) {
            prefix = true;
            taken.remove_suffix(1);
        }
        return taken;
    }

    base::result<search_part> count_one(search_part part, std::size_t offset)
    {
        if (++count_ > words_max) return wrong(offset, "at most 50 words");
        return part;
    }

    base::result<search_part> read_word(std::string_view column)
    {
        const std::size_t begin = at_;
        bool prefix = false;
        const auto text = take_text(prefix);
        auto words = folded_words(text);
        if (words.empty()) return search_part{}; // the index holds no signs
        auto out = word_part(column, text, std::move(words), prefix);
        const auto other = other_form_of(text);
        if (!other) return count_one(std::move(out), begin);
        search_part both{.what = search_part::kind::any};
        both.parts.push_back(std::move(out));
        both.parts.push_back(word_part(column, *other, folded_words(*other), prefix));
        return count_one(std::move(both), begin);
    }

    static search_part word_part(std::string_view column, std::string_view text,
                                 std::vector<std::string> words, bool prefix)
    {
        search_part out{.what = search_part::kind::word, .expression = expression_of(column, text, prefix)};
        if (column.empty() || column == "body") out.phrase = {.words = std::move(words), .prefix = prefix};
        return out;
    }

    base::result<search_part> read_value(const search_field& field)
    {
        const std::size_t begin = at_;
        bool prefix = false;
        std::string value(take_text(prefix));
        if (prefix) value += '*';
        if (field.row_of == nullptr) return read_saved(value, begin);
        auto row = field.row_of(value, now_);
        if (!row) return wrong(begin, std::string(field.takes));
        search_part out{.what = search_part::kind::row, .row = std::move(*row)};
        if (field.name == "account:") out.account = value;
        if (field.name == "folder:") out.folder = value;
        return count_one(std::move(out), begin);
    }

    base::result<search_part> read_saved(const std::string& name, std::size_t begin)
    {
        const auto found = saved_.find(name);
        if (found == saved_.end()) return wrong(begin, saved_names());
        if (saved_depth_ == saved_depth_max)
            return wrong(begin, "at most 5 saved searches in saved searches");
        search_reader inner(found->second, now_, saved_, saved_depth_ + 1);
        auto out = inner.run();
        if (!out) {
            out.error().operator_text = "saved search \"" + name + "\": " + out.error().operator_text;
            return out;
        }
        count_ += inner.count_;
        if (count_ > words_max) return wrong(begin, "at most 50 words");
        return out;
    }

    std::string saved_names() const
    {
        if (saved_.empty()) return "no saved search, for restante.toml has none in [searches]";
        std::string names;
        for (const auto& [name, text] : saved_) names += (names.empty() ? "" : ", ") + name;
        return "a saved search: " + names;
    }

    std::string_view text_;
    base::wall_time now_;
    const saved_searches& saved_;
    unsigned saved_depth_ = 0;
    std::size_t at_ = 0;
    unsigned depth_ = 0;
    std::size_t count_ = 0;
};

} // namespace

base::result<search_part> read_search(std::string_view text, base::wall_time now, const saved_searches& saved)
{
    return search_reader(text, now, saved).run();
}

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

base::error search_trouble(std::string_view query, std::size_t offset, const std::string& expected)
{
    constexpr std::size_t shown_octets = 30;
    const std::string_view rest = offset < query.size() ? query.substr(offset) : std::string_view();
    const std::string place =
        rest.empty() ? "at its end"
                     : "at \"" + mail::mime::clean_line(mail::mime::cut_text(rest, shown_octets)) +
                           "\" (octet " + std::to_string(offset + 1) + ")";
    std::string text = "the search cannot be read " + place + ": expected " + expected;
    return {.kind = base::failure::malformed, .temporary = false, .peer_text = text, .operator_text = text};
}

} // namespace search
