// A message on its way from a sender into the maildrops of its recipients.
#pragma once

#include "auth/account.hpp"
#include "server/connection.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace server {

/// One recipient as the sender named it, and the accounts that it leads to.
struct addressee {
    std::string address;
    std::vector<auth::account> accounts;
};

/// What Received and Return-Path tell.
struct envelope {
    std::string sender; ///< empty: the null reverse-path
    std::string peer_name, with_protocol;
    std::optional<std::uint64_t> octets_declared;
    /// LMTP tells each recipient his own verdict; SMTP has one for all, so one that is too busy refuses the
    /// message.
    bool verdict_per_recipient = false;
};

class incoming_message {
public:
    /// `queue_id` names it in the log.
    incoming_message(connection& with, std::string queue_id, envelope from, std::vector<addressee> to);
    ~incoming_message();

    awaitable<base::result<>> begin();
    /// Gathers; writes when enough has come.
    awaitable<base::result<>> write(std::string_view octets);
    /// One verdict per recipient, in their order: durable where it is a value. An address that leads to
    /// several accounts gets the worst of theirs, a temporary failure before a permanent one, so that nothing
    /// is lost.
    awaitable<std::vector<base::result<>>> commit();

private:
    struct copy {
        std::size_t addressee = 0;
        const auth::account* account = nullptr;
        base::result<std::string> outcome; ///< the unique-id
    };

    base::result<> reserve();
    std::vector<store::delivery_recipient> copies_to_deliver() const;
    std::string header_for(const copy& of) const;
    std::vector<base::result<>> verdicts() const;
    void log_outcome(const copy& of) const;

    connection& connection_;
    const std::string queue_id_;
    const envelope envelope_;
    const std::vector<addressee> addressees_;
    std::vector<copy> copies_;
    std::vector<delivery_limits::place> places_;
    std::unique_ptr<store::delivery> delivery_;
    std::string gathered_;
    std::uint64_t octets_ = 0;
};

} // namespace server
