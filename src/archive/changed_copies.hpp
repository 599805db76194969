// What other mail programs did with kept messages: moved and changed, a message is found again by what the server has.
#pragma once

#include "archive/run.hpp"

#include <vector>

namespace archive {

/// For messages whose kept file is gone, and whose octets lie nowhere else: a mail program that moves a message may put
/// fields of its own into it. The server's octets are held against what is kept and belongs to no record. Those that
/// are found again take its key, which is in no run's `missing`, and are as good as fetched in this session. What was
/// compared in vain is not fetched for it again, until other messages are missing or other files are there.
run_step find_changed_copies(run& current, run_session& session,
                             const std::vector<const planned_message*>& missing);

} // namespace archive
