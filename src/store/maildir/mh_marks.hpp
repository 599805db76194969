// What MH and its kin keep of the marks of a folder's numbered files, beside them.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace store::maildir {

/// Of a message that has no record of its own: none.
struct mh_marks {
    message_marks marks;
    bool deleted = false; ///< by its user, and still there
};

class mh_folder {
public:
    /// `names`: what the directory holds. Reads `.claws_mark` (Claws Mail), `.sylpheed_mark` (Sylpheed), else
    /// `.mh_sequences` (nmh, mutt, Emacs). A folder without them, or with one that cannot be understood, knows nothing.
    /// An error where one of them cannot be read.
    static base::result<mh_folder> read(disk::directory& directory, const std::vector<std::string>& names);

    /// `name`: of a file there. Nothing is known of one that is no number.
    mh_marks of(std::string_view name) const;

    /// Whether a directory with these files is a folder of MH or its kin: one of their files lies in it, or all that
    /// is not hidden is numbered, and at least two.
    static bool is_one(const std::vector<std::string>& file_names);
    static bool is_number(std::string_view name);

    /// A message that its user deleted: rmm(1) puts a ',' before its number, older programs a '#'.
    static bool is_deleted_name(std::string_view name);

private:
    struct sequences {
        std::map<std::uint64_t, std::uint64_t> unseen, replied,
            flagged; // from the first to the last of each range
    };

    void read_records(std::string_view octets);
    void read_sequences(std::string_view text);

    std::map<std::uint64_t, std::uint32_t> flags_; // of Claws Mail and Sylpheed, by number
    bool has_flags_ = false;
    bool has_sequences_ = false;
    sequences sequences_;
};

} // namespace store::maildir
