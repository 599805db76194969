// A place where mail waits, asked in the way of a local disk: each call returns when it is done.
//
// What memory/ and maildir/ implement, and what a command of one errand calls. The server serves thousands from one
// thread and must not wait: it calls the contract of store.hpp, which pooled_store.hpp makes of this one. Calls whose
// names end with "cached" wait for nothing. Different objects may be used from different threads; one object by one
// thread at a time.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "mail/listing.hpp"
#include "store/stored_message.hpp"
#include "store/values.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace store {

/// An open maildrop, under its lock. Destroying it releases the lock and changes nothing.
class blocking_maildrop {
public:
    virtual ~blocking_maildrop() = default;
    virtual std::shared_ptr<const mail::listing> listing() const = 0;
    /// Opens the message at `index` of the listing; `vanished` where another program removed it. Under the snapshot
    /// policy one that another session removed is read from the held mail as long as it is there.
    virtual base::result<std::unique_ptr<stored_message>> open(std::size_t index) = 0;
    /// open() that waits for nothing: null where it would have to, or where anything is out of the ordinary. Then
    /// open() does it, or says why not.
    virtual std::unique_ptr<stored_message> open_cached(std::size_t) { return nullptr; }
    /// Destroying it waits for nothing.
    virtual bool closes_without_waiting() const { return false; }
    /// Removes (or moves to the held mail) the messages at `indexes`: durable on return. What
    /// another program removed meanwhile counts as removed; what a full disk does not let hold is removed at once.
    /// `session` names the deletion for undelete.
    virtual base::result<removal> remove(std::span<const std::size_t> indexes, std::string_view session) = 0;
};

/// A message on its way in. Destroyed without commit() it leaves nothing behind. One that does not end in CRLF is
/// kept with CRLF behind it, for RETR cannot end otherwise (RFC 1939, section 3); all sizes count it. An empty one
/// stays empty.
class blocking_delivery {
public:
    virtual ~blocking_delivery() = default;
    /// Takes the next canonical octets. After an error, only destruction is allowed.
    virtual base::result<> write(std::string_view octets) = 0;
    /// Delivers each copy; the results are in the order of the recipients, each durable where it is a
    /// value (file and directory entry): its unique-id. One copy's failure does not hinder another's.
    virtual std::vector<base::result<std::string>> commit() = 0;
};

class blocking_store {
public:
    virtual ~blocking_store() = default;

    /// Opens a maildrop. `in_use` at once where the policy is exclusive and someone has it: the
    /// error's texts say since when. Creates the maildrop where the name is new.
    virtual base::result<std::unique_ptr<blocking_maildrop>> open_maildrop(const maildrop_name& name,
                                                                           const maildrop_policy& policy) = 0;

    /// open_maildrop() that waits for nothing: null where it would have to, or where anything is out of the ordinary.
    /// Then open_maildrop() does it, or says why not.
    virtual std::unique_ptr<blocking_maildrop> open_maildrop_cached(const maildrop_name&,
                                                                    const maildrop_policy&)
    {
        return nullptr;
    }

    /// Mail can be taken in and handed out now; the error says what is missing. Looks, and changes nothing.
    virtual base::result<> ready() { return {}; }

    /// Begins a delivery to one or more recipients. `octets_expected`, where the sender told it, is
    /// advice for quota and space.
    virtual base::result<std::unique_ptr<blocking_delivery>>
    begin_delivery(std::span<const delivery_recipient> recipients,
                   std::optional<std::uint64_t> octets_expected) = 0;

    /// What waits now, without the held mail.
    virtual base::result<usage> measure(const maildrop_name& name) = 0;

    /// What is held for undelete(), in the octets that it takes on the disk.
    virtual base::result<usage> measure_held(const maildrop_name&) { return usage{}; }

    /// Since this store was opened.
    virtual cache_counts snapshot_counts() const { return {}; }

    /// over_quota where a message of `octets` (0 where unknown) would not fit; advice, at RCPT. As at the commit of a
    /// delivery it is temporary, but permanent where the message is larger than the whole quota and can never fit.
    virtual base::result<> check_quota(const maildrop_name& name, const maildrop_policy& policy,
                                       std::uint64_t octets) = 0;

    /// Puts held messages back with the unique-ids they had.
    virtual base::result<undeletion> undelete(const maildrop_name& name, const undelete_request& request) = 0;

    /// Removes for good what was deleted at `deleted_until` or before, whatever the policy: gives space back on
    /// demand. What it freed.
    virtual base::result<usage> end_holding(const maildrop_name& name, base::wall_time deleted_until) = 0;

    /// House-keeping of one maildrop: removes held mail older than `policy.held_for`, expired mail, and
    /// leftovers of crashed deliveries; how many messages went.
    virtual base::result<std::size_t> sweep(const maildrop_name& name, const maildrop_policy& policy) = 0;
};

} // namespace store
