// One run, as its steps share it: what it is given, what it knows, what it did.
#pragma once

#include "archive/fetch.hpp"
#include "archive/fetch_report.hpp"
#include "archive/plan.hpp"
#include "archive/retention.hpp"
#include "archive/second_copy.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace archive {

// What became of each listed message, counted once, in however many sessions it was listed.

/// Each message is listed, then has one outcome; the last one counts, but what was stored in this run stays so.
class tally {
public:
    enum class outcome {
        none,
        stored,
        stored_before,
        same, ///< new, and its octets were here already
        removed_here,
        skipped,
        failed
    };

    void listed(const std::string& name);
    void settle(const std::string& name, outcome outcome, std::string reason = {}, bool temporary = false);
    std::uint64_t on_server() const { return listed_ + known_whole_; }
    bool is(const std::string& name, outcome outcome) const;
    /// Its octets are here, from this run or an earlier one.
    bool is_stored(const std::string& name) const;
    /// Of so many messages it is known without their names that they were stored before.
    void all_stored_before(std::uint64_t messages) { known_whole_ = messages; }
    /// Fills in the messages' part. Those without an outcome were not reached.
    void tell(fetch_report& report) const;

private:
    struct entry {
        outcome result = outcome::none;
        std::string reason;
        bool temporary = false;
    };
    std::map<std::string, entry> entries_;
    std::uint64_t listed_ = 0; ///< counted by itself: the sums check one against the other
    std::uint64_t known_whole_ = 0;
};

/// Why a step ended early. What is the line's may be tried in a new session; what is ours ends the run.
struct run_trouble {
    bool ours = false;
    base::error cause;
};
using run_step = std::expected<void, run_trouble>;

inline run_step of_the_line(const base::result<>& done)
{
    if (done) return {};
    return std::unexpected(run_trouble{false, done.error()});
}
inline run_step of_ours(const base::result<>& done)
{
    if (done) return {};
    return std::unexpected(run_trouble{true, done.error()});
}

/// What a run is given. Nothing of it changes while it goes on.
struct run_inputs {
    run_inputs(const account_settings& settings, const fetch_parts& given, const fetch_wish& wished)
        : account(settings), parts(given), wish(wished), began(given.clock.now())
    {
    }

    const account_settings& account;
    const fetch_parts& parts;
    const fetch_wish& wish;
    const base::wall_time began;

    bool stopping() const { return parts.stop != nullptr && parts.stop->load(); }
};

/// What a run knows of the account: its messages here, in the second copy and on the server.
class run_knowledge {
public:
    explicit run_knowledge(const run_inputs& inputs) : inputs_(inputs) {}

    known_records records;
    std::set<std::string> missing;    ///< keys that the ledger holds and that are not in the mail
    std::vector<std::string> orphans; ///< of a dry run: keys of what lies in the mail and in no stored copy
    std::map<std::string, unsigned> failures;  ///< in this run, by shown name
    std::set<std::string> unknown_deletions;   ///< unique-ids whose QUIT had no good answer
    std::set<ledger::content_hash> copied;     ///< read back from the second copy in this run
    std::optional<content_finder> second_copy; ///< asked only for what was copied before
    clock_evaluation clock;                    ///< from when on ages count
    bool skipping_unchanged = false;
    bool followed_again = false; ///< renamed copies were looked for since the run began
    /// The disk was full: messages are settled a few at a time, so that what fits is stored.
    bool tight = false;

    /// Durable in the ledger, then here.
    base::result<> record(std::span<const ledger::message_record> changes);
    /// The record under this unique-id, or null.
    ledger::message_record* find(std::string_view unique_id);
    /// It was stored, and its file is not here any more: a person removed it, or it was lost.
    bool is_gone_here(const client::listed_message& message) const;
    /// The record of a message with a unique-id of its own; a new one where there is none yet.
    ledger::message_record record_of(const client::listed_message& message) const;

private:
    const run_inputs& inputs_;
};

/// What a run did, for its closing account.
class run_report {
public:
    explicit run_report(const run_inputs& inputs) : inputs_(inputs) {}

    tally counted;
    std::uint64_t octets_stored = 0, deleted = 0, vanished = 0, quarantined = 0;
    std::uint64_t deletions_confirmed_by_a_person = 0; ///< the guard may let so many pass
    std::uint64_t unproven = 0;                        ///< kept messages that could not be read again
    std::vector<exception_entry> deletions;            ///< of a dry run: what would go
    std::set<std::string> warnings;
    std::set<ledger::content_hash> uncopied; ///< could not be put into the second copy
    std::string uncopied_why;                ///< of the first of them
    bool listed = false;                     ///< the server showed what it has, in any session so far
    bool suspicious = false;                 ///< in any session so far
    bool guarded = false;                    ///< the guard said no: nothing is deleted any more

    /// Once for the same text, to the log as well.
    void warn(std::string text);
    /// The message could not be put into the second copy. Counted; reported once, at the end.
    void note_uncopied(const ledger::content_hash& hash, const base::error& error);

private:
    const run_inputs& inputs_;
};

/// Shows how far a run is. The one part of it that two threads use at a time.
class progress_meter {
public:
    explicit progress_meter(const run_inputs& inputs) : inputs_(inputs) {}

    /// So much more is done.
    void advance(std::string_view doing, std::uint64_t messages = 0, std::uint64_t octets = 0);
    /// So much is to come, besides what was done.
    void expect(std::uint64_t messages, std::uint64_t octets);
    /// So many octets more.
    void expect_more(std::uint64_t octets);
    std::uint64_t octets_all() const;

private:
    const run_inputs& inputs_;
    mutable std::mutex mutex_;
    progress shown_;
};

/// One run. While messages come, the thread that receives them has `progress`, and the one that settles them all else
/// (message_receiver in fetch.cpp).
struct run {
    run(const account_settings& account, const fetch_parts& parts, const fetch_wish& wish)
        : inputs(account, parts, wish)
    {
    }

    const run_inputs inputs;
    run_knowledge known{inputs};
    run_report report{inputs};
    progress_meter progress{inputs};
};

/// One session of a run.
struct run_session {
    client::maildrop& drop;
    unsigned generation = 0;
    const std::atomic<bool>* stop = nullptr; ///< set: no further message is asked for
    fetch_plan plan{};
    std::set<std::string> fetched{};               ///< shown names of what came whole in this session
    std::map<std::string, std::string> nameless{}; ///< shown name → the unique-id that its record has here
    std::map<std::string, std::string> unseen{};   ///< shown name → the rule that wants it deleted unfetched
    std::vector<std::string> asked{};              ///< unique-ids whose DELE was accepted
    std::vector<std::size_t> given_away{}; ///< indexes into `plan`: other messages than what is stored
    std::uint64_t settled = 0;             ///< messages that this session brought on
    std::map<std::uint64_t, base::wall_time> dates{}; ///< of a dry run: new messages' own dates, by number

    /// Under which unique-id the ledger has this message; empty: it has none.
    std::string record_name(const planned_message& planned) const;
};

} // namespace archive
