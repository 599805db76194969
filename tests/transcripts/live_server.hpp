// Runs a transcript against the real post office: real sockets, real TLS, real Maildirs, one office for each
// run.
#pragma once

#include "transcripts/comparison.hpp"
#include "transcripts/transcript.hpp"

#include <string>

namespace transcripts {

/// What went wrong, in words; empty when everything was as the file says. `file.not_live` must be empty.
std::string run_on_live_server(const transcript& file, const splitter& split);

} // namespace transcripts
