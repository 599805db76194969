// Messages that are here already are matched with a server's by their headers alone.
#include "archive/adopt.hpp"
#include "ledger/header_hash.hpp"
#include "support/kernel_disk.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"
#include "unit/ledger/kept_mail.hpp"
#include "unit/ledger/record_holding.hpp"

#include <gtest/gtest.h>

namespace {

using archive::adopt;
using client::listed_message;
using ledger::hash_of;
using ledger::stage;

/// A server's maildrop that knows LIST and TOP.
class top_maildrop final : public client::maildrop {
public:
    struct message {
        std::string unique_id, top;
        std::optional<std::uint64_t> octets;
        bool refused = false, doubtful = false, ambiguous = false;
    };
    std::vector<message> messages;
    client::server_abilities told;
    bool unique_ids = true;
    std::uint64_t peeked = 0;

    top_maildrop() { told.top = told.unique_ids = true; }
    const client::server_abilities& abilities() const override { return told; }
    base::result<client::maildrop_listing> list() override
    {
        client::maildrop_listing listing;
        listing.unique_ids = unique_ids;
        for (const message& one : messages)
            listing.messages.push_back(
                {listing.messages.size() + 1, one.unique_id, one.octets, one.ambiguous});
        return listing;
    }
    base::result<> retrieve(std::span<const listed_message>, client::message_sink&) override
    {
        ADD_FAILURE() << "adopting downloads nothing";
        return {};
    }
    base::result<> peek(std::span<const listed_message> some, std::uint64_t body_lines,
                        client::message_sink& into) override
    {
        if (!told.top)
            return base::fail({.kind = base::failure::refused,
                               .temporary = false,
                               .peer_text = {},
                               .operator_text = "no TOP"});
        EXPECT_EQ(body_lines, 0U);
        for (const listed_message& one : some) {
            ++peeked;
            const message& is = messages.at(one.number - 1);
            if (is.refused) {
                if (auto told_so = into.failed(one, {}); !told_so) return told_so;
                continue;
            }
            if (auto begun = into.begin(one); !begun) return begun;
            for (const char octet : is.top)
                if (auto taken = into.octets({&octet, 1}); !taken) return taken;
            if (auto ended = into.end(is.doubtful); !ended) return ended;
        }
        return {};
    }
    base::result<std::vector<bool>> mark_deleted(std::span<const listed_message>) override
    {
        ADD_FAILURE() << "adopting deletes nothing";
        return std::vector<bool>{};
    }
    base::result<> unmark_all() override { return {}; }
    base::result<> keep_alive() override { return {}; }
    client::quit_outcome quit() override { return client::quit_outcome::confirmed; }
};

class Adopt : public testing::Test {
protected:
    Adopt()
        : book_(std::move(*ledger::ledger::open(support::kernel_disk(), folder_.path() + "/ledger",
                                                std::nullopt, clock_)))
    {
    }

    static std::string header(const std::string& name) { return "Subject: " + name + "\r\n"; }
    static std::string content(const std::string& name)
    {
        return header(name) + "\r\nText\r\nof " + name + "\r\n";
    }
    void hold(const std::string& key, const std::string& whole, const std::string& account = "ann")
    {
        ledger::header_hasher hasher;
        hasher.add(whole);
        ASSERT_TRUE(archive_tests::record_copy(*book_, {account, key, whole.size(), hasher.finish()},
                                               hash_of(whole)));
    }
    void list(const std::string& name, std::int64_t octets_more = 0)
    {
        drop_.messages.push_back({.unique_id = "uid-" + name,
                                  .top = header(name) + "\r\n",
                                  .octets = content(name).size() + static_cast<std::uint64_t>(octets_more)});
    }
    /// The next fetch compares it with what is here.
    bool is_left_to_fetch(const std::string& unique_id)
    {
        const auto known = book_->find("ann", unique_id).value();
        return known && known->stage == ledger::stage::listed && known->adopted && known->key.empty();
    }
    archive::adoption run()
    {
        auto done = adopt("ann", drop_, *book_, mail_, clock_, {}, nullptr);
        if (!done) throw std::runtime_error(done.error().operator_text);
        EXPECT_EQ(done->listed, done->known + done->adopted + done->unmatched + done->ambiguous +
                                    done->sizes_differ + done->untold);
        return *done;
    }

