// The contract of every place where mail waits. Backends: memory/, maildir/ (rados/ later).
//
// Nothing here assumes that the caller is in the same process: a message comes as something to read
// plus a form, a maildrop as an immutable listing and calls by unique-id. Every call may block on the
// disk, so the server makes them on its pool; but for those whose names end with "at_once", which it tries
// first. Different objects may be used from different threads; one object by one thread at a time.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "mail/line_ends.hpp"
#include "mail/listing.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace store {

/// Who else may have the maildrop open meanwhile.
enum class lock_policy {
    exclusive, ///< one POP3 session at a time (RFC 1939, section 4); a second gets in_use at once
    snapshot,  ///< any number of sessions, each with its own listing
};

/// What holds for one maildrop; the site's values with the user's own put over them.
struct maildrop_policy {
    store::lock_policy lock = store::lock_policy::exclusive;
    std::optional<std::uint64_t> quota_octets{};
    std::optional<std::uint64_t> quota_messages{};
    /// Messages that arrived longer ago are removed when the maildrop is opened; none for never.
    std::optional<std::chrono::seconds> expire{};
    /// How long deleted mail is held before it is gone for good; zero: deleted at once.
    std::chrono::seconds held_for{0};
    /// The listing has surrogate octets; the header section of each message is read once for them.
    bool list_surrogates = false;
};

/// Where the mail of one account lies: "ann@example.org" or "ann". Backends map it to a place and
/// refuse (malformed) what could name another's: '/', NUL, control octets, a part that is "." or "..".
struct maildrop_name {
    std::string text;
};

/// A stored message, being read. Octets come in the stored form.
class stored_message {
public:
    virtual ~stored_message() = default;
    virtual mail::form form() const = 0;
    /// Canonical octets, exact: what RETR sends without the byte-stuffing, with the CRLF that it puts behind a last
    /// line without one (RFC 1939, sections 5 and 11).
    virtual std::uint64_t octets() const = 0;
    /// Octets in the stored form.
    virtual std::uint64_t stored_octets() const = 0;
    /// Reads up to `into.size()` stored octets at `offset`; 0 is the end. Shorter than
    /// stored_octets() says is an error, never an end.
    virtual base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) = 0;
    /// A descriptor of the stored octets, for sendfile(2) and RWF_NOWAIT; -1 where there is none.
    virtual int descriptor() const = 0;
    /// False: the name of its file tells another length than the file has (",S=" of Maildir++), so that it was cut
    /// short or changed after it got that name. Says nothing where the name does not tell.
    virtual bool as_long_as_named() const { return true; }
};

/// The header section, canonical, with the empty line. Empty where it is longer than 1 MiB: nobody's mail
/// program writes such a one, and such a message is sent as it is.
base::result<std::string> read_header_section(stored_message& message);

/// As mail::listing::surrogate_octets(). Reads the header section.
base::result<std::optional<std::uint64_t>> count_surrogate_octets(stored_message& message);

/// What a removal did. `not_removed` is empty when all went well.
struct removal {
    std::size_t removed = 0;
    std::vector<std::size_t> not_removed; ///< indexes whose message is still there
    std::string why;                      ///< for the operator, where some are
    /// Of those removed: how many are gone for good although they were to be held, for the disk had no room for that.
    std::size_t not_held = 0;
};

/// An open maildrop, under its lock. Destroying it releases the lock and changes nothing.
class maildrop {
public:
    virtual ~maildrop() = default;
    virtual std::shared_ptr<const mail::listing> listing() const = 0;
    /// Opens the message at `index` of the listing; `vanished` where another program removed it. Under the snapshot
    /// policy one that another session removed is read from the held mail as long as it is there.
    virtual base::result<std::unique_ptr<stored_message>> open(std::size_t index) = 0;
    /// open() that waits for nothing, for threads that must not: null where it would have to, or where anything is
    /// out of the ordinary. Then open() does it, or tells why not.
    virtual std::unique_ptr<stored_message> open_at_once(std::size_t) { return nullptr; }
    /// Destroying it waits for nothing either.
    virtual bool closes_at_once() const { return false; }
    /// Removes (or moves to the held mail) the messages at `indexes`: durable on return. What
    /// another program removed meanwhile counts as removed; what a full disk does not let hold is removed at once.
    /// `session` names the deletion for undelete.
    virtual base::result<removal> remove(std::span<const std::size_t> indexes, std::string_view session) = 0;
};

/// One copy to deliver: into which maildrop, under which policy, and the header lines that only this
/// copy gets in front (Return-Path, Delivered-To, Received), with CRLF line ends.
struct delivery_recipient {
    maildrop_name name;
    maildrop_policy policy;
    std::string header;
};

/// A message on its way in. Destroyed without commit() it leaves nothing behind. One that does not end in CRLF is
/// kept with CRLF behind it, for RETR cannot end otherwise (RFC 1939, section 3); all sizes count it. An empty one
/// stays empty.
class delivery {
public:
    virtual ~delivery() = default;
    /// Takes the next canonical octets. After an error, only destruction is allowed.
    virtual base::result<> write(std::string_view octets) = 0;
    /// Delivers each copy; the results are in the order of the recipients, each durable where it is a
    /// value (file and directory entry): its unique-id. One copy's failure does not hinder another's.
    virtual std::vector<base::result<std::string>> commit() = 0;
};

struct usage {
    std::uint64_t octets = 0;
    std::uint64_t messages = 0;
};

/// How often a maildrop was looked at, and how often what was kept of it would do.
struct cache_counts {
    std::uint64_t wanted = 0;
    std::uint64_t hits = 0;
};

/// Which held messages to put back: those of one session, or those deleted since a time; without either, all.
struct undelete_request {
    std::optional<std::string> session{};
    std::optional<base::wall_time> since{};
    /// How long what comes back is safe from expiry, whatever its age; durable.
    std::chrono::seconds safe_for{0};
};

/// What an undelete found.
struct undeletion {
    std::size_t put_back = 0;
    std::size_t not_held = 0; ///< were deleted by what was asked for, and could not be held: they are gone
};

class store {
public:
    virtual ~store() = default;

    /// Opens a maildrop. `in_use` at once where the policy is exclusive and someone has it: the
    /// error's texts say since when. Creates the maildrop where the name is new.
    virtual base::result<std::unique_ptr<maildrop>> open_maildrop(const maildrop_name& name,
                                                                  const maildrop_policy& policy) = 0;

    /// open_maildrop() that waits for nothing, for threads that must not: null where it would have to, or where
    /// anything is out of the ordinary. Then open_maildrop() does it, or tells why not.
    virtual std::unique_ptr<maildrop> open_maildrop_at_once(const maildrop_name&, const maildrop_policy&)
    {
        return nullptr;
    }

    /// Begins a delivery to one or more recipients. `octets_expected`, where the sender told it, is
    /// advice for quota and space.
    virtual base::result<std::unique_ptr<delivery>>
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
    virtual base::result<undeletion> undelete(const maildrop_name& name, const undelete_request& which) = 0;

    /// Removes for good what was deleted at `deleted_until` or before, whatever the policy: gives space back on
    /// demand. What it freed.
    virtual base::result<usage> end_holding(const maildrop_name& name, base::wall_time deleted_until) = 0;

    /// House-keeping of one maildrop: removes held mail older than `policy.held_for`, expired mail, and
    /// leftovers of crashed deliveries; how many messages went.
    virtual base::result<std::size_t> sweep(const maildrop_name& name, const maildrop_policy& policy) = 0;
};

} // namespace store
