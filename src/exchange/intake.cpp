// From octets to copies of the ledger.
#include "exchange/intake.hpp"

#include "ledger/moved_copies.hpp"
#include "ledger/orphans.hpp"
#include "ledger/tags.hpp"
#include "store/writable_folder.hpp"

namespace exchange {

namespace {

constexpr std::size_t imported_together_max = 100;
constexpr std::uint64_t imported_octets_max = 32u << 20;

} // namespace

base::result<> intake::prepare()
{
    auto adopted = ledger::adopt_orphans(into_.book, into_.account, into_.mail);
    if (!adopted) return base::fail(adopted.error());
    return {};
}

base::result<> intake::begin(std::string label, const store::placement& placement)
{
    auto adding = into_.mail.begin_addition();
    if (!adding) return noted(base::fail(adding.error()));
    adding_ = *std::move(adding);
    what_ = std::move(label);
    where_ = placement;
    tags_.clear();
    return {};
}

base::result<> intake::octets(std::string_view canonical)
{
    hasher_.add(canonical);
    header_.add(canonical);
    return noted(adding_->write(canonical));
}

base::result<> intake::end()
{
    ++done.found;
    const ledger::content_hash hash = hasher_.finish();
    std::string header_hash = header_.finish();
    auto known = find_known(hash);
    if (!known) return noted(base::fail(known.error()));
    if (known->folder) {
        ++done.duplicates;
        if (*known->folder != store::without_inbox(where_.folder))
            done.in_other_folders.push_back({std::move(what_), *known->folder});
        adding_.reset();
        return {};
    }
    if (known->unread) {
        done.failed.push_back(what_ + ": " + *known->unread);
        adding_.reset();
        return {};
    }
    where_ = ledger::place_of_damaged(into_.mail, known->lost, where_);
    if (into_.tags != nullptr)
        if (const auto beside = into_.tags->find(hash); beside != into_.tags->end())
            for (auto& tag : ledger::tags_in(beside->second)) tags_.push_back(std::move(tag));
    waiting_.emplace(hash, store::without_inbox(where_.folder));
    waiting_octets_ += adding_->octets();
    records_.push_back({hash,
                        {.account = into_.account,
                         .key = {},
                         .octets = adding_->octets(),
                         .header_hash = std::move(header_hash)},
                        std::move(what_),
                        std::move(tags_),
                        std::move(known->lost)});
    group_.push_back({.message = std::move(adding_), .where = where_});
    return group_.size() < imported_together_max && waiting_octets_ < imported_octets_max ? base::result<>{}
                                                                                          : noted(flush());
}

void intake::refuse(const std::string& label, const std::string& reason)
{
    hasher_.finish();
    header_.finish();
    adding_.reset();
    ++done.found;
    done.failed.push_back(label + ": " + reason);
}

base::result<> intake::flush()
{
    if (group_.empty()) return {};
    // Before they are published: a crash between the two then loses none, and a second import takes none in again.
    if (auto tagged = record_tags(); !tagged) return tagged;
    const auto keys = into_.mail.publish(std::exchange(group_, {}));
    const auto records = std::exchange(records_, {});
    waiting_.clear();
    waiting_octets_ = 0;
    std::vector<ledger::held_content> stored;
    std::vector<const record*> entries;
    const base::error* trouble = nullptr;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!keys[i]) {
            trouble = &keys[i].error();
            not_stored(records[i], *trouble, trouble->operator_text);
            continue;
        }
        stored.emplace_back(records[i].hash, records[i].held);
        stored.back().second.key = *keys[i];
        entries.push_back(&records[i]);
    }
    if (!stored.empty())
        if (auto recorded = into_.book.record_copies(stored); !recorded) {
            for (const record* entry : entries)
                not_stored(*entry, recorded.error(), "written, but not recorded; import it again");
            return recorded;
        }
    for (const auto& [hash, held] : stored) done.octets += held.octets;
    done.stored += stored.size();
    for (std::size_t i = 0; i < stored.size(); ++i)
        if (auto replaced = replace_damaged(*entries[i], stored[i].second.key); !replaced) return replaced;
    if (into_.tell) into_.tell(done.stored + done.duplicates);
    if (auto followed = ledger::follow_moved(into_.book, into_.mail, stored); !followed)
        return base::fail(followed.error());
    if (trouble != nullptr && trouble->temporary) done.trouble = *trouble; // a full disk, and room for some
    return stored.empty() && trouble != nullptr ? base::result<>(base::fail(*trouble)) : base::result<>{};
}

