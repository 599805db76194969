// The only code that sends DELE.
#include "archive/deletion.hpp"

#include "archive/changed_copies.hpp"
#include "archive/group.hpp"
#include "archive/proof.hpp"
#include "archive/retention.hpp"
#include "base/counted.hpp"
#include "ledger/copy_state.hpp"
#include "ledger/moved_copies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace archive {

namespace {

using planned_messages = std::vector<const planned_message*>;

/// Those that the policy lets go.
planned_messages permitted(const run& current, const run_session& session)
{
    std::vector<retention_candidate> candidates;
    for (const planned_message& planned : session.plan.messages) {
        const auto found = current.known.records.find(session.record_name(planned));
        candidates.push_back({&planned.message,
                              found == current.known.records.end() ? nullptr : &found->second,
                              session.fetched.contains(planned.name)});
    }
    const auto verdicts =
        decide_retention(current.inputs.account.keep, candidates,
                         {current.inputs.parts.clock.now(), current.inputs.account.delivers_instead,
                          current.report.suspicious, current.known.clock.ages_from});
    planned_messages may;
    for (std::size_t i = 0; i != verdicts.size(); ++i) {
        const planned_message& planned = session.plan.messages[i];
        // What was to be fetched again and did not come: nobody knows what the server has there.
        const bool missed = planned.course == course::fetch && !session.fetched.contains(planned.name);
        if (verdicts[i].may_delete && !missed) may.push_back(&planned);
    }
    return may;
}

planned_messages wanted_unseen(const run& current, const run_session& session)
{
    planned_messages messages;
    if (current.report.suspicious) return messages;
    for (const planned_message& planned : session.plan.messages)
        if (session.unseen.contains(planned.name) && has_own_name(planned.message))
            messages.push_back(&planned);
    return messages;
}

/// True: go on.
bool pass_guard(run& current, const run_session& session, std::uint64_t now)
{
    if (current.report.guarded) return false;
    const std::uint64_t total =
        current.report.deleted + std::max<std::uint64_t>(now, prospects(current, session).size());
    if (total <= current.report.deletions_confirmed_by_a_person) return true;
    const auto reason = guard_objection(current.inputs.account.guard, current.inputs.account.keep,
                                        current.report.counted.on_server(), total);
    if (!reason) return true;
    const deletion_plan plan{current.inputs.account.name, current.report.counted.on_server(), total,
                             text_of(current.inputs.account.keep), *reason};
    if (current.inputs.parts.confirm && !current.inputs.stopping() && current.inputs.parts.confirm(plan)) {
        current.report.deletions_confirmed_by_a_person = total;
        return true;
    }
    current.report.guarded = true;
    current.report.warn(fmt::format(
        "nothing was deleted on the server: {} ([keep] in {}.toml; {}); restante fetch {} --yes agrees",
        *reason, current.inputs.account.name, plan.policy, current.inputs.account.name));
    return false;
}

/// Stored, and on the server as far as the ledger knows.
bool is_thought_there(const ledger::message_record& known)
{
    return known.stage == ledger::stage::stored || known.stage == ledger::stage::delete_asked ||
           known.stage == ledger::stage::delete_unknown;
}

bool is_missing(const run& current, const ledger::message_record* known)
{
    return known != nullptr && current.known.missing.contains(known->key);
}

/// What is damaged is fetched again, under all unique-ids that it has on the server. That is noted first: records
/// without
/// a copy that still counted as stored would be taken for removed by a person, and never fetched again. The holding
/// stays, so that `verify` and `restore` know of the loss until the octets are here again.
base::result<> give_up_copy(run& current, const std::string& key)
{
    std::vector<ledger::message_record> records;
    for (const auto& [id, record] : current.known.records) {
        if (record.key != key || !is_thought_there(record)) continue;
        ledger::message_record again = record;
        again.stage = ledger::stage::listed;
        again.note = "its copy " + key + " was damaged";
        again.key.clear();
        again.verified = again.second_copy = false;
        records.push_back(std::move(again));
    }
    if (auto noted = current.known.record(records); !noted) return noted;
    current.report.warn("the kept message " + key +
                        " is damaged; it stays on the server and is fetched again");
    if (!current.inputs.parts.aside.empty()) {
        const auto aside = current.inputs.parts.mail.set_aside(key, current.inputs.parts.aside);
        if (aside) return {};
        current.report.warn("it cannot be put aside: " + aside.error().operator_text);
    }
    return current.inputs.parts.book.forget_copy(current.inputs.account.name,
                                                 key); // else its file would count as the copy again
}

/// The kept copy is there and is what was stored; says so in the ledger. False: it may not be deleted.
base::result<bool> kept_copy_is_good(run& current, ledger::message_record known)
{
    if (known.stage < ledger::stage::stored)
        return false;                   // its copy was found damaged under another unique-id
    if (known.key.empty()) return true; // a target took it: retention looked at that
    const auto hash = ledger::read_and_hash(current.inputs.parts.mail, known.key);
    // Moved or removed since the run began: the next run looks for it, and reports it where it is gone.
    if (!hash && hash.error().kind == base::failure::vanished) return false;
    // In an encrypted archive octets that were changed cannot be opened: the same damage.
    const bool damaged = hash ? *hash != known.hash : hash.error().kind == base::failure::malformed;
    if (!hash && !damaged) {
        ++current.report.unproven;
        current.report.warn("a kept message cannot be read and stays on the server: " +
                            hash.error().operator_text);
        return false;
    }
    if (damaged) {
        if (auto done = give_up_copy(current, known.key); !done) return base::fail(done.error());
        return false;
    }
    known.verified = true;
    if (current.inputs.parts.second_copy != nullptr)
        if (auto copied = prove_second_copy(current, known); !copied)
            current.report.note_uncopied(*known.hash, copied.error());
    const bool copied = current.inputs.account.second_copy.empty() || known.second_copy;
    current.known.records.insert_or_assign(known.unique_id, std::move(known)); // durable with `delete_asked`
    return copied;
}

/// Those whose copies are gone here stay on the server, and the ledger goes on to hold them, so that they can be
/// restored. Those that a mail program put fields into are found again. Before the guard: it counts what is found.
run_step leave_missing(run& current, run_session& session, planned_messages& messages)
{
    const auto missing = [&](const planned_message* planned) {
        return is_missing(current, current.known.find(session.record_name(*planned)));
    };
    planned_messages gone;
    std::ranges::copy_if(messages, std::back_inserter(gone), missing);
    if (auto looked = find_changed_copies(current, session, gone); !looked) return looked;
    std::erase_if(messages, missing);
    return {};
}

/// What an earlier run published, and was killed before it synced, is seen and read, and would not outlive a power cut.
base::result<> make_durable(const run& current, const run_session& session, const planned_messages& messages)
{
    std::vector<std::string> keys;
    for (const planned_message* planned : messages) {
        const auto found = current.known.records.find(session.record_name(*planned));
        if (found != current.known.records.end() && !found->second.key.empty())
            keys.push_back(found->second.key);
    }
    return current.inputs.parts.mail.make_durable(keys);
}

/// Those whose copies here are good. Long work on our side: the server hears of us meanwhile.
std::expected<planned_messages, run_trouble> with_good_copies(run& current, run_session& session,
                                                              const planned_messages& messages)
{
    constexpr std::chrono::seconds silence_max{30}; // some servers leave after 60 s
    planned_messages good;
    base::steady_time heard = current.inputs.parts.clock.steady_now();
    for (const planned_message* planned : messages) {
        if (current.inputs.stopping() && !session.fetched.contains(planned->name)) continue;
        auto fine = kept_copy_is_good(current, *current.known.find(session.record_name(*planned)));
        if (!fine) return std::unexpected(run_trouble{true, fine.error()});
        if (*fine) good.push_back(planned);
        if (current.inputs.parts.clock.steady_now() - heard < silence_max) continue;
        if (auto alive = of_the_line(session.drop.keep_alive()); !alive)
            return std::unexpected(alive.error());
        heard = current.inputs.parts.clock.steady_now();
    }
    if (auto safe = of_ours(make_durable(current, session, good)); !safe)
        return std::unexpected(safe.error());
    return good;
}

std::vector<ledger::message_record> records_in(const run& current, const run_session& session,
                                               const planned_messages& messages, ledger::stage stage)
{
    std::vector<ledger::message_record> records;
    for (const planned_message* planned : messages) {
        const auto found = current.known.records.find(session.record_name(*planned));
        ledger::message_record now =
            found != current.known.records.end() ? found->second : current.known.record_of(planned->message);
        if (const auto rule = session.unseen.find(planned->name); rule != session.unseen.end())
            now.note = "deleted unfetched by the rule " + rule->second;
        now.stage = stage;
        records.push_back(std::move(now));
    }
    return records;
}

/// Notes the wish, durably, and only then tells the server.
run_step ask(run& current, run_session& session, const planned_messages& wanted)
{
    if (auto noted =
            of_ours(current.known.record(records_in(current, session, wanted, ledger::stage::delete_asked)));
        !noted)
        return noted;
    std::vector<client::listed_message> messages;
    for (const planned_message* planned : wanted) messages.push_back(planned->message);
    current.progress.advance("deleting");
    auto marked = session.drop.mark_deleted(messages);
    if (!marked) return std::unexpected(run_trouble{false, marked.error()});
    planned_messages refused;
    for (std::size_t i = 0; i != wanted.size(); ++i)
        if (i < marked->size() && (*marked)[i])
            session.asked.push_back(session.record_name(*wanted[i]));
        else
            refused.push_back(wanted[i]);
    if (refused.empty()) return {};
    current.report.warn("the server refused to delete " + base::counted(refused.size(), "message"));
    auto back = records_in(current, session, refused, ledger::stage::stored);
    for (ledger::message_record& record : back)
        if (!record.hash) record.stage = ledger::stage::listed; // was to go unfetched
    return of_ours(current.known.record(back));
}

} // namespace

