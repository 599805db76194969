// What came of the dialogues.
#pragma once

#include <string>
#include <vector>

namespace conformance {

struct deviation {
    std::string sent;     ///< fit for a terminal
    std::string expected; ///< likewise
    std::string got;      ///< likewise
};

/// One dialogue, as far as one section of one RFC asks for it.
struct outcome {
    std::string rfc;      ///< "1939 5"
    std::string dialogue; ///< "session/top"
    std::vector<deviation> deviations;
    std::string skipped; ///< why it could not be asked; empty: it was
};

/// A dialogue that no RFC asks for.
struct unasked {
    std::string dialogue, reason;
};

struct report {
    std::vector<outcome> outcomes;
    std::vector<unasked> choices;
};

} // namespace conformance
