// The account of a run: every message that the server listed, and what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace archive {

/// A message that was not fetched, and why.
struct exception_entry {
    std::string unique_id; ///< "(none, number 17)" where the server gave none
    std::string reason;
    bool temporary = false; ///< the next run may have it
};

struct fetch_report {
    std::string account{};
    bool dry_run = false;
    bool listed = true;              ///< the server showed what it has; false: `on_server` is not known
    std::uint64_t on_server = 0;     ///< listed
    std::uint64_t stored = 0;        ///< now; in a dry run: would be
    std::uint64_t stored_before = 0; ///< known, or the same octets were here already
    std::uint64_t removed_here =
        0; ///< stored once, and not here any more: not fetched again, not deleted there
    std::vector<std::string> removals{}; ///< these, by unique-id
    std::vector<exception_entry> skipped{};
    std::vector<exception_entry> failed{};
    std::uint64_t same_as_others =
        0; ///< of those stored before: as another message of this run, or of the archive
    std::uint64_t not_reached = 0;   ///< the run ended before: the next one goes on there
    std::uint64_t octets_stored = 0; ///< in a dry run: as the server listed them
    std::uint64_t deleted = 0;       ///< the server said so; in a dry run: would be
    std::uint64_t deletion_unknown = 0;
    std::uint64_t vanished = 0;          ///< gone from the server since the last run, not by us
    std::uint64_t quarantined = 0;       ///< of those stored
    std::vector<std::string> warnings{}; ///< suspicions, a guard that stopped, a server's oddities
    std::string trouble{};               ///< what ended the run early; empty: nothing did
    bool disk_full = false;              ///< that trouble is that the archive's disk has no room
    bool temporary = false; ///< that trouble passes by itself; without one: so does every failure
    /// Kept messages that could not be read again, so they stay on the server.
    std::uint64_t unproven = 0;
    std::uint64_t uncopied = 0; ///< could not be put into the second copy, so that they stay on the server
    std::string uncopied_why{}; ///< of the first of them
    bool guard_stopped =
        false; ///< the policy would delete more than the guard lets pass, and nobody said yes
    /// The clock jumped since the last run, and the policy goes by it: nothing was deleted by age or order.
    bool clock_jumped = false;
    bool stopped = false;                     ///< by a person, before all was done
    std::vector<exception_entry> deletions{}; ///< in a dry run: what would be deleted, and why
    unsigned sessions = 0;
    double seconds = 0;

    /// on_server = stored + stored_before + removed_here + skipped + failed + not_reached.
    bool sums_agree() const
    {
        return on_server ==
               stored + stored_before + removed_here + skipped.size() + failed.size() + not_reached;
    }
    /// Nothing came, nothing went, nothing to tell: a run that found all as the one before had left it.
    bool quiet() const { return well() && stored == 0 && deleted == 0 && vanished == 0 && warnings.empty(); }
    /// Nothing failed, nothing is in doubt, nothing waits for a person.
    bool well() const
    {
        return sums_agree() && failed.empty() && not_reached == 0 && trouble.empty() &&
               deletion_unknown == 0 && unproven == 0 && uncopied == 0 && !guard_stopped && !clock_jumped;
    }
};

} // namespace archive
