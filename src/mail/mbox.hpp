// The mbox format, as "mboxrd" has it: written as a stream (docs/formats.md). mbox_reader.hpp reads it.
//
// An entry is a line "From SENDER DATE", the message with LF line ends in which every line that begins with any
// number of ">" and "From " has one more ">", and an empty line. What cannot come back from an mbox as it was: a bare
// LF (it comes back as CRLF) and a last line without an end (it gets one). All else does, to the octet.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "mail/line_ends.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mail {

/// Writes one entry after the other. What `into` answers ends the writing.
class mbox_writer {
public:
    using output = std::function<base::result<>(std::string_view)>;
    explicit mbox_writer(output into) : into_(std::move(into)) {}

    base::result<> begin(std::string_view sender, base::wall_time date);
    /// Canonical octets, cut anywhere.
    base::result<> octets(std::string_view canonical);
    base::result<> end();

private:
    void quote(std::string_view lines);
    void decide(bool is_from);

    output into_;
    mail::to_lf line_ends_;
    std::string out_;
    std::size_t quotes_ = 0;  ///< ">" at the beginning of this line, not yet written
    std::size_t matched_ = 0; ///< octets of "From " after them, not yet written
    bool undecided_ = true;   ///< still in `>*From `
    bool line_begun_ = false;
};

} // namespace mail
