// Which messages need UTF8 (RFC 6856), and what a client without it gets instead (RFC 6858).
#pragma once

#include "base/result.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace server {

/// The header section, canonical, with the empty line. Blocks on the disk. Empty where it is longer than 1
/// MiB: nobody's mail program writes such a one, and such a message is sent as it is.
base::result<std::string> read_header_section(store::stored_message& message);

struct internationalised_messages {
    std::vector<bool> which;                     ///< one a message
    std::vector<std::uint64_t> surrogate_octets; ///< as pop3::opened_maildrop has them
};

/// Opens every message: only for sites that chose not to send as it is. Blocks. What cannot be read now
/// counts as plain; RETR will tell.
internationalised_messages look_for_internationalised(store::maildrop& maildrop, bool with_surrogates);

} // namespace server
