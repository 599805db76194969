// Line by line; of a line that is longer than any separator, piece by piece.
#include "exchange/mbox_reader.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace exchange {

namespace {

constexpr std::size_t handed_on_octets = 64 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view length_name = "Content-Length:";
constexpr std::size_t empty_lines_octets_max = 4; // two of CRLF

bool is_space_or_tab(char octet)
{
    return octet == ' ' || octet == '\t';
}

bool is_empty_line(std::string_view text)
{
    return text == "\n" || text == "\r\n";
}

/// "Name: …", a field's first line (RFC 5322, section 2.2).
bool is_field(std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    return std::ranges::all_of(text.substr(0, colon), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_quoted(std::string_view text)
{
    const std::size_t marks = text.find_first_not_of('>');
    return marks != 0 && marks != std::string_view::npos && text.substr(marks).starts_with("From ");
}

base::error no_mbox()
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = "not an mbox",
            .operator_text = "this is not an mbox: no line \"From SENDER DATE\" begins a message in it"};
}

} // namespace

base::result<> mbox_reader::octets(std::string_view chunk)
{
    while (!chunk.empty()) {
        const std::size_t end = chunk.find('\n');
        const bool whole = end != std::string_view::npos;
        const std::string_view piece = chunk.substr(0, whole ? end + 1 : chunk.size());
        chunk.remove_prefix(piece.size());
        offset_ += piece.size();
        base::result<> done;
        if (in_long_line_) {
            done = text(piece, false);
            in_long_line_ = !whole;
        } else {
            line_ += piece;
            if (!whole && line_.size() <= mail::mbox_line_octets_max) continue;
            done = line(line_);
            line_.clear();
            in_long_line_ = !whole;
        }
        if (!done) return done;
    }
    return {};
}

base::result<> mbox_reader::line(std::string_view octets)
{
    if (!any_ && offset_ == octets.size() && octets.starts_with(byte_order_mark))
        octets.remove_prefix(byte_order_mark.size());
    if (!undated_held_.empty()) {
        const std::string held = std::exchange(undated_held_, {});
        auto done = is_field(octets) ? begin_entry(mail::read_mbox_line(held)) : text(held, true);
        if (!done) return done;
    }
    return separator_or_text(octets);
}

base::result<> mbox_reader::separator_or_text(std::string_view octets)
{
    if (offset_ - octets.size() < protected_until_) return text(octets, true);
    const bool apart = !inside_ || !empty_held_.empty();
    const mail::mbox_line read = mail::read_mbox_line(octets);
    switch (read.kind) {
    case mail::mbox_line_kind::dated: return begin_entry(read);
    case mail::mbox_line_kind::wordy:
        if (apart) return begin_entry(read);
        break;
    case mail::mbox_line_kind::undated:
        if (!apart) break;
        undated_held_ = octets;
        return {};
    case mail::mbox_line_kind::text: break;
    }
    return text(octets, true);
}

base::result<> mbox_reader::begin_entry(const mail::mbox_line& separator)
{
    if (auto ended = end_entry(); !ended) return ended;
    any_ = inside_ = in_header_ = true;
    begun_ = separator;
    return {};
}

base::result<> mbox_reader::text(std::string_view octets, bool whole_line)
{
    if (!inside_) {
        octets_before_ += octets.size();
        words_before_ = words_before_ || octets.find_first_not_of(" \t\r\n") != std::string_view::npos;
        return {};
    }
    if (begun_) {
        const auto date = std::exchange(begun_, std::nullopt)->date;
        if (auto done = into_.begin(date); !done) return done;
    }
    if (whole_line && is_empty_line(octets)) {
        out_ += std::exchange(empty_held_, std::string(octets));
        return in_header_ ? end_header() : base::result<>();
    }
    out_ += std::exchange(empty_held_, {});
    if (whole_line && in_header_) note_length(octets);
    if (whole_line && is_quoted(octets)) {
        ++unquoted_lines_;
        octets.remove_prefix(1);
    }
    out_ += octets;
    return out_.size() < handed_on_octets ? base::result<>() : flush();
}

void mbox_reader::note_length(std::string_view field)
{
    if (field.size() <= length_name.size() ||
        !base::equal_ignoring_case(field.substr(0, length_name.size()), length_name))
        return;
    field.remove_prefix(length_name.size());
    while (!field.empty() && is_space_or_tab(field.front())) field.remove_prefix(1);
    std::uint64_t octets = 0;
    const auto [end, trouble] = std::from_chars(field.data(), field.data() + field.size(), octets);
    if (trouble == std::errc() && end != field.data()) length_ = octets;
}

base::result<> mbox_reader::end_header()
{
    in_header_ = false;
    const auto length = std::exchange(length_, std::nullopt);
    constexpr std::uint64_t length_max = 1ULL << 40; // no message is so long, and no sum of offsets overflows
    if (!length || *length == 0 || *length > length_max || !look_) return {};
    const auto ends = ends_at_separator(offset_ + *length);
    if (!ends) return base::fail(ends.error());
    if (*ends) protected_until_ = offset_ + *length;
    return {};
}

base::result<bool> mbox_reader::ends_at_separator(std::uint64_t offset)
{
    auto seen = look_(offset - 1, 1 + empty_lines_octets_max + mail::mbox_line_octets_max);
    if (!seen) return base::fail(seen.error());
    std::string_view rest = *seen;
    if (!rest.starts_with('\n')) return false;
    rest.remove_prefix(1);
    for (int lines = 0; lines < 2; ++lines)
        for (const std::string_view end : {"\r\n", "\n"})
            if (rest.starts_with(end)) {
                rest.remove_prefix(end.size());
                break;
            }
    return rest.empty() ||
           mail::read_mbox_line(rest.substr(0, rest.find('\n'))).kind == mail::mbox_line_kind::dated;
}

base::result<> mbox_reader::end_entry()
{
    empty_held_.clear();
    length_.reset();
    const bool had_text = inside_ && !begun_;
    inside_ = false;
    begun_.reset(); // two separators in a row, as Thunderbird writes before another program's: one message
    if (!had_text) return {};
    if (auto done = flush(); !done) return done;
    line_ends_ = {};
    return into_.end();
}

base::result<> mbox_reader::finish()
{
    if (!line_.empty())
        if (auto done = line(line_); !done) return done;
    line_.clear();
    if (!undated_held_.empty())
        if (auto done = text(std::exchange(undated_held_, {}), true); !done) return done;
    if (auto done = end_entry(); !done) return done;
    return any_ || !words_before_ ? base::result<>() : base::fail(no_mbox());
}

base::result<> mbox_reader::flush()
{
    std::string canonical;
    line_ends_.convert(out_, canonical);
    out_.clear();
    return canonical.empty() ? base::result<>{} : into_.octets(canonical);
}

} // namespace exchange
