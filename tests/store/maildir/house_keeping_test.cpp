// Held, expired and left-over files, and a clock that jumps.
#include "fixture.hpp"
#include "store/maildir/held.hpp"

using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

class maildir_house_keeping : public maildir_test {
protected:
    void remove_all(const store::maildrop_policy& policy, const std::string& session)
    {
        const auto opened = open(policy);
        std::vector<std::size_t> all;
        for (std::size_t i = 0; i < opened->listing()->size(); ++i) all.push_back(i);
        ASSERT_TRUE(opened->remove(all, session).value().not_removed.empty());
    }
    const store::maildrop_policy week_{.held_for = 7 * 24h};
};

} // namespace

TEST(held_name, goes_there_and_back)
{
    const base::wall_time then{1732460000s};
    const auto name = store::maildir::format_held_name(then, "pop3/17 x", "1.a,S=1,W=2:2,S");
    EXPECT_EQ(name, "1732460000,pop3_17_x,1.a,S=1,W=2:2,S");
    const auto parsed = store::maildir::parse_held_name(*name);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->deleted, then);
    EXPECT_EQ(parsed->session, "pop3_17_x");
    EXPECT_EQ(parsed->name, "1.a,S=1,W=2:2,S");
    EXPECT_FALSE(store::maildir::format_held_name(then, "s", std::string(250, 'x')));
    for (const std::string_view bad :
         {"", "x", "1", "1,", "1,s", "1,s,", "1,s,.x", "-1,s,a", "99999999999999,s,a"})
        EXPECT_FALSE(store::maildir::parse_held_name(bad)) << bad;
}

TEST_F(maildir_house_keeping, flags_and_folder_come_back)
{
    plant("cur/1.a:2,FS", "a\n");
    plant("new/2.b", "b\n");
    remove_all(week_, "one");
    EXPECT_TRUE(unique_ids().empty());
    EXPECT_EQ(store_->undelete({"ann"}, {})->put_back, 2U);
    EXPECT_TRUE(disk_.contents("/mail/ann/cur/1.a:2,FS"));
    EXPECT_TRUE(disk_.contents("/mail/ann/new/2.b"));
    remove_all(week_, "one");
    EXPECT_EQ(store_->undelete({"ann"}, {})->put_back, 2U) << "twice within one second";
}

TEST_F(maildir_house_keeping, a_name_too_long_to_be_held_can_still_be_deleted)
{
    plant("new/1." + std::string(240, 'x'), "a\n");
    remove_all(week_, "one");
    EXPECT_TRUE(unique_ids().empty());
    EXPECT_EQ(log_.count("messages-not-held"), 1U);
    EXPECT_EQ(store_->undelete({"ann"}, {})->not_held, 1U);
}

