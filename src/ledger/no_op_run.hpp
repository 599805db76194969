// The end of a run that changed nothing, noted beside the ledger.
//
// Such a run need not wait for the disk: what it would say after a power cut is what the run before it says. So its
// note is not in the ledger but in a file of its own, and is not synced.
#pragma once

#include "base/clock.hpp"
#include "disk/file_system.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ledger {

struct no_op_run {
    base::wall_time when;
    std::string text; ///< one line for people
};

class no_op_run_file {
public:
    /// "<account>.run" in `folder`.
    no_op_run_file(disk::file_system& files, std::string folder, std::string_view account);

    /// Nothing where there is none, or where it is torn.
    std::optional<no_op_run> read() const;
    /// False where it cannot be written.
    bool write(const no_op_run& run) const;
    void remove() const;

private:
    disk::file_system& files_;
    std::string folder_, name_;
};

} // namespace ledger
