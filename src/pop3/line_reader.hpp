// Octets from the peer, cut into lines, in bounded memory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pop3 {

/// One line as it came.
struct line {
    std::string_view text;  ///< without its end; empty where it was too long
    std::size_t octets = 0; ///< with its end; meaningless where it was too long
    bool too_long = false;
};

/// Collects octets and gives whole lines. A line ends with LF; one CR before it belongs to the end
/// (docs/pop3.md says why a bare LF is taken). A line above the limit is dropped while it arrives, so it is
/// never held, and is told once, when its end has come: its tail is never a line of its own.
class line_reader {
public:
    /// `octets_max`: the longest line, with its end.
    explicit line_reader(std::size_t octets_max) : octets_max_(octets_max) {}

    void receive(std::string_view octets);
    /// The next whole line, valid until the next call of a non-const member; nothing while none is complete.
    std::optional<line> next();
    /// Forgets everything, a half-read line too; tells how many octets were dropped.
    std::size_t clear();
    std::size_t buffered() const { return buffer_.size() - begin_; }

private:
    std::size_t octets_max_;
    std::string buffer_;
    std::size_t begin_ = 0;   // what lies before it is used up
    std::size_t scanned_ = 0; // no LF lies between begin_ and this
    bool skipping_ = false;   // within a line that is too long
};

} // namespace pop3
