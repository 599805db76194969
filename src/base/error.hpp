// What went wrong, said for three readers: the program, the peer, the operator.
#pragma once

#include <string>
#include <string_view>

namespace base {

/// The kinds of failure that some caller handles in its own way. Each wire room turns them into its
/// own codes (pop3: `[SYS/TEMP]` …; lmtp: 4xx and 5xx); nothing else decides by text.
enum class failure {
    credentials,     ///< wrong user, secret or certificate; alike for all three (RFC 3206, [AUTH])
    in_use,          ///< the maildrop is locked by another session (RFC 2449, [IN-USE])
    login_delay,     ///< a log-in too soon after the last (RFC 2449, [LOGIN-DELAY])
    unknown_user,    ///< no such recipient (never told at log-in)
    disabled,        ///< the account exists and is closed by the operator
    over_quota,      ///< the maildrop may not grow further
    no_space,        ///< the disk is full
    too_large,       ///< a message or value above a configured limit
    vanished,        ///< it was there and has been removed by another program
    exists,          ///< it must not exist, and does
    malformed,       ///< bad input: a file, a command, a configuration
    refused,         ///< policy says no
    overloaded,      ///< a queue is full; later it will work
    timed_out,       ///< a deadline passed
    closed,          ///< the peer has gone
    storage,         ///< the disk or the backend failed
    outcome_unknown, ///< no answer came: what was asked for may have been done, or not
    fenced,          ///< a lock was taken over by another holder, and what came after changed nothing
    network,         ///< the socket failed
    internal,        ///< a broken promise of our own
};

/// An expected failure. The wire rooms choose texts for peers by kind; `peer_text` is a fact for one (since when
/// in use, which policy refuses): no path, no secret, no other user's name. `operator_text` is for the log: what
/// happened, to what, and what to do about it. `temporary` tells whether the same request can succeed later.
struct error {
    failure kind = failure::internal;
    bool temporary = false;
    std::string peer_text;
    std::string operator_text;
};

/// The name of a kind as logs and metrics show it, e.g. "over-quota".
std::string_view name_of(failure kind);

/// The same request cannot succeed later. Without a `peer_text` the peer is told what its protocol says for the kind.
error permanent_error(failure kind, std::string operator_text, std::string peer_text = {});
/// The same request may succeed later.
error temporary_error(failure kind, std::string operator_text, std::string peer_text = {});

/// A failure out of an errno: ENOSPC and EDQUOT are no_space, ENOENT is vanished, EEXIST is exists, EMFILE and ENFILE
/// are overloaded; all others are storage. All but EEXIST are temporary. `doing` says what was tried, on what.
error error_from_errno(int number, std::string_view doing);

} // namespace base
