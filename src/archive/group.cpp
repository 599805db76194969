// Receive → judge → publish → deliver → record.
#include "archive/group.hpp"

#include "archive/proof.hpp"
#include "archive/retention.hpp"
#include "archive/rules.hpp"
#include "deliver/delivery_target.hpp"
#include "deliver/virus_scanner.hpp"
#include "ledger/added_fields.hpp"
#include "ledger/bare_copies.hpp"
#include "ledger/copy_state.hpp"
#include "ledger/orphans.hpp"
#include "mail/mime/reading.hpp"

#include <algorithm>
#include <utility>

namespace archive {

namespace {

using octet_sink = std::function<base::result<>(std::string_view)>;

/// A message of the group on its way.
struct piece {
    arrival came;
    const planned_message* planned = nullptr;
    ledger::message_record becoming{};
    store::placement place{};
    std::optional<base::error> trouble{}; ///< it is not stored
    bool held_before = false;             ///< the octets were here already
    bool begun_before = false;            ///< an earlier try stored them, and failed after that: at a target
    bool delivered_before = false;        ///< a record with these octets was stored
    bool taken_noted = false;             ///< the ledger says which targets took it
    bool compared_only = false;           ///< its own record was stored, and has them
    bool quarantined = false;
    ledger::lost_copies lost{}; ///< of the same octets
    piece* twin = nullptr;      ///< an earlier one of this group with the same octets
};

class group_work {
public:
    group_work(run& current, run_session& session, std::vector<arrival> group);
    base::result<> settle();

private:
    void prepare(piece& item);
    base::result<> judge(piece& item);
    base::result<> find_same(piece& item);
    base::result<> replace_lost(const piece& item);
    base::result<> give_life_to(const piece& item, const std::string& lost_key, const std::string& event);
    base::result<> put_aside(const std::string& key);
    void compare_with_kept(piece& item);
    base::result<> find_left_by_adopt(piece& item);
    base::result<ledger::bare_message> bare(const piece& item) const;
    base::result<bool> is_same_letter(piece& item, const ledger::message_record& before);
    void take_from_other_account(piece& item, const std::vector<ledger::stored_copy>& held);
    base::result<bool> follow_renamed(const std::string& key);
    bool kept_here(const piece& item) const;
    base::result<> publish();
    base::result<> hand_on(piece& item);
    base::result<> deliver(piece& item, const deliver::message_source& source);
    base::result<> record();
    void count(const piece& item);

