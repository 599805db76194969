// The loop over sessions: sign in → list → plan → receive → delete → leave, until nothing is left to do.
#include "archive/fetch.hpp"

#include "archive/deletion.hpp"
#include "archive/group.hpp"
#include "archive/owed_copies.hpp"
#include "archive/proof.hpp"
#include "archive/receiving.hpp"
#include "archive/retention.hpp"
#include "archive/rules.hpp"
#include "archive/run.hpp"
#include "archive/settled.hpp"
#include "archive/shown.hpp"
#include "base/counted.hpp"
#include "ledger/orphans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace archive {

namespace {

// So many sessions in a row may end without bringing a message on. Waiting longer between tries is the caller's
// business.
constexpr unsigned fruitless_sessions_max = 3;
// A server that was silent for as long as we wait will be so again: one wait a run is enough.
constexpr unsigned silent_sessions_max = 1;
// The name under which the ledger remembers by which settings messages were skipped (ledger::remember).
constexpr std::string_view skipping = "skipping-by";
// The state of the mail that a settled listing was held against.
constexpr std::string_view settled_mail = "settled-mail";
// Which messages were told to be missing.
constexpr std::string_view missing_reported = "missing-told";
// This one shows a part of its messages at a time, and the next after QUIT.
constexpr std::string_view paging_host = "pop.gmail.com";

/// What a session that ended well leaves to do.
enum class left { nothing, more };

using session_end = std::expected<left, run_trouble>;

class runner {
public:
    explicit runner(run& current) : run_(current) {}
    base::result<> begin();
    base::result<> go();
    base::result<> report_missing();
    fetch_report account() const;

private:
    base::result<> prepare();
    base::result<bool> is_as_settled();
    base::result<> settle(const run_session& session);
    session_end session(client::maildrop& drop);
    session_end work(run_session& session);
    run_step list(run_session& session);
    base::result<> note_listing(run_session& session);
    void count_listing(const run_session& session);
    base::result<> note_skipped(const run_session& session);
    run_step receive_up_to(run_session& session, std::size_t limit);
    run_step receive_given_away(run_session& session);