std::vector<exception_entry> prospects(const run& current, const run_session& session)
{
    known_records as_if;
    std::vector<retention_candidate> candidates;
    for (const planned_message& planned : session.plan.messages) {
        const std::string id = session.record_name(planned);
        const auto found = current.known.records.find(id);
        if (planned.course == course::fetch && !session.unseen.contains(planned.name)) {
            ledger::message_record soon = found != current.known.records.end()
                                              ? found->second
                                              : ledger::message_record{.first_listed = current.inputs.began};
            soon.stage = ledger::stage::stored;
            soon.hash = ledger::content_hash{};
            soon.stored_at = current.inputs.parts.clock.now();
            soon.taken_over = false;
            if (const auto date = session.dates.find(planned.message.number); date != session.dates.end())
                soon.message_date = date->second;
            soon.key = "soon";
            const auto placed = as_if.insert_or_assign(planned.name, std::move(soon)).first;
            candidates.push_back({&planned.message, &placed->second, true});
        } else {
            candidates.push_back(
                {&planned.message, found == current.known.records.end() ? nullptr : &found->second, false});
        }
    }
    const auto verdicts =
        decide_retention(current.inputs.account.keep, candidates,
                         {current.inputs.parts.clock.now(), current.inputs.account.delivers_instead,
                          current.report.suspicious, current.known.clock.ages_from});
    std::vector<exception_entry> entries;
    for (std::size_t i = 0; i != verdicts.size(); ++i)
        // A dry run counts the missing for itself: leave_out_bad_copies().
        if (verdicts[i].may_delete &&
            (current.inputs.wish.dry_run || !is_missing(current, candidates[i].known)))
            entries.push_back({session.plan.messages[i].name, verdicts[i].reason});
    for (const planned_message* planned : wanted_unseen(current, session))
        entries.push_back({planned->name, "by the rule " + session.unseen.at(planned->name)});
    return entries;
}