    run& run_;
    run_session& session_;
    std::vector<piece> pieces_;
    std::optional<ledger::bare_copies> held_{}; ///< asked only for what adopt() left
};

group_work::group_work(run& current, run_session& session, std::vector<arrival> group)
    : run_(current), session_(session)
{
    pieces_.reserve(group.size()); // twins are pointed at
    for (arrival& came : group) {
        piece item{.came = std::move(came)};
        item.planned = &session.plan.numbered(item.came.message.number);
        prepare(item);
        pieces_.push_back(std::move(item));
    }
}

/// The record as it will be if all goes well, and the place by the rules.
void group_work::prepare(piece& item)
{
    ledger::message_record& record = item.becoming;
    const bool named = has_own_name(item.came.message);
    const std::string id =
        named ? item.came.message.unique_id : std::string(nameless_prefix) + item.came.hash.text();
    if (const auto* known = run_.known.find(id); known != nullptr) {
        record = *known;
        item.begun_before =
            known->stage < ledger::stage::stored && !known->key.empty() && known->hash == item.came.hash;
    } else {
        record = {.account = run_.inputs.account.name, .unique_id = id, .first_listed = run_.inputs.began};
    }
    record.stage = ledger::stage::stored;
    record.hash = item.came.hash;
    record.key.clear();
    record.octets = item.came.octets;
    record.header_hash = item.came.header_hash;
    record.stored_at = run_.inputs.parts.clock.now();
    record.message_date = mail::mime::date_of_message(item.came.header);
    record.note = item.came.doubtful ? doubtful_note : "";
    record.taken_over = record.verified = record.second_copy = record.adopted = false;
    record.listed_octets = item.came.message.octets;
    const filing filed = file_by(run_.inputs.account.rules, {item.came.header, item.came.octets});
    item.place.folder = filed.folder;
    item.place.marks.seen = filed.seen;
    item.place.marks.flagged = filed.flagged;
}

base::result<> group_work::settle()
{
    std::optional<base::error> ends_run;
    for (piece& item : pieces_) {
        if (auto judged = judge(item); !judged) {
            item.trouble = judged.error();
            ends_run = judged.error(); // nothing will be judged while the scanner is away
        }
        if (auto looked = find_same(item); !looked) return looked;
    }
    if (auto published = publish(); !published) ends_run = published.error();
    for (piece& item : pieces_)
        if (auto done = hand_on(item); !done) item.trouble = done.error();
    if (auto recorded = record(); !recorded) return recorded;
    if (ends_run) return base::fail(*ends_run);
    return {};
}

base::result<> group_work::judge(piece& item)
{
    if (run_.inputs.parts.scanner == nullptr) return {};
    auto found = run_.inputs.parts.scanner->scan(
        [&](const octet_sink& sink) { return item.came.body->read_back(sink); });
    if (!found) return base::fail(found.error());
    if (!*found) return {};
    item.quarantined = true;
    item.place = {.folder = std::string(quarantine_folder), .marks = {}, .arrival = {}};
    if (!item.came.doubtful) item.becoming.note = "in the folder Quarantine: " + **found + " was found in it";
    run_.report.warn("a message with " + **found +
                     " was put into the folder Quarantine: " + item.planned->name);
    return {};
}

/// Are the octets here already: in this group, in this account, in another one?
base::result<> group_work::find_same(piece& item)
{
    if (item.trouble) return {};
    compare_with_kept(item);
    if (item.trouble) return {};
    for (piece& other : pieces_) {
        if (&other == &item || item.held_before) break;
        if (other.came.hash == item.came.hash && !other.trouble && other.twin == nullptr) item.twin = &other;
    }
    if (item.twin != nullptr) return {};
    if (!run_.inputs.parts.targets.empty()) {
        auto records = run_.inputs.parts.book.records_with_hash(*item.becoming.hash);
        if (!records) return base::fail(records.error());
        item.delivered_before = std::ranges::any_of(*records, [&](const ledger::message_record& known) {
            return known.account == run_.inputs.account.name && known.stage >= ledger::stage::stored;
        });
    }
    if (item.held_before) return {};
    auto held = run_.inputs.parts.book.copies(item.came.hash, run_.inputs.account.name);
    if (!held) return base::fail(held.error());
    if (!held->empty() && held->front().account == run_.inputs.account.name) { // its own are first
        const auto followed = follow_renamed(held->front().key);
        if (!followed) return base::fail(followed.error());
        if (*followed) held = run_.inputs.parts.book.copies(item.came.hash, run_.inputs.account.name);
        if (!held) return base::fail(held.error());
    }
    std::optional<base::error> unread;
    for (const ledger::stored_copy& place : *held) {
        if (place.account != run_.inputs.account.name) continue;
        const auto state = ledger::state_of_copy(run_.inputs.parts.mail, place.key, item.came.hash);
        if (!state) unread = state.error();
        if (state) item.lost.add(place.key, *state);
        if (!state || *state != ledger::copy_state::good) continue;
        item.becoming.key = place.key;
        item.held_before = true;
        // Compared only: its days go on.
        if (const ledger::message_record* before = run_.known.find(item.becoming.unique_id);
            before != nullptr && before->stage >= ledger::stage::stored && before->hash == item.came.hash)
            item.becoming.stored_at = before->stored_at;
        return {};
    }
    if (unread) {
        item.trouble = std::move(unread);
        return {};
    }
    if (auto looked = find_left_by_adopt(item); !looked) return looked;
    if (item.held_before) return {};
    if (!item.quarantined)
        item.place = ledger::place_of_damaged(run_.inputs.parts.mail, item.lost, item.place);
    if (kept_here(item)) take_from_other_account(item, *held);
    return {};
}

/// What came under a unique-id that was stored before: the same octets, the same letter with other fields of the
/// server's own, or another letter. The last is stored beside the first.
void group_work::compare_with_kept(piece& item)
{
    ledger::message_record& now = item.becoming;
    const ledger::message_record* before = run_.known.find(now.unique_id);
    if (before == nullptr || !before->hash) return;
    item.compared_only = before->stage >= ledger::stage::stored;
    if (*before->hash == item.came.hash) {
        const bool changed =
            before->listed_octets && now.listed_octets && *before->listed_octets != *now.listed_octets;
        now.size_changes += changed ? 1 : 0;
        return;
    }
    auto same = is_same_letter(item, *before);
    if (same && !*same) {
        const auto followed = follow_renamed(before->key);
        if (!followed || *followed) same = followed ? is_same_letter(item, *before) : followed;
    }
    if (!same) {
        item.trouble = same.error();
    } else if (*same) {
        now.hash = before->hash;
        now.key = before->key;
        now.octets = before->octets;
        now.stored_at = before->stored_at;
        item.held_before = true;
    } else {
        now.first_listed = run_.inputs.began;
        now.size_changes = 0;
        if (now.note.empty() && !before->key.empty())
            now.note = "the server gave this unique-id to another message; " + before->key + " is kept";
    }
}

/// What adopt() could not tell by its header section: the kept message that is the same letter, but for added fields.
base::result<> group_work::find_left_by_adopt(piece& item)
{
    const ledger::message_record* before = run_.known.find(item.becoming.unique_id);
    if (before == nullptr || !before->adopted || before->hash) return {};
    const auto served = bare(item);
    if (!served) return base::fail(served.error());
    if (!held_) held_.emplace(run_.inputs.account.name, run_.inputs.parts.book, run_.inputs.parts.mail);
    const auto alike = held_->find(*served);
    if (!alike) return base::fail(alike.error());
    for (const ledger::bare_match& candidate : *alike) {
        const auto same = is_same_but_added(run_.inputs.parts.mail, candidate.held.key, *served);
        if (!same) return base::fail(same.error());
        if (!*same) continue;
        item.becoming.hash = candidate.hash;
        item.becoming.key = candidate.held.key;
        item.becoming.octets = candidate.held.octets;
        item.held_before = true;
        const auto is_its = [&](const auto& known) { return known.second.key == candidate.held.key; };
        if (std::ranges::none_of(run_.known.records, is_its))
            return {}; // else a later one may be nobody's yet
    }
    return {};
}

base::result<ledger::bare_message> group_work::bare(const piece& item) const
{
    ledger::bare_message_reader reader;
    auto read = item.came.body->read_back([&](std::string_view octets) -> base::result<> {
        reader.add(octets);
        return {};
    });
    if (!read) return base::fail(read.error());
    return reader.finish();
}

base::result<bool> group_work::is_same_letter(piece& item, const ledger::message_record& before)
{
    const auto served = bare(item);
    if (!served) return base::fail(served.error());
    return is_same_but_added(run_.inputs.parts.mail, before.key, *served);
}

/// What a mail program renamed since the run began would else be taken for another letter, and stored once more. The
/// mail is looked through again at most once in a run: who removed many copies must not wait for each. False: nothing
/// can have been found.
base::result<bool> group_work::follow_renamed(const std::string& key)
{
    if (key.empty() || run_.known.followed_again) return false;
    const auto found = run_.inputs.parts.mail.find(key);
    if (found || found.error().kind != base::failure::vanished) return false;
    run_.known.followed_again = true;
    const auto adopted =
        ledger::adopt_orphans(run_.inputs.parts.book, run_.inputs.account.name, run_.inputs.parts.mail);
    if (!adopted) return base::fail(adopted.error());
    auto read = run_.inputs.parts.book.for_each_record(
        run_.inputs.account.name, [&](const ledger::message_record& now) {
            const auto known = run_.known.records.find(now.unique_id);
            if (known != run_.known.records.end() && known->second.hash == now.hash)
                known->second.key = now.key;
        });
    if (!read) return base::fail(read.error());
    return true;
}

/// Its octets are here again: all that had them in a file that is gone or damaged has them there. Only now, for until
/// then the ledger alone knows of the loss.
base::result<> group_work::replace_lost(const piece& item)
{
    // Where another copy was good, nothing came in their place: `verify` tells of them.
    if (item.trouble || item.becoming.key.empty() || item.held_before) return {};
    for (const std::string& key : item.lost.gone) {
        if (auto moved = give_life_to(item, key, " was gone, and its octets came again"); !moved)
            return moved;
        if (auto done = run_.inputs.parts.book.forget_copy(run_.inputs.account.name, key); !done) return done;
    }
    for (const std::string& key : item.lost.damaged) {
        if (auto moved = give_life_to(item, key, " was damaged, and its octets came again"); !moved)
            return moved;
        if (auto done = put_aside(key); !done) return done;
    }
    return {};
}

base::result<> group_work::give_life_to(const piece& item, const std::string& lost_key,
                                        const std::string& event)
{
    std::vector<ledger::message_record> records;
    for (const auto& [id, known] : run_.known.records) {
        if (known.key != lost_key || known.hash != item.becoming.hash) continue;
        records.push_back(known);
        records.back().key = item.becoming.key;
        records.back().verified = false;
        records.back().second_copy = item.becoming.second_copy;
        records.back().note = lost_key + event;
    }
    return run_.known.record(records);
}

/// The file first: were it there without its stored copy, the next run would take it for a message of its own.
base::result<> group_work::put_aside(const std::string& key)
{
    if (run_.inputs.parts.aside.empty()) return {};
    if (const auto done = run_.inputs.parts.mail.set_aside(key, run_.inputs.parts.aside); !done) {
        run_.report.warn(
            "the kept message " + key +
            " was damaged, and its octets came again; it cannot be put aside: " + done.error().operator_text);
        return {};
    }
    run_.report.warn("the kept message " + key +
                     " was damaged, and its octets came again; the damaged file lies in " +
                     run_.inputs.parts.aside + " now");
    return run_.inputs.parts.book.forget_copy(run_.inputs.account.name, key);
}

void group_work::take_from_other_account(piece& item, const std::vector<ledger::stored_copy>& held)
{
    if (!run_.inputs.parts.other) return;
    for (const ledger::stored_copy& place : held) {
        if (place.account == run_.inputs.account.name) continue;
        store::collection* const collection = run_.inputs.parts.other(place.account);
        if (collection == nullptr) continue;
        // What cannot be linked, or is not what the ledger thinks, is published like any other.
        const auto hash = ledger::read_and_hash(*collection, place.key);
        if (!hash || *hash != item.came.hash) continue;
        if (auto key = run_.inputs.parts.mail.publish_copy(*collection, place.key, item.place); key) {
            item.becoming.key = *key;
            return;
        }
    }
}

bool group_work::kept_here(const piece& item) const
{
    return !run_.inputs.account.delivers_instead || run_.inputs.parts.targets.empty() || item.quarantined;
}

base::result<> group_work::publish()
{
    std::vector<store::collection::publication> group;
    std::vector<piece*> items;
    for (piece& item : pieces_) {
        if (item.trouble || item.twin != nullptr || !item.becoming.key.empty() || !kept_here(item)) continue;
        group.push_back({std::move(item.came.body), item.place});
        items.push_back(&item);
    }
    if (group.empty()) return {};
    const auto keys = run_.inputs.parts.mail.publish(std::move(group));
    base::result<> done;
    for (std::size_t i = 0; i != items.size(); ++i)
        if (keys[i])
            items[i]->becoming.key = *keys[i];
        else
            done = base::fail(*(items[i]->trouble = keys[i].error()));
    return done;
}

/// To the targets, into the second copy, and to those who came with the same octets.
base::result<> group_work::hand_on(piece& item)
{
    if (item.trouble) return {};
    if (item.twin != nullptr) {
        if (item.twin->trouble) return base::fail(*item.twin->trouble);
        item.becoming.key = item.twin->becoming.key;
        item.becoming.hash = item.twin->becoming.hash;
        item.becoming.octets = item.twin->becoming.octets;
        item.becoming.second_copy = item.twin->becoming.second_copy;
        item.becoming.verified = item.twin->becoming.verified;
        item.held_before = true;
        return {};
    }
    const deliver::message_source source = [&](const octet_sink& sink) -> base::result<> {
        if (item.came.body) return item.came.body->read_back(sink);
        auto message = run_.inputs.parts.mail.open(item.becoming.key);
        if (!message) return base::fail(message.error());
        return store::read_canonical(**message, sink);
    };
    if (!item.quarantined && !item.delivered_before)
        if (auto delivered = deliver(item, source); !delivered) return delivered;
    if (item.becoming.key.empty())
        item.becoming.verified = true; // by the target, that took it
    else if (run_.inputs.parts.second_copy != nullptr) {
        // What was here may have its copy already.
        const bool is_new = !item.held_before && !item.begun_before;
        auto copied = is_new ? make_second_copy(run_, item.becoming) : prove_second_copy(run_, item.becoming);
        if (!copied) run_.report.note_uncopied(*item.becoming.hash, copied.error());
    }
    return {};
}

/// To those targets that did not take it in an earlier run. Each yes is durable before the next one is asked; that of
/// the last is so with the record.
base::result<> group_work::deliver(piece& item, const deliver::message_source& source)
{
    ledger::ledger& book = run_.inputs.parts.book;
    std::vector<deliver::delivery_target*> open;
    for (deliver::delivery_target* target : run_.inputs.parts.targets) {
        const auto taken = book.was_taken(run_.inputs.account.name, item.came.hash, target->identity());
        if (!taken) return base::fail(taken.error());
        item.taken_noted = item.taken_noted || *taken;
        if (!*taken) open.push_back(target);
    }
    for (deliver::delivery_target* target : open) {
        if (auto taken = target->deliver(source, item.came.octets); !taken) return taken;
        if (target == open.back()) continue;
        if (auto noted = book.note_taken(run_.inputs.account.name, item.came.hash, target->identity());
            !noted)
            return noted;
        item.taken_noted = true;
    }
    return {};
}

base::result<> group_work::record()
{
    std::vector<ledger::message_record> records;
    for (const piece& item : pieces_) {
        ledger::message_record now = item.becoming;
        if (item.trouble) {
            if (item.trouble->kind == base::failure::no_space)
                continue; // it ends the run, and was not its fault
            // A key, where there is one, stays: the octets are here, and the next try finds them by their hash. What
            // was only to be compared stays as it was, and in doubt.
            const ledger::message_record* before = run_.known.find(now.unique_id);
            if (before != nullptr && before->stage >= ledger::stage::stored)
                now = *before;
            else
                now.stage = ledger::stage::failed;
            now.note = item.trouble->operator_text;
            ++now.failures;
            if (!has_own_name(item.came.message) && now.key.empty()) continue; // nothing to know it by
        } else {
            now.failures = 0;
        }
        records.push_back(std::move(now));
    }
    if (auto recorded = run_.known.record(records); !recorded) return recorded;
    std::vector<ledger::content_hash> taken;
    for (const piece& item : pieces_) {
        if (auto replaced = replace_lost(item); !replaced) return replaced;
        count(item);
        if (item.taken_noted && !item.trouble) taken.push_back(item.came.hash);
    }
    return run_.inputs.parts.book.forget_taken(run_.inputs.account.name, taken);
}

void group_work::count(const piece& item)
{
    const std::string& name = item.planned->name;
    run_.progress.advance("fetching", 1);
    if (item.trouble && item.trouble->kind == base::failure::no_space) return; // not reached
    if (item.trouble) {
        ++run_.known.failures[name];
        run_.report.counted.settle(name, tally::outcome::failed, item.trouble->operator_text,
                                   item.trouble->temporary);
        return;
    }
    if (item.came.doubtful) run_.report.warn(name + ": " + std::string(doubtful_note));
    session_.fetched.insert(name);
    if (!has_own_name(item.came.message)) session_.nameless[name] = item.becoming.unique_id;
    // Sessions that bring the same messages again and again bring nothing.
    if (!run_.report.counted.is_stored(name)) ++session_.settled;
    const bool known_before =
        !item.begun_before &&
        (item.held_before || (run_.inputs.account.delivers_instead && item.delivered_before));
    run_.report.counted.settle(name, !known_before        ? tally::outcome::stored
                                     : item.compared_only ? tally::outcome::stored_before
                                                          : tally::outcome::same);
    if (known_before) return;
    run_.report.octets_stored += item.came.octets;
    run_.report.quarantined += item.quarantined ? 1 : 0;
}

} // namespace

base::result<> settle_group(run& current, run_session& session, std::vector<arrival> group)
{
    return group_work(current, session, std::move(group)).settle();
}

base::result<> settle_failure(run& current, const planned_message& message, const std::string& reason,
                              bool temporary)
{
    ++current.known.failures[message.name];
    current.report.counted.settle(message.name, tally::outcome::failed, reason, temporary);
    if (!has_own_name(message.message)) return {};
    ledger::message_record failed = current.known.record_of(message.message);
    if (failed.stage < ledger::stage::stored) failed.stage = ledger::stage::failed;
    failed.note = reason;
    ++failed.failures;
    return current.known.record({&failed, 1});
}

base::result<> make_second_copy(run& current, ledger::message_record& known)
{
    auto key = copy_message(current.inputs.parts.mail, known.key, *known.hash,
                            *current.inputs.parts.second_copy, {});
    if (!key) return base::fail(key.error());
    if (current.known.second_copy) current.known.second_copy->remember(*key, *known.hash, known.octets);
    current.known.copied.insert(*known.hash);
    current.report.uncopied.erase(*known.hash);
    known.second_copy = true;
    return {};
}

base::result<> prove_second_copy(run& current, ledger::message_record& known)
{
    if (current.known.copied.contains(*known.hash)) {
        known.second_copy = true;
        return {};
    }
    if (!current.known.second_copy) current.known.second_copy.emplace(*current.inputs.parts.second_copy);
    known.second_copy = false;
    auto found = current.known.second_copy->find(*known.hash, known.octets);
    if (!found) return base::fail(found.error());
    if (!*found) return make_second_copy(current, known);
    current.known.copied.insert(*known.hash);
    known.second_copy = true;
    return {};
}

} // namespace archive
