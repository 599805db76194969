// What all runners share: cutting the client's octets, and comparing the server's lines.
#pragma once

#include "transcripts/transcript.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace transcripts {

/// How the client's octets reach the server: given what is left of one run of octets, how many come next (at
/// least 1).
using splitter = std::function<std::size_t(std::string_view left)>;

/// Calls `send` for each piece of the section's client octets, in order.
void for_each_piece(const section& from, const splitter& split,
                    const std::function<void(std::string_view)>& send);

/// Empty, or where the answers part from the file.
std::string compare(std::string_view answers, const std::vector<pattern>& expected);

/// Fit for a terminal: what is not printable ASCII becomes \xHH.
std::string printable(std::string_view line);

} // namespace transcripts