/// A full disk is told once, as the trouble that it is.
void intake::not_stored(const record& entry, const base::error& trouble, const std::string& reason)
{
    if (trouble.kind == base::failure::no_space)
        ++done.not_reached;
    else
        done.failed.push_back(entry.label + ": " + reason);
}

base::result<> intake::record_tags()
{
    std::vector<ledger::tagging> taggings;
    for (const record& entry : records_)
        if (!entry.tags.empty()) taggings.push_back({into_.account, entry.hash, {.added = entry.tags}});
    return into_.book.tag(taggings);
}

base::result<> intake::replace_damaged(const record& in_place, const std::string& key)
{
    for (const std::string& damaged : in_place.lost.damaged) {
        if (auto moved = move_records(in_place.hash, damaged, key); !moved) return moved;
        if (into_.aside.empty()) continue;
        // The file first: were it there without its stored copy, it would be taken for a message of its own.
        if (auto aside = into_.mail.set_aside(damaged, into_.aside); !aside) {
            done.not_put_aside.push_back(damaged + ": " + aside.error().operator_text);
            continue;
        }
        if (auto forgotten = into_.book.forget_copy(into_.account, damaged); !forgotten) return forgotten;
    }
    done.replaced += in_place.lost.damaged.empty() ? 0 : 1;
    return {};
}

base::result<> intake::move_records(const ledger::content_hash& hash, const std::string& from,
                                    const std::string& to)
{
    auto records = into_.book.records_with_hash(hash);
    if (!records) return base::fail(records.error());
    std::erase_if(*records, [&](const ledger::message_record& known) {
        return known.account != into_.account || known.key != from;
    });
    for (ledger::message_record& known : *records) {
        known.key = to;
        known.verified = false;
        known.note = from + " was damaged, and an import brought its octets again";
    }
    return into_.book.record(*records);
}

base::result<imported> intake::finish(base::result<> outcome)
{
    if (!outcome && !done.stopped && !storing_failed_) {
        if (done.found == 0) return base::fail(outcome.error());
        refuse("the rest", outcome.error().operator_text);
    }
    // Also after trouble: what is waiting may well find its place.
    if (auto flushed = noted(flush()); !flushed)
        done.trouble = flushed.error();
    else if (storing_failed_ && !outcome)
        done.trouble = outcome.error();
    done.not_reached += records_.size();
    return std::move(done);
}

bool intake::wants_stop()
{
    done.stopped = done.stopped || (into_.stop != nullptr && *into_.stop);
    return done.stopped;
}

base::result<> intake::noted(base::result<> outcome)
{
    storing_failed_ = storing_failed_ || !outcome;
    return outcome;
}

/// The ledger's word alone is not enough: who hears that a message is here may throw his away.
base::result<intake::known_copy> intake::find_known(const ledger::content_hash& hash)
{
    known_copy out;
    if (const auto waiting = waiting_.find(hash); waiting != waiting_.end()) {
        out.folder = waiting->second;
        return out;
    }
    auto held = into_.book.copies(hash, into_.account);
    if (!held) return base::fail(held.error());
    for (const auto& copy : *held) {
        if (copy.account != into_.account) continue;
        const auto read = read_.find(hash);
        const bool is_read = read != read_.end() && read->second == copy.key;
        auto state = is_read ? base::result<ledger::copy_state>(ledger::copy_state::good)
                             : ledger::state_of_copy(into_.mail, copy.key, hash);
        if (!state) {
            out.unread = state.error().operator_text;
            continue;
        }
        if (*state == ledger::copy_state::good) {
            auto kept = into_.mail.find(copy.key);
            if (kept) {
                read_.insert_or_assign(hash, copy.key);
                out.folder = std::move(kept->folder);
                return out;
            }
            if (kept.error().kind != base::failure::vanished) return base::fail(kept.error());
            state = ledger::copy_state::gone;
        }
        out.lost.add(copy.key, *state);
    }
    return out;
}

} // namespace exchange
