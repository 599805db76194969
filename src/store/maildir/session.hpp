// An open maildrop: its lock, its directories and its snapshot.
#pragma once

#include "store/blocking_store.hpp"
#include "store/maildir/backend.hpp"
#include "store/maildir/snapshot.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace store::maildir {

/// Opens, under the lock that the policy asks for; expires first what has expired.
base::result<std::unique_ptr<blocking_maildrop>> open_session(backend& backend, const maildrop_name& name,
                                                              const maildrop_policy& policy);

/// The same where nothing has to be waited for; null otherwise, and where anything is out of the ordinary.
std::unique_ptr<blocking_maildrop> open_session_cached(backend& backend, const maildrop_name& name,
                                                       const maildrop_policy& policy);

/// Takes the maildrop's lock; in_use at once where someone has it. It is known to in_use errors until
/// released.
class session_lock {
public:
    static base::result<std::unique_ptr<session_lock>> take(backend& backend, folders& maildrop);
    static std::unique_ptr<session_lock> take_cached(backend& backend, folders& maildrop); ///< or null
    ~session_lock();
    session_lock(const session_lock&) = delete;
    session_lock& operator=(const session_lock&) = delete;

private:
    session_lock(backend& backend, std::string path, std::unique_ptr<disk::lock> lock);

    backend& with_;
    const std::string path_;
    std::unique_ptr<disk::lock> lock_;
};

/// Removes what arrived before now minus policy.expire, the same way as QUIT does. How many went; none where
/// the clock is not to be trusted.
base::result<std::size_t> expire_messages(backend& backend, folders& maildrop, const maildrop_policy& policy);

// The end of QUIT: marked messages go, durable.

/// Removes messages of a snapshot, or moves them to the held folder where `held_for` is not zero and the disk has room
/// for that; syncs each
/// directory once (design, section 4, QUIT). No file but those with a base name at `indexes` is touched. An
/// error means that it is unknown which of them a power cut would bring back.
base::result<removal> remove_messages(backend& backend, folders& maildrop, const snapshot& snapshot,
                                      std::span<const std::size_t> indexes, std::chrono::seconds held_for,
                                      std::string_view session);

} // namespace store::maildir
