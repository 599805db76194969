// Runs a transcript mirrored: pop3::client_session sends what the client of the file sends, and is given what the
// server answers.
#pragma once

#include "transcripts/comparison.hpp"
#include "transcripts/transcript.hpp"

#include <string>

namespace transcripts {

struct mirrored_outcome {
    std::string skipped; ///< why no client of ours can have this dialogue; empty: it was run
    std::string trouble; ///< what the client did not understand; empty: it understood every reply
};

/// `pipelined`: commands go out as early as they may, else each waits for the reply to the one before.
mirrored_outcome run_mirrored(const transcript& file, const splitter& split, bool pipelined);

} // namespace transcripts
