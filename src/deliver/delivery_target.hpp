// Where a fetched message goes besides, or instead: an LMTP or SMTP server, a program.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace deliver {

/// Reads the message again from its beginning, in canonical octets, into what it is given.
using message_source =
    std::function<base::result<>(const std::function<base::result<>(std::string_view)>& sink)>;

class delivery_target {
public:
    virtual ~delivery_target() = default;
    /// A value only where the target has taken responsibility. An error that is not `temporary` is a refusal of this
    /// message. `octets` is its canonical size.
    virtual base::result<> deliver(const message_source& message, std::uint64_t octets) = 0;
    /// "lmtp:/run/dovecot/lmtp to ann@example.org", for people.
    virtual const std::string& name() const = 0;
    /// Kind and address, as the ledger knows it: of two targets, equal only where they are the same one, and the same
    /// in the next run, wherever in the configuration it stands.
    virtual std::string identity() const { return name(); }
};

} // namespace deliver
