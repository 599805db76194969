// Framing of command lines.
#include "lmtp/command_input.hpp"

namespace lmtp {

void command_input::receive(std::string_view octets)
{
    octets_.erase(0, begin_);
    begin_ = 0;
    octets_ += octets;
}

command_line command_input::next_line()
{
    using enum line_status;
    if (skipping_ && !skip_to_line_end()) return {};
    const std::string_view window = peek().substr(0, command_line_octets_max);
    const std::size_t end = window.find('\n', scanned_);
    if (end == std::string_view::npos && window.size() < command_line_octets_max) {
        scanned_ = window.size();
        return {};
    }
    scanned_ = 0;
    if (end != std::string_view::npos && end > 0 && window[end - 1] == '\r') {
        use(end + 1);
        return {.status = complete, .text = window.substr(0, end - 1)};
    }
    const bool too_long_line = end == std::string_view::npos;
    skipping_ = true;
    skipped_cr_ = too_long_line && window.back() == '\r';
    use(too_long_line ? window.size() : end + 1);
    return {.status = too_long_line ? too_long : bare_line, .text = {}};
}

/// False when the input ran out first.
bool command_input::skip_to_line_end()
{
    const std::string_view input = peek();
    if (input.empty()) return false;
    if (skipped_cr_ && input.front() == '\n') {
        use(1);
    } else if (const std::size_t end = input.find("\r\n"); end != std::string_view::npos) {
        use(end + 2);
    } else {
        skipped_cr_ = input.back() == '\r';
        use(input.size());
        return false;
    }
    skipping_ = skipped_cr_ = false;
    return true;
}

std::size_t command_input::drop()
{
    const std::size_t dropped = peek().size();
    *this = {};
    return dropped;
}

} // namespace lmtp
