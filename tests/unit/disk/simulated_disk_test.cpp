// The simulated disk loses what no sync saved, and nothing else.
#include "support/manual_clock.hpp"
#include "support/simulated_disk.hpp"

#include <gtest/gtest.h>

#include <set>

using support::simulated_disk;
using support::survivors;

namespace {

class simulated : public testing::Test {
protected:
    std::unique_ptr<disk::directory> open(const std::string& path) { return disk_.open(path).value(); }
    // A letter written into tmp and renamed into new, with the syncs that are asked for.
    void deliver(bool sync_file, bool sync_directory)
    {
        const auto tmp = open("/m/tmp");
        const auto target = open("/m/new");
        const auto file = tmp->create("a").value();
        ASSERT_TRUE(file->write("the letter"));
        if (sync_file) {
            ASSERT_TRUE(file->sync());
        }
        ASSERT_TRUE(tmp->rename("a", *target, "a"));
        if (sync_directory) {
            ASSERT_TRUE(target->sync());
        }
    }
    std::optional<std::string> after(survivors which, std::uint64_t seed = 0)
    {
        return disk_.restart(which, seed)->contents("/m/new/a");
    }
    void SetUp() override
    {
        disk_.plant_directory("/m/tmp");
        disk_.plant_directory("/m/new");
    }

    support::manual_clock clock_;
    simulated_disk disk_{clock_};
};

} // namespace

TEST_F(simulated, keeps_what_was_synced)
{
    deliver(true, true);
    for (const auto which :
         {survivors::synced_only, survivors::names_only, survivors::data_only, survivors::everything})
        EXPECT_EQ(after(which), "the letter");
    for (std::uint64_t seed = 0; seed != 20; ++seed) EXPECT_EQ(after(survivors::random, seed), "the letter");
}

TEST_F(simulated, loses_contents_without_a_sync_of_the_file)
{
    deliver(false, true);
    EXPECT_EQ(after(survivors::synced_only), "");
    EXPECT_EQ(after(survivors::names_only), "");
    EXPECT_EQ(after(survivors::data_only), "the letter");
    EXPECT_EQ(after(survivors::everything), "the letter");
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed != 50; ++seed) seen.insert(after(survivors::random, seed).value());
    EXPECT_TRUE(seen.contains(""));
    EXPECT_TRUE(seen.contains("the letter"));
    EXPECT_TRUE(seen.contains(std::string(10, '\0')));
    EXPECT_GT(seen.size(), 4U) << "some cut short";
}

TEST_F(simulated, keeps_what_was_synced_before_octets_that_were_not)
{
    deliver(true, true);
    const auto file = open("/m/new")->open_to_append("a").value();
    ASSERT_TRUE(file->write(" and more"));
    EXPECT_EQ(after(survivors::synced_only), "the letter");
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed != 50; ++seed) seen.insert(after(survivors::random, seed).value());
    EXPECT_TRUE(seen.contains("the letter"));
    EXPECT_TRUE(seen.contains("the letter and more"));
    EXPECT_GT(seen.size(), 5U);
    for (const std::string& each : seen) EXPECT_TRUE(each.starts_with("the letter")) << each;
}

TEST_F(simulated, ignores_syncs_where_it_is_told_to)
{
    disk_.ignore_syncs([](std::string_view path) { return path == "/m/tmp/a"; });
    deliver(true, true);
    EXPECT_EQ(after(survivors::synced_only), "");
    disk_.heal();
    ASSERT_TRUE(open("/m/new")->open_to_append("a").value()->sync());
    EXPECT_EQ(after(survivors::synced_only), "the letter");
}

