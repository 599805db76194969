// The loop over sessions: sign in → list → plan → receive → delete → leave, until nothing is left to do.
#include "archive/fetch.hpp"

#include "archive/deletion.hpp"
#include "archive/group.hpp"
#include "archive/job_line.hpp"
#include "archive/owed_copies.hpp"
#include "archive/proof.hpp"
#include "archive/reception.hpp"
#include "archive/retention.hpp"
#include "archive/rules.hpp"
#include "archive/run.hpp"
#include "archive/settled.hpp"
#include "archive/shown.hpp"
#include "base/counted.hpp"
#include "ledger/strays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace archive {

namespace {

// So many sessions in a row may end without bringing a message on. Waiting longer between tries is the caller's
// business.
constexpr unsigned barren_sessions_max = 3;
// A server that was silent for as long as we wait will be so again: one wait a run is enough.
constexpr unsigned silent_sessions_max = 1;
// Messages asked for in one go, and whose intention is made durable together.
constexpr std::size_t stride_messages = 256;
// The same on a disk that is full, and so many are made durable together there: a failure costs no more than these.
constexpr std::size_t tight_messages = 8;
// The name under which the ledger remembers by which settings messages were skipped (ledger::remember).
constexpr std::string_view skipping = "skipping-by";
// The state of the mail that a settled listing was held against.
constexpr std::string_view settled_mail = "settled-mail";
// Which messages were told to be missing.
constexpr std::string_view missing_told = "missing-told";
// This one shows a part of its messages at a time, and the next after QUIT.
constexpr std::string_view paging_host = "pop.gmail.com";

/// What a session that ended well leaves to do.
enum class left { nothing, more };

using session_end = std::expected<left, run_trouble>;

class runner {
public:
    explicit runner(run& of) : run_(of) {}
    base::result<> begin();
    base::result<> go();
    base::result<> report_missing();
    closing_account account() const;

private:
    base::result<> prepare();
    base::result<bool> is_as_settled();
    base::result<> settle(const run_session& in);
    session_end session(client::maildrop& drop);
    session_end work(run_session& in);
    run_step list(run_session& in);
    base::result<> note_listing(run_session& in);
    void count_listing(const run_session& in);
    base::result<> note_skipped(const run_session& in);
    run_step receive_up_to(run_session& in, std::size_t limit);
    run_step receive(run_session& in, std::span<const std::size_t> those, job_line& line);
    run_step receive_given_away(run_session& in);
    base::result<> intend(const run_session& in, std::span<const std::size_t> those);
    base::result<> blame(const run_session& in, const arrival& broken, const base::error& why);

