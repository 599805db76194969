// Reads tests/transcripts/lmtp/*.lmtp: a dialogue, the post office it happens in, and what must come of it.
//
//   # …                       a remark
//   smtp                      SMTP instead of LMTP          tls     STARTTLS is available
//   size N  recipients N  bad N  received N                 limits of the session
//   refuse ADDRESS KIND [temporary]                         RCPT fails with this base::failure
//   fail ADDRESS KIND [temporary]                           delivery to this recipient fails
//   begin KIND   write KIND                                 a delivery cannot be begun / written (temporary)
//   C: text                   the client sends text and CRLF; \r \n \0 \\ \xNN are octets, \c at the end: no
//   CRLF R: N text                 the client sends text N times S: text                   the server sends
//   exactly this line and CRLF; the greeting is left out message FROM WITH TO...   a message came, "<>" for
//   the null sender; its content follows as | text                    content of it, with CRLF, escapes as
//   for C: abandoned N               messages begun and dropped closed                    the server closed
#pragma once

#include "unit/lmtp/driver.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lmtp_test {

struct exchange {
    std::string sent;     ///< by the client, in one segment
    std::string expected; ///< from the server
};

struct transcript {
    lmtp::session_policy policy;
    std::map<std::string, base::error> refused_recipients, failed_deliveries;
    std::optional<base::error> begin_error, write_error;
    std::vector<exchange> exchanges;
    std::vector<received_message> messages;
    std::size_t abandoned = 0;
    std::optional<std::size_t> forgotten; ///< transactions, where the dialogue says
    bool closed = false;
};

/// Throws std::runtime_error, with file and line, for what it does not understand.
transcript read_transcript(const std::filesystem::path& file);

} // namespace lmtp_test
