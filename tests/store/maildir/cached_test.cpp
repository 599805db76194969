// What a thread that must not wait may do: the same as others, or nothing.
#include "disk/posix.hpp"
#include "fixture.hpp"
#include "support/temporary_directory.hpp"

namespace {

class maildir_cached : public maildir_test {
protected:
    std::unique_ptr<store::blocking_maildrop> open_cached(const store::maildrop_policy& policy = {})
    {
        return store_->open_maildrop_cached({"ann"}, policy);
    }
    /// Two messages whose snapshot is kept; the file of the first.
    std::string two_messages()
    {
        const std::string id = deliver("Subject: a\r\n\r\n.dot\r\n");
        deliver("Subject: b\r\n\r\nbare \n line end\r\n");
        settle();
        open();
        for (const auto& path : disk_.files())
            if (path.find(id) != std::string::npos) return path;
        return {};
    }
};

TEST_F(maildir_cached, opens_what_is_kept_and_reads_the_same_octets)
{
    two_messages();
    const auto session = open_cached();
    ASSERT_TRUE(session);
    EXPECT_TRUE(session->closes_without_waiting());
    ASSERT_EQ(session->listing()->size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto at_once = session->open_cached(i);
        ASSERT_TRUE(at_once) << i;
        const auto plain = session->open(i).value();
        EXPECT_EQ(at_once->octets(), session->listing()->octets(i));
        EXPECT_EQ(at_once->form(), plain->form());
        EXPECT_EQ(canonical(*at_once), canonical(*plain));
    }
}

TEST_F(maildir_cached, opens_no_maildrop_whose_header_sections_it_would_have_to_read)
{
    two_messages();
    const store::maildrop_policy policy{.list_surrogates = true};
    EXPECT_FALSE(open_cached(policy));
    open(policy);
    EXPECT_TRUE(open_cached(policy));
}

TEST_F(maildir_cached, learns_of_the_next_messages_while_it_opens_one)
{
    two_messages();
    const auto session = open();
    disk_.heal(); // counts anew
    ASSERT_TRUE(session->open(1));
    const auto for_the_last = disk_.operations();
    disk_.heal();
    ASSERT_TRUE(session->open(0));
    EXPECT_EQ(disk_.operations(), for_the_last + 1) << disk_.trace();
}

TEST_F(maildir_cached, removes_and_expunges_like_any_session)
{
    two_messages();
    auto session = open_cached();
    ASSERT_TRUE(session);
    const std::vector<std::size_t> first{0};
    EXPECT_EQ(session->remove(first, "session-1")->removed, 1U);
    session.reset();
    settle();
    EXPECT_EQ(unique_ids().size(), 1U);
}

TEST_F(maildir_cached, makes_nothing_and_opens_no_maildrop_it_has_not_seen)
{
    EXPECT_FALSE(store_->open_maildrop_cached({"ben"}, {}));
    EXPECT_FALSE(store_->open_maildrop_cached({"../ann"}, {}));
    for (const auto& path : disk_.files()) EXPECT_EQ(path.find("/ben"), std::string::npos) << path;
    two_messages();
    restart();
    EXPECT_FALSE(open_cached());
    open();
    EXPECT_TRUE(open_cached());
}

TEST_F(maildir_cached, keeps_to_the_lock)
{
    two_messages();
    auto holder = open_cached();
    ASSERT_TRUE(holder);
    EXPECT_FALSE(open_cached());
    EXPECT_EQ(store_->open_maildrop({"ann"}, {}).error().kind, base::failure::in_use);
    EXPECT_TRUE(open_cached({.lock = store::lock_policy::snapshot}));
    holder.reset();
    EXPECT_TRUE(open_cached());
}

TEST_F(maildir_cached, does_not_take_an_old_snapshot_for_what_is_there)
{
    two_messages();
    deliver("Subject: c\r\n\r\n");
    EXPECT_FALSE(open_cached());
    settle();
    open();
    EXPECT_EQ(open_cached()->listing()->size(), 3U);
    const std::string base = std::string(open()->listing()->unique_id(0));
    plant("restante-unique-ids", "restante-unique-ids 1\nimported " + base + "\n");
    EXPECT_FALSE(open_cached());
    open();
    EXPECT_EQ(open_cached()->listing()->unique_id(0), "imported");
}

TEST_F(maildir_cached, leaves_a_message_that_is_out_of_the_ordinary_to_open)
{
    const auto path = two_messages();
    const auto session = open_cached();
    ASSERT_TRUE(session);

    const std::string whole = *disk_.contents(path);
    disk_.erase(path);
    disk_.plant_file(path, whole + "grown\n");
    EXPECT_FALSE(session->open_cached(0));
    EXPECT_EQ(session->open(0).value()->octets(), session->listing()->octets(0) + 7);

    disk_.set_owner(path, 4711);
    EXPECT_FALSE(session->open_cached(0));
    EXPECT_EQ(session->open(0).error().kind, base::failure::storage);

    disk_.erase(path);
    EXPECT_FALSE(session->open_cached(0));
    EXPECT_EQ(session->open(0).error().kind, base::failure::vanished);

    disk_.plant(disk::kind::symbolic_link, path);
    EXPECT_FALSE(session->open_cached(0));
    EXPECT_FALSE(session->open(0));
}

TEST_F(maildir_cached, leaves_expiry_to_open)
{
    two_messages();
    const store::maildrop_policy week{.expire = std::chrono::days(7)};
    EXPECT_TRUE(open_cached(week));
    clock_.advance(std::chrono::days(8));
    EXPECT_FALSE(open_cached(week));
    EXPECT_TRUE(open_cached());
}

// The simulated disk has all in memory; here it is the kernel that says so.
TEST(maildir_cached_on_a_real_disk, opens_what_was_opened_before)
{
    const support::temporary_directory folder;
    const std::string root = folder.path() + "/mail";
    disk::posix_file_system disk;
    support::manual_clock clock;
    clock.set(base::system_clock().now());
    support::seeded_random random;
    support::memory_log log;
    ASSERT_TRUE(store::maildir_store::initialise_root(disk, root));
    store::maildir_store mail(disk, root, clock, random, log, "host.example.org");
    const std::vector<store::delivery_recipient> to{{{"ann@example.org"}, {}, ""}};
    auto begun = mail.begin_delivery(to, std::nullopt).value();
    ASSERT_TRUE(begun->write("Subject: a\r\n\r\n"));
    ASSERT_TRUE(begun->commit().front());
    clock.advance(std::chrono::seconds(10));
    ASSERT_TRUE(mail.open_maildrop({"ann@example.org"}, {}));

    const auto session = mail.open_maildrop_cached({"ann@example.org"}, {});
    ASSERT_TRUE(session);
    EXPECT_TRUE(session->open_cached(0));
    EXPECT_FALSE(mail.open_maildrop_cached({"ann@example.org"}, {})) << "locked";
}

} // namespace
