// What every program of ours does before it reads anything.
#include "cli/hardening.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <csignal>

namespace cli {

void harden_process()
{
    umask(0077);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); // fails only for a number that is no signal
}

} // namespace cli
