// What lies beside a database to tell that it need not be read through at the next start.
//
// Reading all of a ledger takes longer than a run that finds nothing new. So whoever has read it through notes so, and
// whoever closes it last notes what file was left. Nothing depends on the note but that reading: it is not synced, and
// where it is missing, torn, or of another file, the database is read through.
#pragma once

#include "base/clock.hpp"
#include "disk/file_system.hpp"

#include <string>

namespace ledger {

/// Not even a sound file is believed for longer: a disk may turn bits by itself.
inline constexpr std::chrono::hours soundness_believed_max{24};

class shutdown_marker {
public:
    /// Of the database at `path`; the note is "<path>-sound".
    shutdown_marker(disk::file_system& files, const std::string& path);

    /// It was read through less than soundness_believed_max before `now`, and nobody has met damage since.
    bool stands(base::wall_time now) const;
    /// And the file is the one that its last user closed.
    bool holds(base::wall_time now) const;
    /// It was read through at `now`.
    void read_through(base::wall_time now) const;
    /// Closed without trouble. Nothing where others have it open still.
    void closed() const;
    /// Somebody met damage: the next start reads it through.
    void doubted() const;

private:
    disk::file_system& files_;
    std::string folder_, name_;
};

} // namespace ledger
