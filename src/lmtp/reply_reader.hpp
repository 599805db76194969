// Replies as a client reads them: lines together, code and enhanced code apart (RFC 5321, section 4.2; RFC 2034).
#pragma once

#include "lmtp/reply.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmtp {

/// RFC 5321, section 4.5.3.1.5 has 512; some servers explain themselves at length.
constexpr std::size_t reply_line_octets_long_max = 2048;
/// An EHLO reply has one line per extension; nobody has this many.
constexpr std::size_t reply_lines_max = 200;

struct read_reply {
    lmtp::reply reply;              ///< `text`: all lines joined with blanks, without the enhanced code
    std::vector<std::string> lines; ///< each line's text, as it came
};

/// Lines end with LF, with or without CR before it. Once broken() nothing more is read.
class reply_reader {
public:
    void receive(std::string_view octets);
    /// A whole reply, when there is one.
    std::optional<read_reply> next();
    bool broken() const { return broken_; }
    std::size_t buffered() const { return octets_.size() - begin_; }

private:
    std::optional<std::string_view> next_line();
    bool take_line(std::string_view line);

    std::string octets_;
    std::size_t begin_ = 0;
    read_reply open_;
    bool broken_ = false;
};

} // namespace lmtp
