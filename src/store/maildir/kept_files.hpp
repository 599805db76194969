// What of a maildrop must survive it: every message, waiting or held, found while other programs rename and remove.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/maildir/place.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace store::maildir {

/// A file in `directory`, which lies at `folder` below the maildrop ("new", "cur" or ".restante-held"); `vanished`
/// where it is not there any more.
using file_visit = std::function<base::result<>(disk::directory& directory, const std::string& folder,
                                                const std::string& name)>;

/// Visits each message once, and each note of the held folder. A message that is renamed, deleted or put back meanwhile
/// is visited where it then is, unless it is gone for good; one that arrives meanwhile may be visited. The first error
/// of a visit other than `vanished` ends it.
base::result<> visit_messages(folders& maildrop, const base::clock& clock, const file_visit& visit);

/// A file of the maildrop's folder, or a folder in it, that a copy can do without: locks, caches, files being written.
bool is_dispensable(std::string_view name);

} // namespace store::maildir
