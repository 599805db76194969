// Messages that another mail program moved, renamed or put fields into.
#include "unit/archive/fetching.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace archive {

namespace {

using std::chrono::days;
using support::letter;
using support::octets_of;
using support::with_field;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class moved_copies : public archive_tests::fetching {
protected:
    std::string add(const std::string& octets)
    {
        auto addition = at_.mail->begin_addition().value();
        EXPECT_TRUE(addition->write(octets));
        std::vector<store::collection::publication> group;
        group.push_back({std::move(addition), {}});
        return at_.mail->publish(std::move(group)).at(0).value();
    }
    /// What another program does to the copy of `id`; the new key.
    std::string move(const std::string& id, const std::string& octets)
    {
        EXPECT_TRUE(at_.mail->remove(of(id).key));
        return add(octets);
    }
};

} // namespace

TEST_F(moved_copies, a_renamed_message_goes_by_the_policy)
{
    put(3);
    run();
    const std::string key = move("u1", letter("letter u1"));
    account_.keep = keep_none{};
    const auto told = run();
    EXPECT_EQ(told.deleted, 3u);
    EXPECT_THAT(told.warnings, IsEmpty());
    EXPECT_EQ(of("u1").key, key);
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(3));
    const auto history = at_.book->history("me", "u1").value();
    EXPECT_TRUE(std::ranges::any_of(
        history, [](const ledger::event& each) { return each.text.find("another program moved it") == 0; }));
}

TEST_F(moved_copies, a_message_that_got_fields_of_a_mail_program_goes_by_the_policy)
{
    put(3);
    run();
    for (const std::string id : {"u0", "u1"}) {
        std::string changed = with_field(letter("letter " + id), "Content-Length: 22");
        move(id, with_field(with_field(changed, "Lines: 2"), "Status: RO"));
    }
    account_.keep = keep_none{};
    server_.retrieved.clear();
    const auto told = run();
    EXPECT_EQ(told.deleted, 3u);
    EXPECT_THAT(told.warnings, IsEmpty());
    EXPECT_THAT(server_.retrieved, SizeIs(2));
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(3));
}

TEST_F(moved_copies, what_is_another_letter_keeps_nothing_from_staying)
{
    put(2);
    run();
    std::string other = letter("letter u1");
    other[other.size() - 4] ^= 1;
    move("u1", other);
    account_.keep = keep_none{};
    const auto told = run();
    EXPECT_EQ(told.deleted, 1u);
    EXPECT_THAT(told.warnings, Contains(HasSubstr("not here any more")));
    server_.retrieved.clear();
    EXPECT_EQ(run().deleted, 0u);
    EXPECT_THAT(server_.retrieved, IsEmpty());
    EXPECT_TRUE(server_.find("u1"));
    add(letter("letter u1")); // and what comes later is compared
    EXPECT_EQ(run().deleted, 1u);
}

TEST_F(moved_copies, octets_that_come_again_are_the_copy_of_all_that_lost_theirs)
{
    put(1);
    run();
    const std::string key = of("u0").key;
    ASSERT_TRUE(at_.mail->remove(key));
    server_.put("again", letter("letter u0"));
    run();
    EXPECT_NE(of("u0").key, key);
    EXPECT_EQ(of("u0").key, of("again").key);
    EXPECT_THAT(at_.book->copies(ledger::hash_of(letter("letter u0")), "me").value(), SizeIs(1));
    account_.keep = keep_none{};
    EXPECT_EQ(run().deleted, 2u);
    EXPECT_THAT(octets_of(*at_.mail), SizeIs(1));
}

// Removed messages are no deletions to come: they must not stop the run's others at the guard.
TEST_F(moved_copies, what_was_removed_counts_for_no_guard)
{
    put(3);
    run();
    for (const std::string id : {"u0", "u1"}) ASSERT_TRUE(at_.mail->remove(of(id).key));
    account_.keep = keep_none{};
    account_.guard.messages = 1;
    EXPECT_EQ(run({.dry_run = true}).deletions.size(), 1u);
    const auto told = run();
    EXPECT_EQ(told.deleted, 1u);
    EXPECT_FALSE(told.guard_stopped);
    EXPECT_EQ(told.removed_here, 2u);
}

TEST_F(moved_copies, the_guard_counts_what_is_found_again)
{
    put(3);
    run();
    for (const std::string id : {"u0", "u1"}) move(id, with_field(letter("letter " + id), "Lines: 2"));
    account_.keep = keep_none{};
    account_.guard.messages = 2;
    EXPECT_TRUE(run().guard_stopped);
    EXPECT_THAT(server_.letters, SizeIs(3));
}

TEST_F(moved_copies, a_copy_that_another_one_has_beside_it_is_no_move)
{
    put(1);
    run();
    const std::string key = of("u0").key;
    add(letter("letter u0"));
    put(1, "x");
    run();
    EXPECT_EQ(of("u0").key, key);
    ASSERT_TRUE(at_.mail->remove(key)); // its octets are still here
    account_.keep = keep_none{};
    EXPECT_EQ(run({.dry_run = true}).deletions.size(), 2u);
    const auto told = run();
    EXPECT_EQ(told.deleted, 2u);
    EXPECT_THAT(told.warnings, IsEmpty());
}

} // namespace archive