namespace {

/// The hashes of what other programs renamed: a run finds it before it deletes.
std::set<ledger::content_hash> hashes_of_orphans(const run& current)
{
    std::set<ledger::content_hash> found;
    for (const std::string& key : current.known.orphans)
        if (const auto hash = ledger::read_and_hash(current.inputs.parts.mail, key)) found.insert(*hash);
    return found;
}

bool is_elsewhere(const run& current, const ledger::message_record& known,
                  const std::set<ledger::content_hash>& orphans)
{
    if (orphans.contains(*known.hash)) return true;
    const auto place = ledger::other_place(current.inputs.parts.book, known.account,
                                           current.inputs.parts.mail, *known.hash, known.key);
    return place && *place;
}

/// A run reads each kept copy before it deletes; so does a dry one.
void leave_out_bad_copies(run& current, const run_session& session)
{
    std::map<std::string_view, const planned_message*> named;
    for (const planned_message& planned : session.plan.messages) named[planned.name] = &planned;
    std::optional<std::set<ledger::content_hash>> orphans;
    std::uint64_t gone = 0, bad = 0;
    std::vector<exception_entry> good;
    for (exception_entry& entry : current.report.deletions) {
        const planned_message& planned = *named.at(entry.unique_id);
        const auto known = current.known.records.find(session.record_name(planned));
        const bool unread = planned.course == course::fetch || session.unseen.contains(entry.unique_id) ||
                            known == current.known.records.end() || known->second.key.empty();
        if (!unread) {
            const auto hash = ledger::read_and_hash(current.inputs.parts.mail, known->second.key);
            const bool missing = !hash && hash.error().kind == base::failure::vanished;
            if (missing && !orphans) orphans = hashes_of_orphans(current);
            const bool moved =
                missing && known->second.hash && is_elsewhere(current, known->second, *orphans);
            gone += missing && !moved ? 1 : 0;
            bad += !missing && (!hash || *hash != known->second.hash) ? 1 : 0;
            if (!moved && (!hash || *hash != known->second.hash)) continue;
        }
        good.push_back(std::move(entry));
    }
    current.report.deletions = std::move(good);
    if (gone + bad > 0)
        current.report.warn(fmt::format(
            "{} would stay on the server that the policy lets go: here {} {} gone and {} {} damaged or cannot be read",
            base::counted(gone + bad, "message"), gone, base::for_number(gone, "is", "are"), bad,
            base::for_number(bad, "is", "are")));
}

} // namespace