    run& run_;
    unsigned sessions_ = 0;
    unsigned generation_ = 0; ///< QUITs so far: after one, numbers may mean other messages
    std::uint64_t settled_ = 0;
    std::optional<base::error> trouble_;
    std::optional<ledger::content_hash> expected_; ///< lives are not read before another listing comes
    std::optional<ledger::content_hash> listed_;   ///< the last session's listing
};

/// Before the first session: a server must not wait for what can be long.
base::result<> runner::begin()
{
    auto judged = judge_clock(run_.with.book, run_.account.name, run_.began, run_.wish.believe_clock,
                              run_.wish.dry_run);
    if (!judged) return base::fail(judged.error());
    run_.clock = std::move(*judged);
    if (!run_.clock.jump.empty() && depends_on_clock(run_.account.keep))
        run_.warn(fmt::format(
            "nothing is deleted by age or order in this run: {}; ages are counted from now on. If "
            "the clock is right, say restante fetch {} --believe-clock",
            run_.clock.jump, run_.account.name));
    if (auto copied = copy_what_is_owed(run_); !copied) return copied; // which unsettles
    if (!run_.wish.dry_run && may_settle(run_.account)) {
        const auto settled = run_.with.book.settled(run_.account.name);
        if (!settled) return base::fail(settled.error());
        expected_ = *settled;
    }
    if (!run_.wish.dry_run)
        if (auto swept = run_.with.mail.sweep(); !swept) return base::fail(swept.error());
    return expected_ ? base::result<>() : prepare();
}

/// What earlier runs left: strays, rules, lives.
base::result<> runner::prepare()
{
    const std::string& name = run_.account.name;
    ledger::ledger& book = run_.with.book;
    auto look = ledger::look_at_mail(book, name, run_.with.mail);
    if (!look) return base::fail(look.error());
    run_.missing = look->missing;
    if (run_.wish.dry_run) {
        run_.strays = look->strays;
        // Which of them were only renamed is seen where deletions are foretold: none counts as gone.
        if (!look->strays.empty()) run_.missing.clear();
    }
    if (!run_.wish.dry_run) {
        // Always, and not only after a crash: a ledger that was put back from a copy does not know that it is old.
        const auto adopted = ledger::adopt_strays(book, name, run_.with.mail, *look);
        if (!adopted) return base::fail(adopted.error());
        if (adopted->entered > 0)
            run_.with.log.notice("strays-adopted", {{"account", name}, {"messages", adopted->entered}});
    }
    const auto skipped_by = book.recall(name, skipping);
    if (!skipped_by) return base::fail(skipped_by.error());
    run_.skipping_unchanged = *skipped_by == fingerprint_of_skipping(run_.account);
    return book.each(name, [&](const ledger::life& one) { run_.lives.insert_or_assign(one.unique_id, one); });
}

/// Once for the same ones: whoever removed them on purpose need not hear of it in each run.
base::result<> runner::report_missing()
{
    if (run_.wish.dry_run || expected_) return {}; // where nothing changed, nobody looked
    // What was only moved was found in this run, and its old key is in no holding any more.
    std::set<std::string> held;
    if (!run_.missing.empty())
        if (auto told =
                run_.with.book.each_holding(run_.account.name,
                                            [&](const ledger::holding& one, const ledger::content_hash&) {
                                                if (run_.missing.contains(one.key)) held.insert(one.key);
                                            });
            !told)
            return told;
    run_.missing = std::move(held);
    std::string keys;
    std::string names;
    for (const std::string& key : run_.missing) {
        if (keys.empty()) names = key;
        keys += key + "\n";
    }
    const std::string now = run_.missing.empty() ? "" : ledger::hash_of(keys).text();
    const auto before = run_.with.book.recall(run_.account.name, missing_told);
    if (!before) return base::fail(before.error());
    if (before->value_or("") == now) return {};
    if (!run_.missing.empty())
        run_.warn(fmt::format(
            "{} that {} stored {} not here any more ({}{}): restante restore brings {} back; where you removed {} "
            "yourself, restante rebuild accepts that",
            base::counted(run_.missing.size(), "message"),
            base::for_number(run_.missing.size(), "was", "were"),
            base::for_number(run_.missing.size(), "is", "are"), names,
            run_.missing.size() > 1 ? " and others" : "", base::for_number(run_.missing.size(), "it", "them"),
            base::for_number(run_.missing.size(), "it", "them")));
    return run_.with.book.remember(run_.account.name, missing_told, now);
}

/// An error: not even the first session began.
base::result<> runner::go()
{
    for (unsigned barren = 0;;) {
        run_.tell("signing in");
        auto drop = run_.with.server.sign_in();
        if (!drop && sessions_ == 0) return base::fail(drop.error());
        if (!drop) {
            trouble_ = drop.error();
            return {};
        }
        ++sessions_;
        settled_ = 0;
        const session_end end = session(**drop);
        drop->reset(); // the lock on the maildrop must be free before the next sign-in
        if (end && (*end == left::nothing || run_.stopping())) return {};
        if (end) continue;
        if (end.error().ours && end.error().why.kind == base::failure::no_space && !run_.tight &&
            !run_.stopping()) {
            run_.tight = true;
            // What was published and found no room in the ledger must not be stored a second time.
            if (auto ready = prepare(); !ready) {
                trouble_ = ready.error();
                return {};
            }
            continue;
        }
        barren = settled_ > 0 ? 0 : barren + 1;
        const bool silent = end.error().why.kind == base::failure::timed_out;
        if (end.error().ours || run_.stopping() ||
            barren >= (silent ? silent_sessions_max : barren_sessions_max)) {
            trouble_ = end.error().why;
            return {};
        }
        run_.warn("the connection broke and was made anew: " + end.error().why.operator_text);
    }
}

session_end runner::session(client::maildrop& drop)
{
    run_session in{.drop = drop, .generation = generation_, .stop = run_.with.stop};
    auto end = work(in);
    settled_ = in.settled;
    return end;
}

session_end runner::work(run_session& in)
{
    const std::size_t limit = run_.account.messages_per_session;
    if (auto listed = list(in); !listed) return std::unexpected(listed.error());
    if (run_.wish.dry_run) {
        for (const std::size_t i : in.plan.order)
            run_.counted.settle(in.plan.messages[i].name, tally::outcome::stored);
        if (auto told = foretell_deletions(run_, in); !told) return std::unexpected(told.error());
        in.drop.quit();
        return left::nothing;
    }
    const bool more = limit != 0 && in.plan.order.size() > limit;
    if (auto done = receive_up_to(in, limit != 0 ? limit : in.plan.order.size()); !done)
        return std::unexpected(done.error());
    if (!in.nameless.empty())
        if (auto noted = of_ours(note_unshown(run_, in)); !noted) return std::unexpected(noted.error());
    if (auto done = ask_for_deletions(run_, in); !done) return std::unexpected(done.error());
    if (auto done = receive_given_away(in); !done) return std::unexpected(done.error());
    if (auto done = take_leave(run_, in); !done) return std::unexpected(done.error());
    if (auto noted = of_ours(settle(in)); !noted) return std::unexpected(noted.error());
    ++generation_;
    const bool pages = run_.with.server.host() == paging_host;
    return in.settled > 0 && (more || pages) ? left::more : left::nothing;
}

/// The listing, and what it means.
run_step runner::list(run_session& in)
{
    run_.tell("listing");
    const auto listing = in.drop.list();
    if (!listing) return of_the_line(base::fail(listing.error()));
    run_.listed = true;
    listed_ = hash_of_listing(*listing);
    const auto same = is_as_settled();
    if (!same) return of_ours(base::fail(same.error()));
    if (*same) {
        run_.counted.all_stored_before(listing->messages.size());
        return of_ours(note_all_shown(run_));
    }
    if (expected_) {
        expected_.reset();
        if (auto ready = of_ours(prepare()); !ready) return ready;
    }
    in.plan = make_plan(*listing, run_.lives, run_.account,
                        {.generation = in.generation,
                         .believe_listing = run_.wish.believe_listing,
                         .skipping_unchanged = run_.skipping_unchanged,
                         .failures = &run_.failures});
    run_.suspicious = run_.suspicious || in.plan.suspicious;
    if (auto noted = of_ours(note_listing(in)); !noted) return noted;
    if (auto settled = settle_doubts(run_, in); !settled) return settled;
    if (auto applied = apply_rules(run_, in); !applied) return applied;
    count_listing(in);
    return of_ours(note_skipped(in));
}

/// The same messages there, and here nothing came, went or was renamed since.
base::result<bool> runner::is_as_settled()
{
    if (!expected_ || expected_ != listed_) return false;
    const auto state = run_.with.mail.state();
    if (!state) return base::fail(state.error());
    const auto before = run_.with.book.recall(run_.account.name, settled_mail);
    if (!before) return base::fail(before.error());
    return *state && *before == ledger::hash_of(**state).text();
}

/// The next run need not look at what this one settled.
base::result<> runner::settle(const run_session& in)
{
    if (expected_ || !is_settled(run_, in)) return {};
    // What came just now may change unseen for a while: then the next run is the one that settles the mail.
    const auto state = run_.with.mail.state();
    if (!state) return base::fail(state.error());
    if (auto noted = run_.with.book.remember(run_.account.name, settled_mail,
                                             *state ? ledger::hash_of(**state).text() : std::string());
        !noted)
        return noted;
    return run_.with.book.settle(run_.account.name, *listed_);
}

base::result<> runner::note_listing(run_session& in)
{
    for (const std::string& warning : in.plan.warnings) run_.warn(warning);
    run_.vanished += in.plan.vanished;
    for (const ledger::life& one : in.plan.changed) {
        // What this run asked for and had no answer to is answered now.
        if (run_.unknown_deletions.erase(one.unique_id) > 0 && one.stage == ledger::stage::deleted)
            ++run_.deleted;
    }
    if (auto recorded = run_.record(in.plan.changed); !recorded) return recorded;
    return note_unshown(run_, in);
}

void runner::count_listing(const run_session& in)
{
    run_.shown.messages_all = run_.shown.messages_done + in.plan.order.size();
    run_.shown.octets_all = run_.shown.octets_done;
    for (const planned_message& one : in.plan.messages) {
        run_.counted.listed(one.name);
        switch (one.course) {
        case course::stored_before:
            run_.counted.settle(one.name, run_.is_gone_here(one.message) ? tally::outcome::removed_here
                                                                         : tally::outcome::stored_before);
            break;
        case course::skipped:
            // Without a reason it is one that has failed often enough in this run, and is counted as that.
            if (!one.why.empty()) run_.counted.settle(one.name, tally::outcome::skipped, one.why);
            break;
        case course::fetch: run_.shown.octets_all += one.message.octets.value_or(0); break;
        }
    }
}

/// So that the next run need not look at them again. Those to be deleted unfetched are looked at each time.
base::result<> runner::note_skipped(const run_session& in)
{
    std::vector<ledger::life> lives;
    for (const planned_message& one : in.plan.messages) {
        if (one.course != course::skipped || one.why.empty() || !has_own_name(one.message)) continue;
        const ledger::life* known = run_.find(one.message.unique_id);
        const ledger::stage now =
            in.unseen.contains(one.name) ? ledger::stage::listed : ledger::stage::skipped;
        if (known != nullptr && known->stage == now && known->note == one.why) continue;
        ledger::life noted = run_.life_of(one.message);
        noted.stage = now;
        noted.note = one.why;
        lives.push_back(std::move(noted));
    }
    if (auto recorded = run_.record(lives); !recorded) return recorded;
    if (run_.wish.dry_run || run_.skipping_unchanged) return {};
    run_.skipping_unchanged = true;
    return run_.with.book.remember(run_.account.name, skipping, fingerprint_of_skipping(run_.account));
}

run_step runner::receive_up_to(run_session& in, std::size_t limit)
{
    const auto stride_of = [this](std::span<const std::size_t> of) {
        return of.first(std::min(run_.tight ? tight_messages : stride_messages, of.size()));
    };
    std::span<const std::size_t> those(in.plan.order);
    those = those.first(std::min(limit, those.size()));
    if (those.empty()) return {};
    job_line line(run_.with.beside && !run_.tight);
    std::uint64_t intentions =
        1; // jobs in the line up to that which makes the next stride's intentions durable
    const auto intend_next = [&] {
        return line.give([this, &in, next = stride_of(those)] { return intend(in, next); });
    };
    if (auto given = of_ours(intend_next()); !given) return given;
    while (!those.empty() && !run_.stopping()) {
        const auto now = stride_of(those);
        those = those.subspan(now.size());
        if (auto intended = of_ours(line.wait_for(intentions)); !intended) return intended;
        // While these come: what is intended is durable before it is asked for, and nobody waits for that.
        if (!those.empty() && !run_.stopping())
            if (auto given = of_ours(intend_next()); !given) return given;
        intentions = line.given();
        if (auto done = receive(in, now, line); !done) return done;
    }
    return of_ours(line.wait());
}

run_step runner::receive(run_session& in, std::span<const std::size_t> those, job_line& line)
{
    std::vector<client::listed_message> messages;
    for (const std::size_t i : those) messages.push_back(in.plan.messages[i].message);
    reception sink(
        run_.with.mail, run_.with.clock, run_.tight ? tight_messages : run_.with.group_messages,
        [&](std::vector<arrival> group) {
            return line.give([this, &in, group = std::move(group)]() mutable {
                return settle_group(run_, in, std::move(group));
            });
        },
        [&](const client::listed_message& message, const base::error& why) {
            return line.give([this, &in, number = message.number, why] {
                return settle_failure(run_, in.plan.numbered(number),
                                      "the server refused it: " + why.operator_text, why.temporary);
            });
        },
        [&](std::uint64_t octets) { run_.tell("fetching", 0, octets); }, run_.with.stop);
    const auto received = in.drop.retrieve(messages, sink);
    const auto whole = sink.settle_rest(); // also after the line broke
    if (sink.trouble()) {
        // A disk without room for the next message may have some for the ledger: what came before is settled.
        if (auto settled = of_ours(line.wait()); !settled) return settled;
        return of_ours(base::fail(*sink.trouble()));
    }
    if (!whole) return of_ours(whole);
    if (received) return {};
    if (auto settled = of_ours(line.wait()); !settled) return settled; // from here on `run_` is ours again
    if (sink.under_way())
        if (auto noted = of_ours(blame(in, *sink.under_way(), received.error())); !noted) return noted;
    return of_the_line(received);
}

/// Before QUIT, so that no further sign-in is needed: servers want time between two.
run_step runner::receive_given_away(run_session& in)
{
    if (in.given_away.empty() || run_.stopping()) return {};
    for (const std::size_t i : in.given_away) {
        in.plan.messages[i].course = course::fetch;
        run_.shown.octets_all += in.plan.messages[i].message.octets.value_or(0);
    }
    in.plan.order = in.given_away;
    return receive_up_to(in, in.plan.order.size());
}

base::result<> runner::intend(const run_session& in, std::span<const std::size_t> those)
{
    std::vector<ledger::life> lives;
    for (const std::size_t i : those) {
        const client::listed_message& message = in.plan.messages[i].message;
        if (!has_own_name(message)) continue; // known by its content alone, which is not here yet
        ledger::life intended = run_.life_of(message);
        if (intended.stage >= ledger::stage::stored)
            continue; // fetched again to be compared: what is kept stays known
        intended.stage = ledger::stage::intended;
        intended.note.clear();
        if (!intended.hash) intended.octets = message.octets.value_or(0);
        lives.push_back(std::move(intended));
    }
    return run_.record(lives);
}

/// A message in whose middle the line broke may be the reason for it.
base::result<> runner::blame(const run_session& in, const arrival& broken, const base::error& why)
{
    return settle_failure(run_, in.plan.numbered(broken.message.number),
                          "the connection broke in the middle of it: " + why.operator_text, false);
}

closing_account runner::account() const
{
    closing_account all{.account = run_.account.name, .dry_run = run_.wish.dry_run};
    run_.counted.tell(all);
    all.listed = run_.listed;
    all.deletions = run_.deletions;
    all.stopped = run_.stopping() && !trouble_ && all.not_reached > 0;
    all.octets_stored = run_.wish.dry_run ? run_.shown.octets_all : run_.octets_stored;
    all.deleted = run_.deleted;
    all.deletion_unknown = run_.unknown_deletions.size();
    all.vanished = run_.vanished;
    all.quarantined = run_.quarantined;
    all.warnings.assign(run_.warnings.begin(), run_.warnings.end());
    all.disk_full = trouble_ && trouble_->kind == base::failure::no_space;
    all.uncopied = run_.uncopied.size();
    if (all.uncopied > 0) {
        all.uncopied_why = run_.uncopied_why;
        all.warnings.push_back(fmt::format("{} could not be put into the second copy in {}: {}",
                                           base::counted(all.uncopied, "message"), run_.account.second_copy,
                                           all.uncopied_why));
    }
    all.trouble = trouble_ ? trouble_->operator_text : "";
    all.temporary = trouble_
                        ? trouble_->temporary
                        : !all.failed.empty() && std::ranges::all_of(all.failed, &exception_entry::temporary);
    all.unproven = run_.unproven;
    all.guard_stopped = run_.guarded;
    all.clock_jumped = !run_.clock.jump.empty() && depends_on_clock(run_.account.keep);
    all.sessions = sessions_;
    return all;
}

} // namespace

base::result<closing_account> fetch(const account_settings& account, const fetch_parts& with,
                                    const fetch_wish& wish)
{
    const base::steady_time began = with.clock.steady_now();
    run all(account, with, wish);
    runner loop(all);
    if (auto ready = loop.begin(); !ready) return base::fail(ready.error());
    const auto went = loop.go();
    if (auto noted = note_what_is_owed(all); !noted) return base::fail(noted.error());
    if (!went) return base::fail(went.error());
    if (auto reported = loop.report_missing(); !reported) return base::fail(reported.error());
    closing_account told = loop.account();
    told.seconds = std::chrono::duration<double>(with.clock.steady_now() - began).count();
    return told;
}

} // namespace archive
