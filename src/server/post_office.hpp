// The post office: opens the doors, hands the connections to its threads, and closes in good order.
//
// `cli` composes it: construct, open() (still root: low ports, private keys), drop root, run().
#pragma once

#include "base/result.hpp"
#include "server/environment.hpp"
#include "server/settings.hpp"
#include "server/summaries.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace server {

class post_office {
public:
    post_office(settings site, environment environment, hooks calls = {});
    ~post_office();
    post_office(const post_office&) = delete;
    post_office& operator=(const post_office&) = delete;

    /// Reads the certificates and opens every listener. Nothing is served yet, but connections queue. All or
    /// nothing.
    base::result<> open();
    /// After open(): what listens where; the metrics' address, empty without metrics.
    std::vector<open_listener> listening() const;
    std::string metrics_address() const;

    /// Serves until stop(); returns when every connection is closed. Blocks; call once, after open().
    void run();
    /// The first call closes the listeners and ends idle sessions, lets commands under way finish for
    /// deadlines.shutdown; the second ends at once. From any thread; not from a signal handler.
    void stop();

    /// Checks `site`, loads its certificates, then swaps all at once; on an error nothing has changed.
    /// Running sessions go on with what they began with. The value lists what differs but needs a restart,
    /// by its key (keep_what_cannot_change). From any thread.
    base::result<std::vector<std::string>> reload(settings site);

    /// A reload was refused, here or before it came here: counted and logged, a fault a line. From any thread.
    void reload_refused(const base::error& error);

    /// The users were read again: what is announced of all of them follows. From any thread.
    void users_changed();

    /// From any thread.
    std::vector<session_summary> who() const;
    /// Ends the sessions of that user, or the session of that id, without UPDATE; how many.
    std::size_t kick(std::string_view user_or_session);
    /// One JSON object, as `status` answers.
    std::string status() const;

private:
    struct members;
    std::unique_ptr<members> members_;
};

} // namespace server
