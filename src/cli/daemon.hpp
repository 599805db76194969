// The running daemon: composed once, reloaded often, stopped in good order.
#pragma once

#include "base/result.hpp"
#include "cli/composition.hpp"
#include "cli/log_sink.hpp"
#include "cli/process.hpp"
#include "cli/root.hpp"
#include "cli/source.hpp"
#include "server/post_office.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cli {

class daemon {
public:
    /// Makes what is missing, opens the doors and becomes the configured user. Serves nothing yet.
    static base::result<std::unique_ptr<daemon>> open(const source& from, const configuration& of);

    /// Serves until stop(). `ready` is called when every door is open.
    void run(const std::function<void()>& ready);
    /// From any thread. Once: no new sessions, those there finish their command. Twice: at once.
    void stop();
    /// From any thread. Reads and checks the configuration, users and certificates; only where all are good,
    /// all are swapped. Else everything stays, and the error tells every fault.
    base::result<> reload();
    /// The same for SIGHUP, which has nobody to answer: an error is logged, a fault a line.
    void reload_and_log();

private:
    daemon(const source& from, const configuration& of);
    base::result<> begin();
    base::result<> open_doors();
    server::settings settings(const configuration& of) const;
    base::result<> check_all(const reading& what);
    base::result<> refresh_users();
    void tell_restart_needed(const configuration& now, std::span<const std::string> by_office);

    source from_;
    configuration in_force_;
    base::system_clock clock_;
    std::unique_ptr<log_sink> log_;
    prepared_root root_;
    std::optional<identity> whom_;
    std::vector<inherited_socket> inherited_;
    std::unique_ptr<house> rooms_;
    std::unique_ptr<server::post_office> office_;
    std::mutex reloading_; // one at a time, whoever asks
};

} // namespace cli
