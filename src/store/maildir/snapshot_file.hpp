// A snapshot as a file, so that a restart costs no scan. Format: docs/formats.md.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "store/maildir/snapshot.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace store::maildir {

constexpr std::string_view snapshot_file_name = ".restante-snapshot"; ///< also how its temporary files begin

std::string encode_snapshot(const snapshot& from);

/// Nothing where `octets` is not, to the last bit, what encode_snapshot() made.
std::optional<snapshot> decode_snapshot(std::string_view octets);

/// Null where there is no file, or one that is damaged, of another version or of another owner: it is made
/// anew then.
std::shared_ptr<const snapshot> read_snapshot_file(folders& in);

/// Replaces the file, whole or not at all, but without waiting for the disk: after a power cut it may be old
/// or damaged, and both show.
base::result<> write_snapshot_file(folders& in, const snapshot& from, base::random& random);

} // namespace store::maildir
