// A reply of LMTP and SMTP: the code, the enhanced status code (RFC 2034, 3463) and a text for people. And replies as
// a client reads them: lines together, code and enhanced code apart (RFC 5321, section 4.2).
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmtp {

constexpr std::size_t reply_line_octets_max = 512; // RFC 5321, section 4.5.3.1.5, CRLF included

struct reply {
    unsigned code = 250;
    std::string enhanced; ///< "2.0.0"; empty for the greeting, HELO, EHLO, LHLO and 354 (RFC 2034, section 4)
    std::string text;

    bool temporary() const { return code / 100 == 4; }
};

/// 421, the reply to any command where the connection is closed (RFC 5321, section 3.8), which names the host
/// (section 4.2.3).
reply closing_reply(const std::string& host_name, std::string enhanced, std::string_view text);

/// One line with CRLF, 512 octets at most. Octets of `text` that could end or disturb the line (controls,
/// broken UTF-8) become '?'; UTF-8 is let through, as only a sender who issued SMTPUTF8 can cause it
/// (RFC 6531, section 3.7.4).
std::string format_reply(const reply& reply);

/// What a sender is told about a failure, by its kind; of a refusal, which policy it was. Our own
/// faults (disk, backend, queue) are always temporary,
/// whatever the error says, so that the sender keeps the message and tries again.
reply reply_for(const base::error& error);

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
