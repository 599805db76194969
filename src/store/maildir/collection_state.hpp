// Whether anything in a collection may have changed since somebody looked: by its directories alone.
#pragma once

#include "base/clock.hpp"
#include "store/maildir/collection_folders.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace store::maildir {

/// The folders' names and, of cur/ and new/ of each, the inode and the times of the last change, in nanoseconds: both
/// that which other programs can set and that which they cannot. Nothing where one of them changed so shortly before
/// `now` that the next change may get the same time.
base::result<std::optional<std::string>> state_text(std::span<const std::shared_ptr<open_folder>> all,
                                                    base::wall_time now);

} // namespace store::maildir