TEST_F(simulated, loses_the_name_without_a_sync_of_the_directory)
{
    deliver(true, false);
    EXPECT_EQ(after(survivors::synced_only), std::nullopt);
    EXPECT_EQ(after(survivors::data_only), std::nullopt);
    EXPECT_EQ(after(survivors::names_only), "the letter");
    EXPECT_EQ(after(survivors::everything), "the letter");
    std::set<std::vector<std::string>> seen;
    for (std::uint64_t seed = 0; seed != 50; ++seed)
        seen.insert(disk_.restart(survivors::random, seed)->files());
    using names = std::vector<std::string>;
    EXPECT_TRUE(seen.contains(names{"/m/new/a"}));
    EXPECT_TRUE(seen.contains(names{"/m/tmp/a"})) << "created, and not yet renamed";
    EXPECT_TRUE(seen.contains(names{}));
}

TEST_F(simulated, saves_nothing_by_a_second_sync_after_one_that_failed)
{
    const auto target = open("/m/new");
    const auto file = target->create("a").value();
    ASSERT_TRUE(file->write("the letter"));
    disk_.fail(1, EIO);
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(file->sync());
    ASSERT_TRUE(target->sync());
    EXPECT_EQ(after(survivors::synced_only), "");
}

TEST_F(simulated, saves_no_name_by_a_second_sync_after_one_that_failed)
{
    deliver(true, false);
    const auto target = open("/m/new");
    disk_.fail(1, EIO);
    EXPECT_FALSE(target->sync());
    ASSERT_TRUE(target->create("b"));
    EXPECT_TRUE(target->sync());
    EXPECT_EQ(disk_.restart(survivors::synced_only)->files(), std::vector<std::string>{"/m/new/b"});
}

TEST_F(simulated, fails_the_operation_that_was_named_and_only_that)
{
    const auto top = open("/m");
    disk_.fail(2, ENOSPC);
    EXPECT_TRUE(top->create("one"));
    EXPECT_FALSE(disk_.struck());
    EXPECT_EQ(top->create("two").error().kind, base::failure::no_space);
    EXPECT_TRUE(disk_.struck());
    EXPECT_TRUE(top->create("two"));
    EXPECT_NE(disk_.trace().find("create /m/two  <- fails"), std::string::npos);
}

TEST_F(simulated, fails_changes_alone_where_only_they_are_counted)
{
    const auto top = open("/m");
    disk_.fail(1, EROFS, simulated_disk::repeat::from_then_on, simulated_disk::counting::changes);
    EXPECT_TRUE(top->status());
    EXPECT_FALSE(top->create("one"));
    EXPECT_TRUE(top->status());
    EXPECT_FALSE(top->create("two"));
}

TEST_F(simulated, writes_half_where_a_write_fails)
{
    const auto file = open("/m")->create("file").value();
    disk_.fail(1, ENOSPC);
    EXPECT_FALSE(file->write("1234"));
    EXPECT_EQ(disk_.contents("/m/file"), "12");
}

TEST_F(simulated, does_nothing_more_without_power)
{
    const auto top = open("/m");
    const auto file = top->create("file").value();
    disk_.cut_power(1);
    EXPECT_TRUE(file->write("1234"));
    EXPECT_FALSE(file->write("5678"));
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(top->sync());
    EXPECT_FALSE(top->status());
    EXPECT_EQ(disk_.contents("/m/file"), "1234");
    EXPECT_TRUE(disk_.restart(survivors::synced_only)->files().empty());
}

TEST_F(simulated, forgets_locks_at_a_restart)
{
    const auto held = open("/m")->lock_file("lock").value();
    EXPECT_FALSE(open("/m")->lock_file("lock"));
    const auto next = disk_.restart(survivors::everything);
    EXPECT_TRUE(next->open("/m").value()->lock_file("lock"));
}

TEST_F(simulated, makes_paths_durable_step_by_step)
{
    ASSERT_TRUE(disk_.make_path("/a/b"));
    EXPECT_TRUE(disk_.restart(survivors::synced_only)->open("/a/b"));
    std::size_t cuts = 0;
    for (;; ++cuts) {
        simulated_disk fresh(clock_);
        fresh.cut_power(cuts);
        const bool made = fresh.make_path("/a/b/c").has_value();
        EXPECT_EQ(fresh.restart(survivors::synced_only)->open("/a/b/c").has_value(), made) << fresh.trace();
        if (!fresh.struck()) break;
    }
    EXPECT_EQ(cuts, 6U);
}

