// What every program of ours does before it reads anything.
#pragma once

namespace cli {

/// Before anything is read: new files are for their owner only, no core dump and no debugger may see keys and
/// passwords, and writing to a closed connection is an error, not a death.
void harden_process();

} // namespace cli
