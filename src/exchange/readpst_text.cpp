// One lot_marker, looked for.
#include "exchange/readpst_text.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace exchange {

namespace {

constexpr std::size_t whole_header_octets_max = 1u << 20; // longer ones only lose the mark
constexpr std::string_view lot_marker = "boundary-LibPST-iamunique-";
constexpr std::string_view behind_number = "_-_-";
constexpr std::size_t number_octets_max = 10; // of an int
constexpr std::string_view read_line = "Status: RO\r\n";
constexpr std::string_view next_line = "MIME-Version: 1.0\r\n"; // where readpst's own fields begin

/// How many octets at the end of `text` may be the beginning of a boundary.
std::size_t cut_boundary_octets(std::string_view text)
{
    constexpr std::size_t boundary_octets_max = lot_marker.size() + number_octets_max + behind_number.size();
    const std::size_t start = text.size() - std::min(text.size(), boundary_octets_max - 1);
    return text.size() - std::min(text.find(lot_marker.front(), start), text.size());
}

} // namespace

base::result<> readpst_text::octets(std::string_view canonical)
{
    if (!in_body_) {
        const std::size_t octets = header_end_.find(canonical);
        header_ += canonical.substr(0, octets);
        canonical.remove_prefix(octets);
        if (!header_end_.found() && header_.size() < whole_header_octets_max) return {};
        if (auto begun = begin_body(); !begun) return begun;
    }
    held_ += canonical;
    return pass_on(false);
}

base::result<> readpst_text::end()
{
    if (!in_body_)
        if (auto begun = begin_body(); !begun) return begun;
    return pass_on(true);
}

base::result<> readpst_text::begin_body()
{
    in_body_ = true;
    held_ = header_;
    // A sender's own field of that name stands above.
    const std::size_t offset = held_.rfind(std::string(read_line) + std::string(next_line));
    was_read_ = offset != std::string::npos && (offset == 0 || held_[offset - 1] == '\n');
    if (was_read_) held_.erase(offset, read_line.size());
    return {};
}

base::result<> readpst_text::pass_on(bool at_end)
{
    std::string out;
    std::string_view rest = held_;
    for (;;) {
        const std::size_t offset = rest.find(lot_marker);
        if (offset == std::string_view::npos) break;
        const std::string_view behind = rest.substr(offset + lot_marker.size());
        const auto digits =
            static_cast<std::size_t>(std::ranges::find_if_not(behind, base::is_digit) - behind.begin());
        if (!at_end && behind.size() < number_octets_max + behind_number.size()) break;
        out += rest.substr(0, offset + lot_marker.size());
        rest = behind;
        if (digits == 0 || digits > number_octets_max || !behind.substr(digits).starts_with(behind_number))
            continue;
        out += steady(behind.substr(0, digits));
        rest.remove_prefix(digits);
    }
    const std::size_t kept = at_end ? 0 : cut_boundary_octets(rest);
    out += rest.substr(0, rest.size() - kept);
    held_ = std::string(rest.substr(rest.size() - kept));
    return out.empty() ? base::result<>() : into_(out);
}

std::string readpst_text::steady(std::string_view number)
{
    return numbers_.try_emplace(std::string(number), std::to_string(numbers_.size() + 1)).first->second;
}

} // namespace exchange
