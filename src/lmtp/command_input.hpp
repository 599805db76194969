// What the peer sent and nobody has used yet, and the command lines in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lmtp {

/// RFC 5321, section 4.5.3.1.4 wants 512 and the extensions add to it (SIZE 26, SMTPUTF8 10, BODY 17); long
/// UTF-8 addresses and VERP senders need more, and no honest line needs this much.
constexpr std::size_t command_line_octets_max = 2048;

enum class line_status {
    none,      ///< no whole line yet
    complete,  ///< `text` is the line without its CRLF
    too_long,  ///< above the limit; the rest up to CRLF will be skipped
    bare_line, ///< an LF without CR (RFC 5321, section 2.3.8); the rest up to CRLF will be skipped
};

struct command_line {
    line_status status = line_status::none;
    std::string_view text; ///< valid until receive()
};

/// Lines end with CRLF only. A faulty line is told once, as soon as it is known to be faulty, and nothing
/// of it is ever taken for a command.
class command_input {
public:
    void receive(std::string_view octets);
    command_line next_line();

    std::string_view peek() const { return std::string_view(octets_).substr(begin_); }
    void use(std::size_t octets) { begin_ += octets; }
    /// Throws everything away, and tells how much it was.
    std::size_t drop();

private:
    bool skip_to_line_end();

    std::string octets_;
    std::size_t begin_ = 0;   // octets before it are used; they stay for those who hold views
    std::size_t scanned_ = 0; // octets behind begin_ known to hold no LF
    bool skipping_ = false;   // within a faulty line
    bool skipped_cr_ = false; // the last octet skipped was a CR
};

} // namespace lmtp
