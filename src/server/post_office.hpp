// The post office: opens the doors, hands the connections to its threads, and closes in good order.
//
// `cli` composes it: construct, open() (still root: low ports, private keys), drop root, run().
#pragma once

#include "auth/authenticator.hpp"
#include "auth/user_directory.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "server/machine_facts.hpp"
#include "server/settings.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace server {

/// What the post office works with; all must outlive it and are used from many threads.
struct parts {
    store::store& mail;
    const auth::user_directory& users;
    auth::authenticator& authenticator;
    const base::clock& clock;
    base::random& random;
    base::log& log;
};

/// What only `cli` can do. Called on the management thread's pool, never on a network thread; may be empty.
struct hooks {
    /// Reads the configuration again and calls post_office::reload(): for `restanted reload`.
    std::function<base::result<>()> reload{};
    /// Reads the users again where their file has changed; called every `watch_every`.
    std::function<base::result<>()> refresh_users{};
    /// Looked at whenever somebody asks for the metrics.
    std::function<machine_facts()> look_at_machine{};
    /// Lines of the log that were lost since the start, for `status` and metrics.
    std::function<std::uint64_t()> log_lines_dropped{};
};

/// One live session, for `who`.
struct session_summary {
    std::string id;
    std::string service; ///< "pop3", "lmtp", "smtp"
    std::string user;    ///< empty before log-in
    std::string address;
    std::string state; ///< "handshake", "authorization", "transaction", "retrieving", "update", "mail-in"
    bool tls = false;
    std::uint64_t connected_seconds = 0;
    std::uint64_t idle_seconds = 0;
    std::uint64_t octets_sent = 0;
};

/// An open listener and the address that it really has (a port that the kernel picked).
struct open_listener {
    server::service service = server::service::pop3;
    tls_mode tls = tls_mode::none;
    std::string address; ///< "127.0.0.1:995", "[::1]:995" or a path
    std::uint16_t port = 0;
};

class post_office {
public:
    post_office(settings site, parts with, hooks calls = {});
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
    /// Running sessions go on with what they began with. The value lists what differs but needs a restart
    /// (listeners, threads, queues), a line each. From any thread.
    base::result<std::vector<std::string>> reload(settings site);

    /// A reload was refused, here or before it came here: counted and logged, a fault a line. From any thread.
    void reload_refused(const base::error& why);

    /// The users were read again: what is announced of all of them follows. From any thread.
    void users_changed();

    /// From any thread.
    std::vector<session_summary> who() const;
    /// Ends the sessions of that user, or the session of that id, without UPDATE; how many.
    std::size_t kick(std::string_view user_or_session);
    /// One JSON object, as `status` answers.
    std::string status() const;

private:
    struct rooms;
    std::unique_ptr<rooms> rooms_;
};

} // namespace server
