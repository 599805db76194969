// Lines, and the commands in them.
#include "pop3/command.hpp"

#include "base/ascii.hpp"

#include <charconv>

namespace pop3 {

void line_reader::receive(std::string_view octets)
{
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    buffer_ += octets;
}

std::optional<line> line_reader::next()
{
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end == std::string::npos) {
        scanned_ = buffer_.size();
        if (skipping_ || buffered() > octets_max_) {
            clear();
            skipping_ = true;
        }
        return std::nullopt;
    }
    const std::size_t octets = end + 1 - begin_;
    std::string_view text = std::string_view(buffer_).substr(begin_, octets - 1);
    begin_ = scanned_ = end + 1;
    if (skipping_ || octets > octets_max_) {
        skipping_ = false;
        return line{.text = {}, .octets = octets, .too_long = true};
    }
    if (text.ends_with('\r')) text.remove_suffix(1);
    return line{.text = text, .octets = octets, .too_long = false};
}

std::size_t line_reader::clear()
{
    const std::size_t dropped = buffered();
    buffer_.clear();
    begin_ = scanned_ = 0;
    skipping_ = false;
    return dropped;
}

std::optional<command> parse_command(std::string_view text)
{
    constexpr std::string_view forbidden("\0\r", 2);
    if (text.find_first_of(forbidden) != std::string_view::npos) return std::nullopt;
    std::size_t space = text.find(' ');
    if (!is_keyword(text.substr(0, space), "PASS")) {
        text = text.substr(0, text.find_last_not_of(' ') + 1);
        space = text.find(' ');
    }
    if (space == std::string_view::npos) return command{.keyword = text, .argument = std::nullopt};
    return command{.keyword = text.substr(0, space), .argument = text.substr(space + 1)};
}

bool is_keyword(std::string_view text, std::string_view upper)
{
    return base::equal_ignoring_case(text, upper);
}

std::optional<std::uint64_t> parse_count(std::string_view text)
{
    std::uint64_t value = 0;
    // from_chars takes no sign for an unsigned number and no white space.
    const auto [stopped, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (trouble != std::errc{} || stopped != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<message_number> message_number::parse(std::string_view text)
{
    const auto value = parse_count(text);
    if (!value || *value == 0) return std::nullopt;
    return message_number(*value);
}

std::optional<std::pair<std::string_view, std::string_view>> split_last(std::string_view argument)
{
    const std::size_t space = argument.rfind(' ');
    if (space == std::string_view::npos || space == 0 || space + 1 == argument.size()) return std::nullopt;
    return std::pair{argument.substr(0, space), argument.substr(space + 1)};
}

} // namespace pop3
