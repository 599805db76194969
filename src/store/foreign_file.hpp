// What lies in a folder tree that another mail program keeps, file by file: for an import that accounts for all of it.
#pragma once

#include "base/clock.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace store {

/// What a file is by its place.
enum class foreign_place {
    message,    ///< in new/ or cur/ of a Maildir
    unfinished, ///< in its tmp/: a delivery that was never ended
    elsewhere,  ///< outside of any Maildir's parts: only its contents tell what it is
    discarded,  ///< a message that its user deleted, and that MH keeps under another name for a while
    unread,     ///< it cannot be looked into: `why`
};

struct foreign_file {
    std::string path;   ///< below the tree's top, as it lies
    std::string folder; ///< "" for the main one; else such that a collection can name it
    foreign_place place = foreign_place::elsewhere;
    message_marks marks;
    bool deleted = false;                        ///< by its user, and not yet out of the folder
    base::wall_time arrival{};                   ///< by its name; epoch: the file's own time tells
    std::uint64_t canonical_octets = 0;          ///< by its name, where that is to be believed; else 0
    std::uint64_t stored_octets = 0;             ///< what the file must hold for that
    std::optional<std::uint64_t> named_octets{}; ///< the length that a Maildir's name tells of the file
    std::uint64_t inode = 0;
    bool numbered = false; ///< a number in a folder of MH or its kin, where every number is a message
    std::string reason;
};

} // namespace store
