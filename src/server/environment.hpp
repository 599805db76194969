// What `cli` gives the post office: the modules that it works with, and what only `cli` can do.
#pragma once

#include "auth/authenticator.hpp"
#include "auth/user_directory.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/worker_pool.hpp"
#include "server/certificate_source.hpp"
#include "server/machine_facts.hpp"
#include "server/shared_limits.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>

namespace server {

/// What the post office works with; all must outlive it and are used from many threads.
struct environment {
    store::store& mail;
    base::worker_pool& disk_pool; ///< for what waits for the disk: look-ups of users, files that are watched
    const auth::user_directory& users;
    auth::authenticator& authenticator;
    const base::clock& clock;
    base::random& random;
    base::log& log;
    certificate_source& certificates;
    shared_limits limits;
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

} // namespace server
