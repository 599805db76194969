// restanted read-certificates: what restanted-certificates@.service runs, one process for each daemon.
#include "cli/certificate_reader.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"

#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

namespace cli {

int read_certificates(const source& origin)
{
    harden_process();
    renounce_new_privileges();
    int type = 0;
    socklen_t octets = sizeof type;
    if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &octets) != 0 || type != SOCK_SEQPACKET) {
        complain(
            "read-certificates is for restanted-certificates@.service: standard input must be its socket");
        return EX_USAGE;
    }
    if (const auto good = look_at_configuration(origin); !good) return report(good.error());
    const auto values = usable_configuration(origin);
    if (!values) return EX_CONFIG;
    lend_certificates(STDIN_FILENO, config::tls_files(*values));
    return EX_OK;
}

} // namespace cli
