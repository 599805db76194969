// The end of QUIT: marked messages go, durable.
#pragma once

#include "store/maildir/backend.hpp"
#include "store/maildir/snapshot.hpp"

#include <chrono>
#include <span>
#include <string_view>

namespace store::maildir {

/// Removes messages of a snapshot, or moves them to the held folder where `held_for` is not zero and the disk has room
/// for that; syncs each
/// directory once (design, section 4, QUIT). No file but those with a base name at `indexes` is touched. An
/// error means that it is unknown which of them a power cut would bring back.
base::result<removal> remove_messages(backend& with, folders& in, const snapshot& from,
                                      std::span<const std::size_t> indexes, std::chrono::seconds held_for,
                                      std::string_view session);

} // namespace store::maildir
