// A judge of messages before they are published.
#pragma once

#include "base/result.hpp"
#include "deliver/delivery_target.hpp"

#include <optional>
#include <string>

namespace deliver {

class virus_scanner {
public:
    virtual ~virus_scanner() = default;
    /// Nothing: clean. A text: the name of what was found. An error (temporary): the scanner is away or failed; the
    /// message waits on the server.
    virtual base::result<std::optional<std::string>> scan(const message_source& message) = 0;
};

} // namespace deliver
