// The running daemon: composed once, reloaded often, stopped in good order.
#pragma once

#include "base/result.hpp"
#include "base/worker_pool.hpp"
#include "cli/certificate_reader.hpp"
#include "cli/composition.hpp"
#include "cli/disk_certificates.hpp"
#include "cli/log_sink.hpp"
#include "cli/process.hpp"
#include "cli/root.hpp"
#include "cli/source.hpp"
#include "server/post_office.hpp"
#include "store/pooled_store.hpp"

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
    /// Becomes the configured user, makes what is missing and opens the listeners. Serves nothing yet.
    /// `malformed` where root would serve as root. Before any thread.
    static base::result<std::unique_ptr<daemon>> open(const source& origin,
                                                      const config::configuration& configuration);

    /// Serves with all rights of root: a trial.
    bool is_root_trial() const { return is_root() && !whom_; }

    /// Serves until stop(). `ready` is called when every door is open.
    void run(const std::function<void()>& ready);
    /// From any thread. Once: no new sessions, those there finish their command. Twice: at once.
    void stop();
    /// From any thread. Reads and checks the configuration, users and certificates; only where all are good,
    /// all are swapped. Else everything stays, and the error, which is logged too, tells every fault.
    base::result<> reload();

private:
    daemon(const source& origin, const config::configuration& configuration);
    base::result<> take_identity();
    base::result<> begin();
    base::error with_owner(base::error error) const;
    base::result<> open_doors();
    server::settings settings(const config::configuration& configuration) const;
    disk::file_opener opener() const;
    base::result<> check_all(const config::reading& reading);
    /// Counts and logs the refused `reload`, and hands it back.
    base::result<> refused(base::result<> reload);
    base::result<> refresh_users();
    void log_faults_of_users();
    void log_restart_needed(const config::configuration& now, std::span<const std::string> by_office);

    source from_;
    config::configuration in_force_;
    base::system_clock clock_;
    std::unique_ptr<log_sink> log_;
    std::uint64_t open_files_ = 0; ///< the limit as it is
    std::optional<identity> whom_;
    std::unique_ptr<certificate_reader> reader_; ///< none where this was not started by root for another
    std::unique_ptr<disk_certificates> certificates_;
    std::unique_ptr<server::local_limits> limits_;
    std::unique_ptr<disk::lock> lock_;
    std::vector<config::inherited_socket> inherited_;
    std::unique_ptr<application> application_;
    std::unique_ptr<base::worker_pool> disk_pool_;
    std::unique_ptr<store::pooled_store> mail_;
    std::unique_ptr<server::post_office> office_;
    std::mutex reloading_; // one at a time, whoever asks
};

} // namespace cli
