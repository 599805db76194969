// A message on its way in: written once while it comes, copied for each further recipient.
#pragma once

#include "mail/line_ends.hpp"
#include "store/blocking_store.hpp"
#include "store/maildir/backend.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace store::maildir {

/// Fails only where the root is not there; what goes wrong with one recipient shows at the commit.
base::result<std::unique_ptr<blocking_delivery>>
begin_delivery(backend& backend, std::span<const delivery_recipient> recipients);

} // namespace store::maildir
