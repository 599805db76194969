// What a caller and a store tell each other of maildrops: policies, copies to deliver, outcomes.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
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

/// What a removal did. `not_removed` is empty when all went well.
struct removal {
    std::size_t removed = 0;
    std::vector<std::size_t> not_removed; ///< indexes whose message is still there
    std::string reason;                   ///< for the operator, where some are
    /// Of those removed: how many are gone for good although they were to be held, for the disk had no room for that.
    std::size_t not_held = 0;
};

/// One copy to deliver: into which maildrop, under which policy, and the header lines that only this
/// copy gets in front (Return-Path, Delivered-To, Received), with CRLF line ends.
struct delivery_recipient {
    maildrop_name name;
    maildrop_policy policy;
    std::string header;
};

/// May a message of `octets` (0 where unknown) still come into the maildrop?
struct quota_question {
    maildrop_name name;
    maildrop_policy policy;
    std::uint64_t octets = 0;
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

} // namespace store