TEST_F(simulated, completes_a_path_that_another_left_unsynced)
{
    disk_.cut_power(3); // the last directory is made, and its name not yet durable
    EXPECT_FALSE(disk_.make_path("/a/b"));
    disk_.heal();
    ASSERT_TRUE(disk_.make_path("/a/b"));
    EXPECT_TRUE(disk_.restart(survivors::synced_only)->open("/a/b"));
}

TEST_F(simulated, replaces_a_whole_file_by_the_old_or_the_new_at_every_cut)
{
    disk_.plant_file("/m/users", "old");
    for (std::size_t cut = 0;; ++cut) {
        const auto disk = disk_.restart(survivors::everything);
        const auto top = disk->open("/m").value();
        disk->cut_power(cut);
        const bool replaced = disk::replace_whole(*top, "users", "new").has_value();
        for (std::uint64_t seed = 0; seed != 10; ++seed) {
            const auto left = disk->restart(survivors::random, seed)->contents("/m/users");
            EXPECT_TRUE(left == "new" || (!replaced && left == "old"))
                << left.value_or("(nothing)") << disk->trace();
        }
        if (!disk->struck()) break;
    }
}

TEST_F(simulated, lets_other_programs_act_between_operations)
{
    const auto top = open("/m");
    disk_.before_each([&](std::size_t number, const std::string& text) {
        if (number == 2) {
            EXPECT_EQ(text, "open /m/letter");
            EXPECT_TRUE(top->remove("letter"));
        }
    });
    ASSERT_TRUE(top->create("letter"));
    EXPECT_EQ(top->open("letter").error().kind, base::failure::vanished);
    EXPECT_EQ(disk_.operations(), 2U);
}

TEST_F(simulated, lets_other_programs_rename_while_names_are_listed)
{
    disk_.plant_file("/m/new/x", "");
    disk_.plant_file("/m/new/y", "");
    const auto target = open("/m/new");
    bool renamed = false;
    disk_.between_names([&](const std::string& path, const std::string& name) {
        EXPECT_EQ(path, "/m/new");
        if (!renamed) {
            EXPECT_TRUE(target->remove(name == "x" ? "y" : "x"));
        }
        renamed = true;
    });
    std::size_t told = 0;
    ASSERT_TRUE(target->list([&](std::string_view) { ++told; }));
    EXPECT_EQ(told, 1U);
}

TEST_F(simulated, shows_what_is_planted)
{
    disk_.plant(disk::kind::symbolic_link, "/m/new/link");
    disk_.plant(disk::kind::other, "/m/new/fifo");
    disk_.plant_file("/m/new/foreign", "x");
    disk_.set_owner("/m/new/foreign", 4242);
    disk_.plant_link("/m/new/foreign", "/m/new/second");
    const auto target = open("/m/new");
    EXPECT_EQ(target->open("link").error().kind, base::failure::refused);
    EXPECT_EQ(target->open("fifo").error().kind, base::failure::refused);
    EXPECT_EQ(target->lock_file("link").error().kind, base::failure::refused);
    EXPECT_EQ(target->status("link")->kind, disk::kind::symbolic_link);
    EXPECT_EQ(target->status("foreign")->owner, 4242U);
    EXPECT_EQ(target->status("second")->links, 2U);
    EXPECT_EQ(disk_.restart(survivors::synced_only)->files(), disk_.files());
}

TEST_F(simulated, dates_changes_by_the_clock)
{
    const auto target = open("/m/new");
    clock_.advance(std::chrono::seconds(5));
    const auto file = target->create("a").value();
    const auto made = clock_.now();
    EXPECT_EQ(target->status()->modified, made);
    clock_.advance(std::chrono::seconds(5));
    ASSERT_TRUE(file->write("x"));
    EXPECT_EQ(file->status()->modified, clock_.now());
    EXPECT_EQ(target->status()->modified, made);
}