    support::manual_clock clock_;
    support::temporary_directory folder_;
    std::unique_ptr<ledger::ledger> book_;
    archive_tests::kept_mail mail_;
    top_maildrop drop_;
};

TEST_F(Adopt, OneHeaderOneContentIsAStoredLifeThatIsNotVerified)
{
    for (int number = 0; number < 450; ++number) {
        hold("k" + std::to_string(number), content(std::to_string(number)));
        list(std::to_string(number));
    }
    const auto done = run();
    EXPECT_EQ(done.adopted, 450U);
    const auto one = book_->find("ann", "uid-449").value();
    ASSERT_TRUE(one);
    EXPECT_EQ(one->stage, ledger::stage::stored);
    EXPECT_EQ(one->hash, hash_of(content("449")));
    EXPECT_EQ(one->key, "k449");
    EXPECT_EQ(one->octets, content("449").size());
    EXPECT_EQ(one->stored_at, clock_.now());
    EXPECT_FALSE(one->verified || one->second_copy || one->taken_over);
    EXPECT_TRUE(one->adopted);
    drop_.peeked = 0;
    EXPECT_EQ(run().known, 450U);
    EXPECT_EQ(drop_.peeked, 0U);
}

TEST_F(Adopt, WhatIsNotHereOrAnotherAccountsIsLeftToAFetch)
{
    hold("k1", content("1"), "bob");
    list("1");
    list("2");
    EXPECT_EQ(run().unmatched, 2U);
    EXPECT_FALSE(book_->find("ann", "uid-1").value());
}

TEST_F(Adopt, WhatAnotherProgramPutOnTopIsLeftOut)
{
    const std::string held = "Return-Path: <a@b>\r\nReceived: from x\r\n\tby mpop\r\n" + content("1");
    hold(mail_.put(held), held);
    const std::string other = "X-Spam: no\r\n" + content("2");
    hold(mail_.put(other), other);
    list("1");
    list("2");
    const auto done = run();
    EXPECT_EQ(done.adopted, 1U);
    EXPECT_EQ(done.unmatched, 1U);
    const auto one = book_->find("ann", "uid-1").value();
    EXPECT_EQ(one->hash, hash_of(held));
    EXPECT_EQ(one->octets, held.size());
    EXPECT_FALSE(one->verified);
}

TEST_F(Adopt, WithFieldsLeftOutTheSizesMustAgreeToo)
{
    for (int number = 0; number < 5; ++number) {
        const std::string held = "Received: by mpop\r\nStatus: RO\r\n" + content(std::to_string(number));
        hold(mail_.put(held), held);
        // An empty line more in the copy may be fdm's; nothing else may differ.
        list(std::to_string(number), number == 2 ? -2 : number == 3 ? -4 : number == 4 ? 2 : 0);
    }
    EXPECT_EQ(run().sizes_differ, 2U);
    EXPECT_EQ(book_->find("ann", "uid-2").value()->stage, ledger::stage::stored);
    EXPECT_TRUE(is_left_to_fetch("uid-3"));
    EXPECT_TRUE(is_left_to_fetch("uid-4"));
}

TEST_F(Adopt, OneContentForTwoListedIsLeftAlone)
{
    const std::string held = "Received: by mpop\r\nReceived: by b\r\n" + content("1");
    hold(mail_.put(held), held);
    list("1");
    list("1");
    drop_.messages.back() = {
        .unique_id = "again", .top = "Received: by b\r\n" + header("1") + "\r\n", .octets = {}};
    EXPECT_EQ(run().ambiguous, 2U);
}

TEST_F(Adopt, WhatAnotherProgramFetchedComesUnderThePolicyWhereItIsHere)
{
    hold("k1", content("1"));
    for (const char* name : {"1", "2"}) {
        list(name);
        ledger::message_record before;
        before.account = "ann";
        before.unique_id = std::string("uid-") + name;
        before.stage = stage::stored;
        before.taken_over = true;
        ASSERT_TRUE(book_->record({&before, 1}));
    }
    const auto done = run();
    EXPECT_EQ(done.adopted, 1U);
    EXPECT_EQ(done.known, 1U);
    EXPECT_FALSE(book_->find("ann", "uid-1").value()->taken_over);
    EXPECT_TRUE(book_->find("ann", "uid-2").value()->taken_over);
}

TEST_F(Adopt, TwoContentsWithOneHeaderAreLeftAlone)
{
    hold("k1", content("1"));
    hold("k2", header("1") + "\r\nother\r\n");
    list("1");
    EXPECT_EQ(run().ambiguous, 1U);
}

TEST_F(Adopt, TwoListedWithOneHeaderAreLeftAlone)
{
    hold("k1", content("1"));
    list("1");
    list("1");
    drop_.messages.back().unique_id = "again";
    EXPECT_EQ(run().ambiguous, 2U);
    EXPECT_TRUE(is_left_to_fetch("uid-1"));
    EXPECT_TRUE(is_left_to_fetch("again"));
}

TEST_F(Adopt, AUniqueIdThatNamesTwoOrNothingIsLeftAlone)
{
    hold("k1", content("1"));
    list("1");
    drop_.messages.back().ambiguous = true;
    list("2");
    drop_.messages.back().unique_id.clear();
    EXPECT_EQ(run().ambiguous, 2U);
    EXPECT_EQ(drop_.peeked, 0U);
}

TEST_F(Adopt, AnExactServerMustAgreeForEach)
{
    for (int number = 0; number < 5; ++number) {
        hold("k" + std::to_string(number), content(std::to_string(number)));
        list(std::to_string(number), number == 3 ? -2 : 0);
    }
    const auto done = run();
    EXPECT_EQ(done.adopted, 4U);
    EXPECT_EQ(done.sizes_differ, 1U);
    EXPECT_TRUE(is_left_to_fetch("uid-3"));
}

TEST_F(Adopt, AServerThatCountsLineEndsAsOneMayBeSmaller)
{
    for (int number = 0; number < 5; ++number) {
        hold("k" + std::to_string(number), content(std::to_string(number)));
        list(std::to_string(number), number == 3 ? 1000 : -4);
    }
    const auto done = run();
    EXPECT_EQ(done.adopted, 4U);
    EXPECT_EQ(done.sizes_differ, 1U) << "never greater";
}

TEST_F(Adopt, WhatTheServerDoesNotTellWholeDoesNotCount)
{
    hold("k1", content("1"));
    hold("k2", content("2"));
    list("1");
    drop_.messages.back().refused = true;
    list("2");
    drop_.messages.back().doubtful = true;
    EXPECT_EQ(run().untold, 2U);
}

TEST_F(Adopt, WithoutTopOrUniqueIdsItIsRefused)
{
    list("1");
    drop_.told.top = false;
    auto done = adopt("ann", drop_, *book_, mail_, clock_, {}, nullptr);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, base::failure::refused);
    EXPECT_NE(done.error().operator_text.find("TOP"), std::string::npos);
    drop_.unique_ids = false;
    done = adopt("ann", drop_, *book_, mail_, clock_, {}, nullptr);
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().operator_text.find("UIDL"), std::string::npos);
}

TEST_F(Adopt, StopsWhenAsked)
{
    hold("k1", content("1"));
    list("1");
    const std::atomic<bool> stop = true;
    const auto done = adopt("ann", drop_, *book_, mail_, clock_, {}, &stop);
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->stopped);
    EXPECT_EQ(done->adopted, 0U);
}

} // namespace
