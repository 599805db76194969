// A delivery target that is an mbox file, as mail programs read from a spool.
#pragma once

#include "base/clock.hpp"
#include "deliver/delivery_target.hpp"
#include "disk/file_system.hpp"

#include <string>

namespace deliver {

/// Appends entries (mboxrd), each synced before it counts as taken, under an OFD lock that other programs'
/// fcntl(2) locks know. What goes wrong in the middle is cut off again; only a crash in the middle can leave half an
/// entry, behind which the next one begins on a line of its own.
class mbox_target final : public deliver::delivery_target {
public:
    /// `path`: of the file; its folder must be there. `refused` later where it is not absolute.
    mbox_target(disk::file_system& files, const std::string& path, const base::clock& clock);
    base::result<> deliver(const deliver::message_source& message, std::uint64_t octets) override;
    const std::string& name() const override { return name_; }

private:
    disk::file_system& files_;
    std::string folder_, file_, name_;
    const base::clock& clock_;
};

} // namespace deliver
