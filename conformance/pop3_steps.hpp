// A transcript as steps: what is sent, and the answer that belongs to it.
#pragma once

#include "transcripts/transcript.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace conformance {

struct step {
    std::string sent;                   ///< with its line end
    std::string keyword;                ///< in upper case; empty: the next response of a SASL exchange
    std::vector<std::string> arguments; ///< of the first line
    std::string rfc;                    ///< "1939 5"; empty: no RFC asks for this answer
    std::vector<std::string> expected;  ///< the status line, and the lines behind it; empty: no answer
    bool then_tls = false;              ///< TLS starts behind the answer
    bool with_next = false;             ///< goes out in one piece with the step behind it

    bool expects_ok() const { return !expected.empty() && expected.front().starts_with("+OK"); }
    bool expects_challenge() const { return !expected.empty() && expected.front().starts_with("+ "); }
    bool multi_line() const;
};

/// The first stands for the greeting: nothing is sent.
std::vector<step> steps_of(const transcripts::transcript& file);

/// Of its marks, each section once, in order; none where no RFC asks for any answer.
std::vector<std::string> sections_of(const std::vector<step>& steps);

/// Some section of the dialogue ends because the server wants it.
bool server_ends(const transcripts::transcript& file);

/// Fit for a terminal, and not long.
std::string printable(std::string_view octets);

} // namespace conformance