run_step announce_deletions(run& current, run_session& session)
{
    if (const auto* days = std::get_if<keep_days>(&current.inputs.account.keep);
        days != nullptr && days->clock == age_clock::message)
        if (auto looked = look_at_dates(current, session); !looked) return looked;
    current.report.deletions = prospects(current, session);
    leave_out_bad_copies(current, session);
    current.report.deleted = current.report.deletions.size();
    const auto reason = guard_objection(current.inputs.account.guard, current.inputs.account.keep,
                                        current.report.counted.on_server(), current.report.deletions.size());
    if (reason)
        current.report.warn(fmt::format(
            "the run would ask before it deletes any: {} ([keep] in {}.toml); with --yes it does not ask",
            *reason, current.inputs.account.name));
    return {};
}

run_step ask_for_deletions(run& current, run_session& session)
{
    planned_messages messages = permitted(current, session);
    planned_messages unseen = wanted_unseen(current, session);
    if (current.inputs.stopping()) {
        // What came just now is settled; all else takes long, and the next run does it.
        std::erase_if(messages, [&](const planned_message* planned) {
            return !session.fetched.contains(planned->name);
        });
        unseen.clear();
    } else if (auto left = leave_missing(current, session, messages); !left) {
        return left;
    }
    if (messages.empty() && unseen.empty()) return {};
    if (!pass_guard(current, session, messages.size() + unseen.size())) return {};
    current.progress.advance("verifying");
    auto good = with_good_copies(current, session, messages);
    if (!good) return std::unexpected(good.error());
    if (auto proved = keep_proved(current, session, *good); !proved) return proved;
    good->insert(good->end(), unseen.begin(), unseen.end());
    return good->empty() ? run_step{} : ask(current, session, *good);
}

run_step quit_session(run& current, run_session& session)
{
    const client::quit_outcome answer = session.drop.quit();
    if (session.asked.empty()) return {};
    const bool gone = answer == client::quit_outcome::confirmed;
    std::vector<ledger::message_record> records;
    for (const std::string& id : session.asked) {
        ledger::message_record now = *current.known.find(id);
        now.stage = gone ? ledger::stage::deleted : ledger::stage::delete_unknown;
        if (!gone) current.known.unknown_deletions.insert(id);
        records.push_back(std::move(now));
    }
    if (gone) current.report.deleted += records.size();
    if (answer == client::quit_outcome::refused)
        current.report.warn(
            "the server says that it did not delete all: the next listing shows which are left");
    if (answer == client::quit_outcome::unknown)
        current.report.warn("the server did not answer QUIT: the next listing shows whether it deleted");
    return of_ours(current.known.record(records));
}

} // namespace archive
