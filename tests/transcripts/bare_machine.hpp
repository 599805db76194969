// Runs a transcript against pop3::server_session, with a driver that needs no socket, file or clock.
#pragma once

#include "transcripts/comparison.hpp"
#include "transcripts/transcript.hpp"

#include <string>

namespace transcripts {

/// What went wrong, in words; empty when everything was as the file says.
std::string run_on_bare_machine(const transcript& file, const splitter& split);

} // namespace transcripts
