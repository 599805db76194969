// virus_scanner by ClamAV's daemon (clamd(8), the command INSTREAM).
#pragma once

#include "client/pop3_server.hpp"
#include "deliver/virus_scanner.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace deliver {

/// One connection a message, over whatever `dial` opens: a Unix socket (net::dial_path) or TCP. A clamd that is
/// away, busy or broken is a temporary error. So is a message above its StreamMaxLength (`too_large`), until
/// someone raises that limit or decides to do without: it was not scanned.
class clamd final : public virus_scanner {
public:
    /// `limit`: for each wait; a large archive takes clamd minutes (its MaxScanTime is two).
    explicit clamd(client::dialler dial, std::chrono::milliseconds limit = std::chrono::minutes(3));
    base::result<std::optional<std::string>> scan(const message_source& message) override;

private:
    client::dialler dial_;
    std::chrono::milliseconds limit_;
};

/// What clamd answered, without the NUL: "stream: OK", "stream: NAME FOUND", or an error that ends with "ERROR".
base::result<std::optional<std::string>> parse_scan_reply(std::string_view text);

} // namespace deliver
