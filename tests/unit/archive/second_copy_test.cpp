// The second copy by its contents, and the way back from it: what must come, and what must not.
#include "archive/exposure.hpp"
#include "archive/restore.hpp"
#include "archive/second_copy.hpp"
#include "unit/ledger/proof_fixture.hpp"

#include <gmock/gmock.h>

namespace {

using ledger::difference_kind;
using ledger::hash_of;
using ledger::stage;
using testing::SizeIs;

class SecondCopy : public testing::Test, protected archive_tests::account_at_hand {
protected:
    void store(const std::string& octets, bool copied, bool recorded = true)
    {
        ledger::message_record made;
        made.account = "ann";
        made.unique_id = "id " + octets;
        made.stage = stage::stored;
        made.hash = hash_of(octets);
        made.key = mail.put(octets);
        made.octets = octets.size();
        made.second_copy = copied && recorded;
        ASSERT_TRUE(book->record(std::span(&made, 1)));
        if (copied) copy.put(octets);
    }
    archive::copy_verification verified(const ledger::verify_wish& wish = {})
    {
        return archive::verify_second_copy("ann", mail, copy, *book, clock.now(), wish).value();
    }
    std::size_t believed() { return archive::contents_in_second_copy(*book, "ann")->size(); }
    archive::restoration restored(const archive::restore_wish& wish = {})
    {
        const auto lost = archive::find_lost("ann", mail, *book, wish).value();
        const std::string account = "ann";
        return archive::restore_from_copy({account, mail, *book, clock}, copy, lost, wish).value();
    }

    archive_tests::kept_mail copy;
};

TEST_F(SecondCopy, IsBelievedAfterItWasRead)
{
    store("one", true, false);
    store("two", true);
    store("three", false);
    const std::string imported = keep("an import");
    copy.put("an import");
    EXPECT_EQ(believed(), 1U);
    EXPECT_FALSE(archive::second_copy_verified_at(*book, "ann")->has_value());
    const auto done = verified();
    EXPECT_FALSE(done.whole()) << "a message is not there";
    EXPECT_EQ(done.verified, 3U);
    EXPECT_EQ(done.lacking, 1U);
    EXPECT_EQ(believed(), 3U);
    EXPECT_EQ(*archive::second_copy_verified_at(*book, "ann"), clock.now());
    EXPECT_EQ(archive::exposure_of("ann", *book, [](const auto&) { return true; })->in_second_copy.messages,
              3U);
    EXPECT_EQ(archive::exposure_of("ann", *book, [](const auto&) { return false; })->in_second_copy.messages,
              0U);
}

TEST_F(SecondCopy, TellsWhatWasThereAndIsNot)
{
    store("one", true);
    store("two", true);
    store("three", true);
    copy.messages.at("key1").second = "0ne";
    copy.messages.erase("key2");
    const auto done = verified();
    std::multiset<difference_kind> kinds;
    for (const auto& each : done.differences) kinds.insert(each.kind);
    EXPECT_EQ(kinds, (std::multiset{difference_kind::copy_missing, difference_kind::copy_missing,
                                    difference_kind::copy_damaged}));
    EXPECT_EQ(believed(), 1U);
    EXPECT_EQ(verified({.repair = true}).copied, 2U);
    EXPECT_EQ(believed(), 3U);
}

TEST_F(SecondCopy, AnotherOneIsNotBelieved)
{
    store("one", true);
    verified();
    ASSERT_TRUE(archive::bind_second_copy(*book, "ann", "first"));
    EXPECT_EQ(believed(), 0U) << "proofs from before there were markers";
    verified();
    ASSERT_TRUE(archive::bind_second_copy(*book, "ann", "first"));
    EXPECT_EQ(believed(), 1U);
    ASSERT_TRUE(archive::bind_second_copy(*book, "ann", "second"));
    EXPECT_EQ(believed(), 0U);
    EXPECT_FALSE(archive::second_copy_verified_at(*book, "ann")->has_value());
}

TEST_F(SecondCopy, BringsBackWhatIsDamagedOrGoneAndNothingElse)
{
    store("gone", true);
    store("damaged", true);
    store("good", true);
    store("not copied", false);
    mail.messages.erase("key1");
    mail.messages.at("key2").second = "dam4ged";
    mail.messages.erase("key4");
    const auto done = restored({.aside = "/aside"});
    EXPECT_EQ(done.restored, 2U);
    EXPECT_EQ(done.put_aside, 1U);
    EXPECT_THAT(done.left, SizeIs(1));
    EXPECT_EQ(mail.aside.at("key2").second, "dam4ged");
    EXPECT_THAT(mail.messages, SizeIs(3));
    for (const std::string octets : {"gone", "damaged"}) {
        const auto record = book->find("ann", "id " + octets).value();
        EXPECT_EQ(mail.messages.at(record->key).second, octets);
        EXPECT_EQ(record->stage, stage::stored);
        EXPECT_FALSE(record->verified);
    }
    EXPECT_EQ(restored({.aside = "/aside"}).restored, 0U);
}

TEST_F(SecondCopy, WhatAPersonRemovedComesBackOnAWordAlone)
{
    store("removed", true);
    mail.messages.erase("key1");
    ASSERT_TRUE(book->forget_copy("ann", "key1"));
    copy.put("of an archive that was lost");
    EXPECT_EQ(restored().restored, 0U);
    EXPECT_EQ(restored({.only = std::set{hash_of("removed")}}).restored, 1U);
    EXPECT_EQ(restored({.full = true}).restored, 1U);
    EXPECT_THAT(mail.messages, SizeIs(2));
}

TEST_F(SecondCopy, ADamagedCopyIsNotTakenForTheMessage)
{
    store("right", true);
    mail.messages.erase("key1");
    copy.messages.at("key1").second = "wrong";
    const auto done = restored();
    EXPECT_EQ(done.restored, 0U);
    EXPECT_THAT(done.left, SizeIs(1));
    EXPECT_TRUE(mail.messages.empty());
}

} // namespace
