// A dialogue of tests/transcripts/lmtp as it is had with another server; tests/unit/lmtp/transcript.hpp has the
// grammar.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace conformance {

struct lmtp_exchange {
    std::string sent;                  ///< in one piece
    std::vector<std::string> expected; ///< the last line of each reply
    std::string rfc;                   ///< "2033 4.2"; empty: no RFC asks for these replies
};

struct lmtp_script {
    std::string title, rfc; ///< the first remark, and the first mark
    bool smtp = false, tls = false, closed = false;
    std::set<std::string> refused; ///< recipients whom the server must not know
    std::vector<lmtp_exchange> exchanges;
    std::vector<std::string> messages; ///< that must have come, as they were sent
};

/// Throws std::runtime_error where the file cannot be read.
lmtp_script read_lmtp_script(const std::filesystem::path& file);

/// All *.lmtp below the folder, sorted.
std::vector<std::filesystem::path> lmtp_scripts_in(const std::filesystem::path& folder);

} // namespace conformance
