// A message on its way from a sender into the maildrops of its recipients.
#pragma once

#include "auth/account.hpp"
#include "server/connection.hpp"
#include "server/recipients.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace server {

/// What Received and Return-Path tell.
struct envelope {
    std::string sender; ///< empty: the null reverse-path
    std::string peer_name, with_protocol;
    std::optional<std::uint64_t> octets_declared;
    std::vector<std::string> addresses; ///< as RCPT gave them, in their order
};

/// Each account gets one copy, whichever and however many of the addresses lead to it: what differs between copies is
/// Delivered-To (the account) and the for-clause of Received (the first address that led there).
class incoming_message {
public:
    /// `queue_id` names it in the log.
    incoming_message(connection& connection, std::string queue_id, envelope from, recipients to);

    awaitable<base::result<>> begin();
    awaitable<base::result<>> write(std::string_view octets);
    /// Waits for its turn at all its maildrops (limits.deliveries_per_user), at most deadlines.delivery_wait; then
    /// delivers. One verdict per recipient, in their order: durable where it is a value. An address that leads to
    /// several accounts gets the worst of theirs, a temporary failure before a permanent one, so that nothing
    /// is lost.
    awaitable<std::vector<base::result<>>> commit();

private:
    struct copy {
        const auth::account* account = nullptr;
        const std::string* address = nullptr; ///< the first one that leads there
        base::result<std::string> outcome;    ///< the unique-id
    };

    awaitable<bool> wait_for(const delivery_limits::turn& turn);
    awaitable<void> store();
    std::vector<store::delivery_recipient> copies_to_deliver() const;
    std::string header_for(const copy& copy) const;
    std::vector<base::result<>> verdicts() const;
    void log_outcome(const copy& copy) const;

    connection& connection_;
    const std::string queue_id_;
    const envelope envelope_;
    const recipients recipients_;
    std::vector<copy> copies_; ///< one for each of the recipients' accounts, in their order
    std::unique_ptr<store::delivery> delivery_;
    std::uint64_t octets_ = 0;
};

} // namespace server
