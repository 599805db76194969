// Runs a transcript against pop3::server_session, with a driver that needs no socket, file or clock.
#pragma once

#include "transcripts/transcript.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace transcripts {

/// How the client's octets reach the machine: given what is left of one run of octets, how many come next (at
/// least 1).
using splitter = std::function<std::size_t(std::string_view left)>;

/// What went wrong, in words; empty when everything was as the file says.
std::string run_on_bare_machine(const transcript& file, const splitter& split);

} // namespace transcripts
