// The contract of every place where mail waits, as the server calls it. Backends: pooled_store.hpp, over any
// blocking_store; one that answers from a network implements this directly.
//
// A call names what shall be done with its outcome and returns without waiting: the completion is called exactly once,
// on any thread, perhaps before the call returns. So ten thousand sessions can wait for a slow store, and none has a
// thread. The completion must not throw and must not wait. A store bounds the time of each call itself.
//
// Nothing here assumes that the caller is in the same process: a message comes as something to read plus a form, a
// maildrop as an immutable listing and calls by unique-id. Different objects may be used from different threads. Of one
// maildrop, message or delivery one call may be under way at a time, and the object, and what the call was given by
// reference, must live until it completes.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/result.hpp"
#include "mail/line_ends.hpp"
#include "mail/listing.hpp"
#include "store/values.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace store {

/// What is done with the outcome of a call.
///
/// Two kinds of failure are of stores that are elsewhere: `outcome_unknown` (the store did not answer: it may have
/// done what was asked, or not) and `fenced` (somebody else took the lock, and what came after changed nothing).
template <typename Value = void>
using completion = std::move_only_function<void(base::result<Value>)>;

/// A stored message, being read. Destroying it waits for nothing.
class message {
public:
    virtual ~message() = default;
    virtual mail::form form() const = 0;
    /// Canonical octets, exact: what RETR sends without the byte-stuffing, with the CRLF that it puts behind a last
    /// line without one (RFC 1939, sections 5 and 11).
    virtual std::uint64_t octets() const = 0;
    /// Octets in the stored form.
    virtual std::uint64_t stored_octets() const = 0;
    /// Reads 1 to `into.size()` stored octets at `offset`, which is below stored_octets(). A message that turns out
    /// shorter than that is an error (storage), never an end.
    virtual void read(std::span<char> buffer, std::uint64_t offset, completion<std::size_t> done) = 0;
    /// The header section, canonical, with the empty line. Empty where it is longer than 1 MiB: nobody's mail
    /// program writes such a one, and such a message is sent as it is.
    virtual void read_header_section(completion<std::string> done) = 0;
};

/// An open maildrop, under its lock. Destroyed without close() it changes nothing, waits for nothing, and its lock is
/// free soon.
class maildrop {
public:
    virtual ~maildrop() = default;
    virtual std::shared_ptr<const mail::listing> listing() const = 0;
    /// Opens the message at `index` of the listing; `vanished` where another program removed it. Under the snapshot
    /// policy one that another session removed is read from the held mail as long as it is there.
    virtual void open(std::size_t index, completion<std::unique_ptr<message>> done) = 0;
    /// Removes (or moves to the held mail) the messages at `indexes`: durable when it completes. What another program
    /// removed meanwhile counts as removed; what a full disk does not let hold is removed at once. `session` names the
    /// deletion for undelete. After `outcome_unknown` each of them may be there or not.
    virtual void remove(std::span<const std::size_t> indexes, std::string_view session,
                        completion<removal> done) = 0;
    /// Releases the lock: when it completes, another session may open the maildrop. Only destruction may follow.
    virtual void close(completion<> done) = 0;
    /// `lost` is called, at most once and on any thread, when the lock is lost while the maildrop is open: then no call
    /// changes anything any more (`fenced`). Never called once the destructor has returned. Where a lock cannot be
    /// lost, never.
    virtual void on_lost(std::move_only_function<void()> lost) = 0;
};

/// A message on its way in. Destroyed without commit() it leaves nothing behind, and waits for nothing. One that does
/// not end in CRLF is kept with CRLF behind it, for RETR cannot end otherwise (RFC 1939, section 3); all sizes count
/// it. An empty one stays empty.
class delivery {
public:
    /// Each copy's unique-id or why it was not delivered, in the order of the recipients.
    using outcomes = std::vector<base::result<std::string>>;

    virtual ~delivery() = default;
    /// Takes the next canonical octets, which are copied or written before it completes. After an error, only
    /// destruction is allowed.
    virtual void write(std::string_view octets, completion<> done) = 0;
    /// Delivers each copy: durable where its outcome is a value (file and directory entry). One copy's failure does not
    /// hinder another's. `outcome_unknown`: the copy may be there, and be delivered again by the next try. The error of
    /// the whole is that of every copy.
    virtual void commit(completion<outcomes> done) = 0;
};

class store {
public:
    virtual ~store() = default;

    /// Mail can be taken in and handed out now; the error says what is missing. Looks, and changes nothing.
    virtual void ready(completion<> done) = 0;

    /// Opens a maildrop. `in_use` at once where the policy is exclusive and someone has it: the error's texts say since
    /// when. Creates the maildrop where the name is new.
    virtual void open_maildrop(const maildrop_name& name, const maildrop_policy& policy,
                               completion<std::unique_ptr<maildrop>> done) = 0;

    /// Begins a delivery to one or more recipients. `octets_expected`, where the sender declared it, is advice for
    /// quota and space.
    virtual void begin_delivery(std::span<const delivery_recipient> recipients,
                                std::optional<std::uint64_t> octets_expected,
                                completion<std::unique_ptr<delivery>> done) = 0;

    /// What waits now, without the held mail.
    virtual void measure(const maildrop_name& name, completion<usage> done) = 0;

    /// What is held for undelete, in the octets that it takes on the disk.
    virtual void measure_held(const maildrop_name& name, completion<usage> done) = 0;

    /// An outcome for each question, in their order: over_quota where the message would not fit; advice, at RCPT. As at
    /// the commit of a delivery it is temporary, but permanent where the message is larger than the whole quota and can
    /// never fit.
    virtual void check_quotas(std::span<const quota_question> questions,
                              completion<std::vector<base::result<>>> done) = 0;

    /// Housekeeping of one maildrop: removes held mail older than `policy.held_for`, expired mail, and leftovers of
    /// crashed deliveries; how many messages went.
    virtual void sweep(const maildrop_name& name, const maildrop_policy& policy,
                       completion<std::size_t> done) = 0;

    /// Since this store was opened.
    virtual cache_counts snapshot_counts() const = 0;
};

} // namespace store
