// The proof that the archive is whole: it must see each way of not being so.
#include "archive/exposure.hpp"
#include "ledger/verify.hpp"
#include "unit/ledger/proof_fixture.hpp"

#include <gmock/gmock.h>

namespace {

using ledger::difference_kind;
using ledger::stage;
using ledger::verification;

class Verify : public testing::Test, protected archive_tests::account_at_hand {
protected:
    verification verified(const ledger::verify_wish& wish = {})
    {
        auto done = ledger::verify("ann", mail, *book, wish);
        EXPECT_TRUE(done.has_value());
        return done.value_or(verification{});
    }
};

TEST_F(Verify, FindsAWholeArchiveWhole)
{
    keep("A: b\r\n\r\none\r\n");
    keep("A: b\r\n\r\ntwo\r\n");
    const verification done = verified();
    EXPECT_TRUE(done.whole());
    EXPECT_EQ(done.messages, 2U);
    EXPECT_EQ(done.copies, 2U);
    EXPECT_EQ(done.octets, 26U);
}

TEST_F(Verify, TellsEachDifference)
{
    const auto gone = keep("A: 1\r\n\r\n");
    const auto changed = keep("A: 2\r\n\r\n");
    const auto unreadable = keep("A: 3\r\n\r\n");
    const auto unrecorded = mail.put("A: 4\r\n\r\n");
    keep("A: 5\r\n\r\n");
    mail.messages.erase(gone);
    mail.messages.at(changed).second[3] = '9';
    mail.unreadable = {unreadable};
    const verification done = verified();
    EXPECT_FALSE(done.whole());
    std::map<std::string, difference_kind> found;
    for (const auto& each : done.differences) {
        found[each.key] = each.kind;
        EXPECT_EQ(each.account, "ann");
        EXPECT_FALSE(each.description.empty() || each.what_to_do.empty());
    }
    EXPECT_THAT(found, testing::ElementsAre(testing::Pair(gone, difference_kind::missing),
                                            testing::Pair(changed, difference_kind::changed),
                                            testing::Pair(unreadable, difference_kind::unreadable),
                                            testing::Pair(unrecorded, difference_kind::unrecorded)));
}

TEST_F(Verify, RepairsByRecordingAndByNothingElse)
{
    const std::string octets = "A: 4\r\n\r\nbody";
    const auto unrecorded = mail.put(octets);
    const auto changed = keep("A: 2\r\n\r\n");
    mail.messages.at(changed).second[3] = '9';
    const verification done = verified({.repair = true});
    EXPECT_EQ(done.repaired, 1U);
    EXPECT_FALSE(done.whole());
    const auto held = book->copies(ledger::hash_of(octets), "ann").value();
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0].key, unrecorded);
    EXPECT_EQ(held[0].octets, octets.size());
    EXPECT_TRUE(held[0].header_hash.has_value());
    // What was changed is still known as what it was.
    EXPECT_EQ(book->copies(ledger::hash_of("A: 2\r\n\r\n"), "ann").value().size(), 1U);
    const verification again = verified();
    ASSERT_EQ(again.differences.size(), 1U);
    EXPECT_EQ(again.differences[0].kind, difference_kind::changed);
    EXPECT_EQ(mail.messages.size(), 2U);
}

TEST_F(Verify, FindsUnderAnotherKeyWhatWasMoved)
{
    const std::string octets = "A: 1\r\n\r\n";
    const auto was = keep(octets);
    ledger::message_record known;
    known.account = "ann";
    known.unique_id = "id";
    known.stage = stage::stored;
    known.hash = ledger::hash_of(octets);
    known.key = was;
    ASSERT_TRUE(book->record(std::span(&known, 1)).has_value());
    mail.messages.erase(was);
    const auto now = mail.put(octets);
    const auto twice = mail.put(octets); // nothing that was moved: the ledger had it once
    const auto found = verified();
    ASSERT_EQ(found.differences.size(), 1U);
    EXPECT_EQ(found.differences[0].kind, difference_kind::unrecorded);
    EXPECT_EQ(found.moved, 1U);
    EXPECT_EQ(book->find("ann", "id").value()->key, was) << "who only looks changes nothing";
    EXPECT_TRUE(verified({.repair = true}).whole());
    EXPECT_THAT(book->find("ann", "id").value()->key, testing::AnyOf(now, twice));
    EXPECT_EQ(book->copies(ledger::hash_of(octets), "ann").value().size(), 2U);
    mail.messages.erase(twice); // one of two that were known: the other is here
    EXPECT_TRUE(verified().whole());
    EXPECT_TRUE(verified({.repair = true}).whole());
    EXPECT_EQ(book->find("ann", "id").value()->key, now);
    mail.messages.clear();
    EXPECT_FALSE(verified().whole());
}

TEST_F(Verify, DoesNotCallAStoppedProofWhole)
{
    for (int i = 0; i < 5; ++i) keep("A: " + std::to_string(i) + "\r\n\r\n");
    std::atomic<bool> stop = false;
    std::uint64_t told = 0;
    const verification done = verified({.tell =
                                            [&](std::uint64_t at, std::uint64_t all) {
                                                told = at;
                                                EXPECT_EQ(all, 5U);
                                                stop = true;
                                            },
                                        .stop = &stop});
    EXPECT_EQ(told, 1U);
    EXPECT_TRUE(done.stopped);
    EXPECT_FALSE(done.whole());
    EXPECT_TRUE(done.differences.empty());
}

TEST_F(Verify, CountsWhatIsHereAlone)
{
    const auto record = [&](const std::string& octets, stage at, bool second_copy) {
        ledger::message_record made;
        made.account = "ann";
        made.unique_id = "id" + octets;
        made.stage = at;
        made.hash = ledger::hash_of(octets);
        made.key = mail.put(octets);
        made.octets = octets.size();
        made.second_copy = second_copy;
        EXPECT_TRUE(book->record(std::span(&made, 1)).has_value());
    };
    record("on the server", stage::stored, false);
    record("copied", stage::deleted, true);
    record("copied and on the server", stage::stored, true);
    record("alone", stage::deleted, false);
    record("unknown", stage::delete_unknown, false);
    record("asked", stage::delete_asked, false);
    record("gone", stage::vanished, false);
    keep("imported");
    keep("on the server"); // a second time, without a record of its own
    const auto sums = archive::exposure_of("ann", *book, [](const std::string&) { return true; }).value();
    EXPECT_EQ(sums.held.messages, 9U);
    EXPECT_EQ(sums.in_second_copy.messages, 2U);
    EXPECT_EQ(sums.on_server.messages, 3U);
    EXPECT_EQ(sums.at_risk.messages, 5U);
    EXPECT_EQ(sums.at_risk.octets, std::string("aloneunknownaskedgoneimported").size());
}

} // namespace
