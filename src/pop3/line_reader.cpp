// Cutting the peer's octets into lines.
#include "pop3/line_reader.hpp"

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

} // namespace pop3