    run& run_;
    unsigned sessions_ = 0;
    unsigned generation_ = 0; ///< QUITs so far: after one, numbers may mean other messages
    std::uint64_t settled_ = 0;
    std::optional<base::error> trouble_;
    std::optional<ledger::content_hash> expected_; ///< records are not read before another listing comes
    std::optional<ledger::content_hash> listed_;   ///< the last session's listing
};

/// Before the first session: a server must not wait for what can be long.
base::result<> runner::begin()
{
    auto judged = evaluate_clock(run_.inputs.parts.book, run_.inputs.account.name, run_.inputs.began,
                                 run_.inputs.wish.believe_clock, run_.inputs.wish.dry_run);
    if (!judged) return base::fail(judged.error());
    run_.known.clock = std::move(*judged);
    if (!run_.known.clock.jump.empty() && depends_on_clock(run_.inputs.account.keep))
        run_.report.warn(fmt::format(
            "nothing is deleted by age or order in this run: {}; ages are counted from now on. If "
            "the clock is right, run restante fetch {} --believe-clock",
            run_.known.clock.jump, run_.inputs.account.name));
    if (auto copied = copy_what_is_owed(run_); !copied) return copied; // which unsettles
    if (!run_.inputs.wish.dry_run && may_settle(run_.inputs.account)) {
        const auto settled = run_.inputs.parts.book.settled(run_.inputs.account.name);
        if (!settled) return base::fail(settled.error());
        expected_ = *settled;
    }
    if (!run_.inputs.wish.dry_run)
        if (auto swept = run_.inputs.parts.mail.sweep(); !swept) return base::fail(swept.error());
    return expected_ ? base::result<>() : prepare();
}

/// What earlier runs left: orphans, rules, records.
base::result<> runner::prepare()
{
    const std::string& name = run_.inputs.account.name;
    ledger::ledger& book = run_.inputs.parts.book;
    auto look = ledger::look_at_mail(book, name, run_.inputs.parts.mail);
    if (!look) return base::fail(look.error());
    run_.known.missing = look->missing;
    if (run_.inputs.wish.dry_run) {
        run_.known.orphans = look->orphans;
        // Which of them were only renamed is seen where deletions are foretold: none counts as gone.
        if (!look->orphans.empty()) run_.known.missing.clear();
    }
    if (!run_.inputs.wish.dry_run) {
        // Always, and not only after a crash: a ledger that was put back from a copy does not know that it is old.
        const auto adopted = ledger::adopt_orphans(book, name, run_.inputs.parts.mail, *look);
        if (!adopted) return base::fail(adopted.error());
        if (adopted->entered > 0)
            run_.inputs.parts.log.notice("strays-adopted",
                                         {{"account", name}, {"messages", adopted->entered}});
    }
    const auto skipped_by = book.recall(name, skipping);
    if (!skipped_by) return base::fail(skipped_by.error());
    run_.known.skipping_unchanged = *skipped_by == fingerprint_of_skipping(run_.inputs.account);
    return book.for_each_record(name, [&](const ledger::message_record& record) {
        run_.known.records.insert_or_assign(record.unique_id, record);
    });
}

/// Once for the same ones: whoever removed them on purpose need not hear of it in each run.
base::result<> runner::report_missing()
{
    if (run_.inputs.wish.dry_run || expected_) return {}; // where nothing changed, nobody looked
    // What was only moved was found in this run, and its old key is in no stored copy any more.
    std::set<std::string> held;
    if (!run_.known.missing.empty())
        if (auto done = run_.inputs.parts.book.each_copy(
                run_.inputs.account.name,
                [&](const ledger::stored_copy& copy, const ledger::content_hash&) {
                    if (run_.known.missing.contains(copy.key)) held.insert(copy.key);
                });
            !done)
            return done;
    run_.known.missing = std::move(held);
    std::string keys;
    std::string names;
    for (const std::string& key : run_.known.missing) {
        if (keys.empty()) names = key;
        keys += key + "\n";
    }
    const std::string now = run_.known.missing.empty() ? "" : ledger::hash_of(keys).text();
    const auto before = run_.inputs.parts.book.recall(run_.inputs.account.name, missing_reported);
    if (!before) return base::fail(before.error());
    if (before->value_or("") == now) return {};
    if (!run_.known.missing.empty())
        run_.report.warn(fmt::format(
            "{} that {} stored {} not here any more ({}{}): restante restore brings {} back; where you removed {} "
            "yourself, restante rebuild accepts that",
            base::counted(run_.known.missing.size(), "message"),
            base::for_number(run_.known.missing.size(), "was", "were"),
            base::for_number(run_.known.missing.size(), "is", "are"), names,
            run_.known.missing.size() > 1 ? " and others" : "",
            base::for_number(run_.known.missing.size(), "it", "them"),
            base::for_number(run_.known.missing.size(), "it", "them")));
    return run_.inputs.parts.book.remember(run_.inputs.account.name, missing_reported, now);
}

/// An error: not even the first session began.
base::result<> runner::go()
{
    for (unsigned fruitless = 0;;) {
        run_.progress.advance("signing in");
        auto drop = run_.inputs.parts.server.sign_in();
        if (!drop && sessions_ == 0) return base::fail(drop.error());
        if (!drop) {
            trouble_ = drop.error();
            return {};
        }
        ++sessions_;
        settled_ = 0;
        const session_end end = session(**drop);
        drop->reset(); // the lock on the maildrop must be free before the next sign-in
        if (end && (*end == left::nothing || run_.inputs.stopping())) return {};
        if (end) continue;
        if (end.error().ours && end.error().cause.kind == base::failure::no_space && !run_.known.tight &&
            !run_.inputs.stopping()) {
            run_.known.tight = true;
            // What was published and found no room in the ledger must not be stored a second time.
            if (auto ready = prepare(); !ready) {
                trouble_ = ready.error();
                return {};
            }
            continue;
        }
        fruitless = settled_ > 0 ? 0 : fruitless + 1;
        const bool silent = end.error().cause.kind == base::failure::timed_out;
        if (end.error().ours || run_.inputs.stopping() ||
            fruitless >= (silent ? silent_sessions_max : fruitless_sessions_max)) {
            trouble_ = end.error().cause;
            return {};
        }
        run_.report.warn("the connection broke and was opened again: " + end.error().cause.operator_text);
    }
}

session_end runner::session(client::maildrop& drop)
{
    run_session session{.drop = drop, .generation = generation_, .stop = run_.inputs.parts.stop};
    auto end = work(session);
    settled_ = session.settled;
    return end;
}

session_end runner::work(run_session& session)
{
    const std::size_t limit = run_.inputs.account.messages_per_session;
    if (auto listed = list(session); !listed) return std::unexpected(listed.error());
    if (run_.inputs.wish.dry_run) {
        for (const std::size_t i : session.plan.order)
            run_.report.counted.settle(session.plan.messages[i].name, tally::outcome::stored);
        if (auto done = announce_deletions(run_, session); !done) return std::unexpected(done.error());
        session.drop.quit();
        return left::nothing;
    }
    const bool more = limit != 0 && session.plan.order.size() > limit;
    if (auto done = receive_up_to(session, limit != 0 ? limit : session.plan.order.size()); !done)
        return std::unexpected(done.error());
    if (!session.nameless.empty())
        if (auto noted = of_ours(note_unshown(run_.inputs, run_.known, session)); !noted)
            return std::unexpected(noted.error());
    if (auto done = ask_for_deletions(run_, session); !done) return std::unexpected(done.error());
    if (auto done = receive_given_away(session); !done) return std::unexpected(done.error());
    if (auto done = quit_session(run_, session); !done) return std::unexpected(done.error());
    if (auto noted = of_ours(settle(session)); !noted) return std::unexpected(noted.error());
    ++generation_;
    const bool pages = run_.inputs.parts.server.host() == paging_host;
    return session.settled > 0 && (more || pages) ? left::more : left::nothing;
}

/// The listing, and what it means.
run_step runner::list(run_session& session)
{
    run_.progress.advance("listing");
    const auto listing = session.drop.list();
    if (!listing) return of_the_line(base::fail(listing.error()));
    run_.report.listed = true;
    listed_ = hash_of_listing(*listing);
    const auto same = is_as_settled();
    if (!same) return of_ours(base::fail(same.error()));
    if (*same) {
        run_.report.counted.all_stored_before(listing->messages.size());
        return of_ours(note_all_shown(run_.inputs));
    }
    if (expected_) {
        expected_.reset();
        if (auto ready = of_ours(prepare()); !ready) return ready;
    }
    session.plan = make_plan(*listing, run_.known.records, run_.inputs.account,
                             {.generation = session.generation,
                              .believe_listing = run_.inputs.wish.believe_listing,
                              .skipping_unchanged = run_.known.skipping_unchanged,
                              .failures = &run_.known.failures});
    run_.report.suspicious = run_.report.suspicious || session.plan.suspicious;
    if (auto noted = of_ours(note_listing(session)); !noted) return noted;
    if (auto settled = settle_doubts(run_, session); !settled) return settled;
    if (auto applied = apply_rules(run_, session); !applied) return applied;
    count_listing(session);
    return of_ours(note_skipped(session));
}

/// The same messages there, and here nothing came, went or was renamed since.
base::result<bool> runner::is_as_settled()
{
    if (!expected_ || expected_ != listed_) return false;
    const auto state = run_.inputs.parts.mail.state();
    if (!state) return base::fail(state.error());
    const auto before = run_.inputs.parts.book.recall(run_.inputs.account.name, settled_mail);
    if (!before) return base::fail(before.error());
    return *state && *before == ledger::hash_of(**state).text();
}

/// The next run need not look at what this one settled.
base::result<> runner::settle(const run_session& session)
{
    if (expected_ || !is_settled(run_, session)) return {};
    // What came just now may change unseen for a while: then the next run is the one that settles the mail.
    const auto state = run_.inputs.parts.mail.state();
    if (!state) return base::fail(state.error());
    if (auto noted = run_.inputs.parts.book.remember(
            run_.inputs.account.name, settled_mail, *state ? ledger::hash_of(**state).text() : std::string());
        !noted)
        return noted;
    return run_.inputs.parts.book.settle(run_.inputs.account.name, *listed_);
}

base::result<> runner::note_listing(run_session& session)
{
    for (const std::string& warning : session.plan.warnings) run_.report.warn(warning);
    run_.report.vanished += session.plan.vanished;
    for (const ledger::message_record& record : session.plan.changed) {
        // What this run asked for and had no answer to is answered now.
        if (run_.known.unknown_deletions.erase(record.unique_id) > 0 &&
            record.stage == ledger::stage::deleted)
            ++run_.report.deleted;
    }
    if (auto recorded = run_.known.record(session.plan.changed); !recorded) return recorded;
    return note_unshown(run_.inputs, run_.known, session);
}

void runner::count_listing(const run_session& session)
{
    std::uint64_t octets = 0;
    for (const planned_message& planned : session.plan.messages) {
        run_.report.counted.listed(planned.name);
        switch (planned.course) {
        case course::stored_before:
            run_.report.counted.settle(planned.name, run_.known.is_gone_here(planned.message)
                                                         ? tally::outcome::removed_here
                                                         : tally::outcome::stored_before);
            break;
        case course::skipped:
            // Without a reason it is one that has failed often enough in this run, and is counted as that.
            if (!planned.reason.empty())
                run_.report.counted.settle(planned.name, tally::outcome::skipped, planned.reason);
            break;
        case course::fetch: octets += planned.message.octets.value_or(0); break;
        }
    }
    run_.progress.expect(session.plan.order.size(), octets);
}

/// So that the next run need not look at them again. Those to be deleted unfetched are looked at each time.
base::result<> runner::note_skipped(const run_session& session)
{
    std::vector<ledger::message_record> records;
    for (const planned_message& planned : session.plan.messages) {
        if (planned.course != course::skipped || planned.reason.empty() || !has_own_name(planned.message))
            continue;
        const ledger::message_record* known = run_.known.find(planned.message.unique_id);
        const ledger::stage now =
            session.unseen.contains(planned.name) ? ledger::stage::listed : ledger::stage::skipped;
        if (known != nullptr && known->stage == now && known->note == planned.reason) continue;
        ledger::message_record noted = run_.known.record_of(planned.message);
        noted.stage = now;
        noted.note = planned.reason;
        records.push_back(std::move(noted));
    }
    if (auto recorded = run_.known.record(records); !recorded) return recorded;
    if (run_.inputs.wish.dry_run || run_.known.skipping_unchanged) return {};
    run_.known.skipping_unchanged = true;
    return run_.inputs.parts.book.remember(run_.inputs.account.name, skipping,
                                           fingerprint_of_skipping(run_.inputs.account));
}

run_step runner::receive_up_to(run_session& session, std::size_t limit)
{
    std::span<const std::size_t> indexes(session.plan.order);
    indexes = indexes.first(std::min(limit, indexes.size()));
    if (indexes.empty()) return {};
    const bool tight = run_.known.tight;
    settling settling(run_, session, run_.inputs.parts.beside && !tight);
    return message_receiver(run_.inputs, run_.progress, session.drop, session.plan, settling, tight)
        .receive(indexes);
}

/// Before QUIT, so that no further sign-in is needed: servers want time between two.
run_step runner::receive_given_away(run_session& session)
{
    if (session.given_away.empty() || run_.inputs.stopping()) return {};
    for (const std::size_t i : session.given_away) {
        session.plan.messages[i].course = course::fetch;
        run_.progress.expect_more(session.plan.messages[i].message.octets.value_or(0));
    }
    session.plan.order = session.given_away;
    return receive_up_to(session, session.plan.order.size());
}

fetch_report runner::account() const
{
    fetch_report report{.account = run_.inputs.account.name, .dry_run = run_.inputs.wish.dry_run};
    run_.report.counted.tell(report);
    report.listed = run_.report.listed;
    report.deletions = run_.report.deletions;
    report.stopped = run_.inputs.stopping() && !trouble_ && report.not_reached > 0;
    report.octets_stored = run_.inputs.wish.dry_run ? run_.progress.octets_all() : run_.report.octets_stored;
    report.deleted = run_.report.deleted;
    report.deletion_unknown = run_.known.unknown_deletions.size();
    report.vanished = run_.report.vanished;
    report.quarantined = run_.report.quarantined;
    report.warnings.assign(run_.report.warnings.begin(), run_.report.warnings.end());
    report.disk_full = trouble_ && trouble_->kind == base::failure::no_space;
    report.uncopied = run_.report.uncopied.size();
    if (report.uncopied > 0) {
        report.uncopied_why = run_.report.uncopied_why;
        report.warnings.push_back(fmt::format("{} could not be put into the second copy in {}: {}",
                                              base::counted(report.uncopied, "message"),
                                              run_.inputs.account.second_copy, report.uncopied_why));
    }
    report.trouble = trouble_ ? trouble_->operator_text : "";
    report.temporary =
        trouble_ ? trouble_->temporary
                 : !report.failed.empty() && std::ranges::all_of(report.failed, &exception_entry::temporary);
    report.unproven = run_.report.unproven;
    report.guard_stopped = run_.report.guarded;
    report.clock_jumped = !run_.known.clock.jump.empty() && depends_on_clock(run_.inputs.account.keep);
    report.sessions = sessions_;
    return report;
}

} // namespace

base::result<fetch_report> fetch(const account_settings& account, const fetch_parts& parts,
                                 const fetch_wish& wish)
{
    const base::steady_time began = parts.clock.steady_now();
    run current(account, parts, wish);
    runner loop(current);
    if (auto ready = loop.begin(); !ready) return base::fail(ready.error());
    const auto went = loop.go();
    if (auto noted = note_what_is_owed(current); !noted) return base::fail(noted.error());
    if (!went) return base::fail(went.error());
    if (auto reported = loop.report_missing(); !reported) return base::fail(reported.error());
    fetch_report report = loop.account();
    report.seconds = std::chrono::duration<double>(parts.clock.steady_now() - began).count();
    return report;
}

} // namespace archive