TEST_F(maildir_house_keeping, a_sweep_takes_old_leftovers_and_nothing_else)
{
    plant("tmp/1.crashed", "half");
    plant(".restante-snapshot.0123", "half");
    plant("new/2.b", "b\n");
    const std::vector<store::delivery_recipient> to{{{"ann"}, {}, ""}};
    auto slow = store_->begin_delivery(to, std::nullopt).value();
    ASSERT_TRUE(slow->write(std::string(100'000, 'x')));
    clock_.advance(35h);
    EXPECT_EQ(store_->sweep({"ann"}, {}).value(), 0U);
    clock_.advance(2h);
    EXPECT_EQ(store_->sweep({"ann"}, {}).value(), 1U);
    EXPECT_FALSE(disk_.contents("/mail/ann/tmp/1.crashed"));
    EXPECT_FALSE(disk_.contents("/mail/ann/.restante-snapshot.0123"));
    EXPECT_TRUE(disk_.contents("/mail/ann/new/2.b"));
    EXPECT_TRUE(slow->commit().front()) << "it was being written all the while";
}

TEST_F(maildir_house_keeping, a_clock_that_jumps_ends_no_message)
{
    deliver("a\r\n");
    plant("tmp/1.crashed", "half");
    const store::maildrop_policy month{.expire = 30 * 24h};
    clock_.set(clock_.now() + 10 * 365 * 24h);
    EXPECT_EQ(open(month)->listing()->size(), 1U);
    EXPECT_EQ(store_->sweep({"ann"}, month).value(), 0U);
    EXPECT_EQ(log_.count("clock-jumped"), 1U);
    clock_.set(clock_.now() - 10 * 365 * 24h);
    EXPECT_EQ(open(month)->listing()->size(), 1U);
    clock_.advance(31 * 24h);
    EXPECT_EQ(open(month)->listing()->size(), 0U) << "time went on as it should";
}

TEST_F(maildir_house_keeping, expired_mail_is_held_like_deleted_mail)
{
    deliver("old\r\n");
    clock_.advance(20 * 24h);
    deliver("young\r\n");
    clock_.advance(15 * 24h);
    const store::maildrop_policy month{.expire = 30 * 24h, .held_for = 7 * 24h};
    EXPECT_EQ(open(month)->listing()->size(), 1U);
    EXPECT_EQ(store_->undelete({"ann"}, {.session = "expired", .since = {}})->put_back, 1U);
}

TEST_F(maildir_house_keeping, what_could_not_be_held_is_told_to_who_would_undelete_it)
{
    plant("new/1.a", "a\n");
    plant("new/2.b", "b\n");
    const auto session = open(week_);
    disk_.fill();
    const auto removal = session->remove(std::vector<std::size_t>{0}, "full");
    ASSERT_TRUE(removal);
    EXPECT_EQ(removal->not_held, 1U);
    disk_.heal(); // the next one leaves room for the note
    plant("new/" + std::string(250, 'x'), "c\n");
    const auto other =
        store_->open_maildrop({"ann"}, {.lock = store::lock_policy::snapshot, .held_for = 24h});
    ASSERT_EQ(other->get()->listing()->size(), 2U);
    EXPECT_EQ((*other)->remove(std::vector<std::size_t>{0, 1}, "long")->not_held, 1U);
    EXPECT_EQ(log_.count("messages-not-held"), 2U);
    EXPECT_EQ(store_->undelete({"ann"}, {.session = "other", .since = {}})->not_held, 0U);
    const auto undone = store_->undelete({"ann"}, {.session = "long", .since = {}}).value();
    EXPECT_EQ(undone.put_back, 1U);
    EXPECT_EQ(undone.not_held, 1U);
    EXPECT_EQ(store_->end_holding({"ann"}, clock_.now())->messages, 0U) << "a note is no message";
    EXPECT_EQ(store_->undelete({"ann"}, {})->not_held, 0U) << "and goes like one";
}

TEST_F(maildir_house_keeping, nothing_expires_while_the_list_of_what_was_put_back_cannot_be_read)
{
    const store::maildrop_policy day{.expire = 24h};
    deliver("old\r\n");
    plant("restante-put-back", "nonsense\n");
    clock_.advance(25h);
    EXPECT_EQ(open(day)->listing()->size(), 1U);
    EXPECT_EQ(log_.count("expiry-put-off"), 1U);
    plant("restante-put-back", "restante-put-back 1\nnonsense\n-1 x\n99999999999999 x\n5\n5 a:b\n");
    EXPECT_EQ(open(day)->listing()->size(), 0U) << "lines that are wrong do not count";
}

TEST_F(maildir_house_keeping, in_use_says_since_when)
{
    const auto first = open();
    const auto second = store_->open_maildrop({"ann"}, {});
    EXPECT_EQ(second.error().kind, base::failure::in_use);
    EXPECT_EQ(second.error().peer_text, "2026-01-01 00:01:00 UTC");
}

TEST_F(maildir_house_keeping, others_deliveries_count_for_the_quota_and_removals_make_room)
{
    const store::maildrop_policy three{.quota_messages = 3};
    const std::vector<store::delivery_recipient> to{{{"ann"}, three, ""}};
    const auto post = [&] {
        return store_->begin_delivery(to, std::nullopt).value()->commit().front().has_value();
    };
    EXPECT_TRUE(post());
    EXPECT_TRUE(post());
    plant("new/9.other", "x\n");
    clock_.advance(11s);
    EXPECT_FALSE(post());
    disk_.erase("/mail/ann/new/9.other");
    EXPECT_TRUE(post()) << "nobody is refused on an old count";
    EXPECT_FALSE(post());
    EXPECT_EQ(store_->measure({"ann"})->messages, 3U);
}

TEST_F(maildir_house_keeping, a_message_is_rewritten_as_received_when_lf_would_lose_something)
{
    const std::string first = "Subject: x\r\n\r\n" + std::string(200'000, 'y') + "\r";
    const std::vector<store::delivery_recipient> to{{{"ann"}, {}, "H: 1\r\n"}, {{"bob"}, {}, "H: 22\r\n"}};
    auto begun = store_->begin_delivery(to, std::nullopt).value();
    ASSERT_TRUE(begun->write(first)); // ends in a CR that is held back
    ASSERT_TRUE(begun->write("\nbare\n"));
    ASSERT_TRUE(begun->write("end\r\n"));
    for (const auto& outcome : begun->commit()) ASSERT_TRUE(outcome);
    for (const auto& [name, header] : {std::pair{"ann", "H: 1\r\n"}, std::pair{"bob", "H: 22\r\n"}}) {
        const auto session = store_->open_maildrop({name}, {}).value();
        const auto message = session->open(0).value();
        EXPECT_EQ(message->form(), mail::form::as_received);
        EXPECT_EQ(canonical(*message), header + first + "\nbare\nend\r\n");
        EXPECT_EQ(session->listing()->octets(0), message->octets());
    }
    for (const auto& path : disk_.files()) EXPECT_EQ(path.find("/tmp/"), std::string::npos) << path;
}
