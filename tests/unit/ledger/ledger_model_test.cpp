// Random runs against a map, with crashes at random octets of what the disk had by then.
#include "ledger/ledger.hpp"
#include "support/kernel_disk.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <map>

namespace {

namespace fs = std::filesystem;
using ledger::hash_of;
using ledger::message_record;
using ledger::stage;

using records_by_id = std::map<std::string, message_record>;

const support::manual_clock still_clock;

std::unique_ptr<ledger::ledger> open(const std::string& folder)
{
    auto opened = ledger::ledger::open(support::kernel_disk(), folder + "/ledger", std::nullopt, still_clock);
    if (!opened) throw std::runtime_error(opened.error().operator_text);
    return std::move(*opened);
}

/// A life as some step of a fetch leaves it.
message_record any_record()
{
    message_record one;
    one.account = "ann";
    one.unique_id = std::to_string(*rc::gen::inRange(0, 12));
    one.stage =
        *rc::gen::element(stage::listed, stage::intended, stage::skipped, stage::failed, stage::stored,
                          stage::delete_asked, stage::delete_unknown, stage::deleted, stage::vanished);
    if (one.stage >= stage::stored) {
        const std::string content = std::to_string(*rc::gen::inRange(0, 20));
        one.hash = hash_of(content);
        one.key = *rc::gen::element(std::string(), "k" + content);
        one.verified = !one.key.empty() && *rc::gen::arbitrary<bool>();
        one.stored_at = still_clock.now();
    }
    one.note = *rc::gen::element("", "why");
    return one;
}

bool same(const message_record& one, const message_record& other)
{
    return one.stage == other.stage && one.hash == other.hash && one.key == other.key &&
           one.note == other.note;
}

/// As the journal brings a record back.
bool is_brought_back(const message_record& found, const message_record& told)
{
    return found.stage == stage::stored && !found.verified && told.stage >= stage::stored &&
           found.hash == told.hash && found.key == told.key;
}

records_by_id read(ledger::ledger& book)
{
    records_by_id records;
    const auto told =
        book.for_each_record("ann", [&](const message_record& one) { records[one.unique_id] = one; });
    if (!told) throw std::runtime_error(told.error().operator_text);
    return records;
}

std::uintmax_t octets_of(const std::string& file)
{
    std::error_code missing;
    const auto octets = fs::file_size(file, missing);
    return missing ? 0 : octets;
}

/// The disk's files, copied as they are; then cut to what a crash may have left of the last call.
class crashed {
public:
    crashed(const std::string& folder, std::uintmax_t log_octets, std::uintmax_t journal_octets)
    {
        for (const char* const name : {"/ledger", "/ledger-wal", "/ann.uids"})
            if (fs::exists(folder + name)) fs::copy_file(folder + name, copy_.path() + name);
        cut("/ledger-wal", log_octets);
        cut("/ann.uids", journal_octets);
    }
    const std::string& path() const { return copy_.path(); }

private:
    void cut(const char* name, std::uintmax_t octets) const
    {
        if (octets_of(copy_.path() + name) > octets) fs::resize_file(copy_.path() + name, octets);
    }
    support::temporary_directory copy_;
};

std::uintmax_t between(std::uintmax_t from, std::uintmax_t to)
{
    return from >= to ? to : *rc::gen::inRange<std::uintmax_t>(from, to + 1);
}

/// One run: the ledger on the disk, what it must hold, and what it had to hold before the last call.
class run {
public:
    void record()
    {
        begin();
        std::vector<message_record> group;
        for (int left = *rc::gen::inRange(1, 6); left > 0; --left) {
            group.push_back(any_record());
            after_[group.back().unique_id] = group.back();
        }
        RC_ASSERT(book_->record(group).has_value());
    }

    void forget()
    {
        begin();
        const std::string key = "k" + std::to_string(*rc::gen::inRange(0, 20));
        RC_ASSERT(book_->forget_copy("ann", key).has_value());
        for (auto& [unique_id, one] : after_)
            if (one.key == key) {
                one.key.clear();
                one.verified = false;
            }
    }

    void reopen()
    {
        book_.reset();
        book_ = open(folder_.path());
        expect_exactly(*book_);
    }

    /// Power is cut after the last call returned.
    void crash_after()
    {
        const crashed left(folder_.path(), UINTMAX_MAX, UINTMAX_MAX);
        expect_exactly(*open(left.path()));
    }

    /// Power is cut within the last call: the journal was written first, then SQLite's log.
    void crash_within()
    {
        const bool in_journal = *rc::gen::arbitrary<bool>();
        const crashed left(folder_.path(), in_journal ? log_before_ : between(log_before_, octets_of(log_)),
                           in_journal ? between(journal_before_, octets_of(journal_)) : UINTMAX_MAX);
        const records_by_id found = read(*open(left.path()));
        for (const auto& [unique_id, one] : found) {
            const auto before = before_.find(unique_id), after = after_.find(unique_id);
            const bool as_before = before != before_.end() && same(one, before->second);
            const bool as_after = after != after_.end() && same(one, after->second);
            const bool from_journal = after != after_.end() && is_brought_back(one, after->second);
            const bool doubted = one.key.empty() || one.stage == stage::listed || one.stage == stage::stored;
            const bool explained = as_before || as_after || from_journal || (doubted && !one.verified);
            RC_ASSERT(explained);
            const bool was_verified =
                (as_before && before->second.verified) || (as_after && after->second.verified);
            RC_ASSERT(!one.verified || was_verified);
        }
        for (const auto& [unique_id, one] : before_) RC_ASSERT(found.contains(unique_id));
    }

private:
    void begin()
    {
        before_ = after_;
        log_before_ = octets_of(log_);
        journal_before_ = octets_of(journal_);
    }

    void expect_exactly(ledger::ledger& book) const
    {
        const records_by_id found = read(book);
        RC_ASSERT(found.size() == after_.size());
        for (const auto& [unique_id, one] : after_) {
            RC_ASSERT(found.contains(unique_id));
            RC_ASSERT(same(found.at(unique_id), one));
            RC_ASSERT(found.at(unique_id).verified == one.verified);
        }
    }

    support::temporary_directory folder_;
    const std::string log_ = folder_.path() + "/ledger-wal", journal_ = folder_.path() + "/ann.uids";
    std::unique_ptr<ledger::ledger> book_ = open(folder_.path());
    records_by_id before_, after_;
    std::uintmax_t log_before_ = 0, journal_before_ = 0;
};

TEST(LedgerModel, EveryReturnedCallSurvivesAndNoneHalf)
{
    EXPECT_TRUE(rc::check("random runs and crashes", [] {
        run one;
        one.record();
        for (int left = *rc::gen::inRange(1, 12); left > 0; --left) switch (*rc::gen::inRange(0, 8)) {
            case 0: one.forget(); break;
            case 1: one.reopen(); break;
            case 2: one.crash_after(); break;
            case 3:
            case 4: one.crash_within(); break;
            default: one.record();
            }
        one.crash_after();
    }));
}

} // namespace
