// restanted serve: the daemon, in the foreground.
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/daemon.hpp"
#include "cli/terminal.hpp"

#include <sysexits.h>

namespace cli {

int serve(const source& origin)
{
    harden_process();
    renounce_new_privileges();
    const auto configuration = usable_configuration(origin);
    if (!configuration) return EX_CONFIG;
    signal_watch signals; // before any thread, so that they all inherit the mask
    const auto opened = daemon::open(origin, *configuration);
    if (!opened) {
        const int code = report(opened.error());
        return opened.error().kind == base::failure::malformed ? EX_CONFIG : code;
    }
    auto& running = **opened;
    if (running.is_root_trial())
        complain(
            "warning: serving as root, which is for a trial alone; for real mail set `user` and leave --root out");
    signals.start(
        [&] {
            notify_reloading();
            static_cast<void>(running.reload()); // nobody to answer: the log has it
            notify_service_manager("READY=1");
        },
        [&] {
            notify_service_manager("STOPPING=1");
            running.stop();
        });
    running.run([] {
        print("ready\n");
        notify_service_manager("READY=1");
    });
    return EX_OK;
}

} // namespace cli
