// The sequence *QUIT*, with trouble at each of its steps: no unmarked letter is ever gone; +OK seen, and
// every marked one is gone after the reboot; what is held can be put back (T41).
#include "careless_disk.hpp"
#include "witness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <iostream>

namespace fault {

namespace {

using support::simulated_disk;

struct way {
    const char* name;
    std::chrono::hours held_for;
    std::size_t letters;
    std::size_t step; // between the operations that are tried
};

class quit : public testing::TestWithParam<way> {
protected:
    void SetUp() override
    {
        ASSERT_TRUE(store::maildir_store::initialise_root(prepared_, "/mail"));
        office at(prepared_, clock_, 1);
        for (std::size_t i = 0; i != GetParam().letters; ++i) {
            clock_.advance(std::chrono::seconds(1));
            bodies_.push_back(letter("number " + std::to_string(i)));
            ASSERT_TRUE(deliver(at.store, "ann", bodies_.back(), before_));
            if (i % 3 != 0) marks_.push_back(i);
        }
        move_some_to_cur();
        clock_.advance(std::chrono::hours(1));
    }

    // An IMAP server has seen every second letter.
    void move_some_to_cur()
    {
        const auto fresh = prepared_.open("/mail/ann/new").value();
        const auto current = prepared_.open("/mail/ann/cur").value();
        std::vector<std::string> names;
        ASSERT_TRUE(fresh->list([&](std::string_view name) { names.emplace_back(name); }));
        for (std::size_t i = 0; i < names.size(); i += 2)
            ASSERT_TRUE(fresh->rename(names[i], *current, names[i] + ":2,S"));
        ASSERT_TRUE(current->sync());
        ASSERT_TRUE(fresh->sync());
    }

    struct answer {
        bool opened = false;
        bool ok = false; // +OK; else -ERR, or no answer
        std::size_t not_removed = 0;
        std::size_t not_held = 0;
        bool judged = false; // the store told which are left
        bool temporary = true;
    };

    // A session with marks and QUIT.
    answer collect_and_quit(store::blocking_store& at, witness& see)
    {
        const store::maildrop_policy policy{.held_for = GetParam().held_for};
        const auto session = at.open_maildrop({"ann"}, policy);
        if (!session) return {.temporary = session.error().temporary};
        EXPECT_EQ((*session)->listing()->size(), bodies_.size());
        if ((*session)->listing()->size() != bodies_.size()) return {};
        for (const std::size_t mark : marks_) see.marked(bodies_[mark]);
        const auto removal = (*session)->remove(marks_, "session-1");
        if (!removal) return {.opened = true, .temporary = removal.error().temporary};
        const bool all = removal->not_removed.empty();
        for (const std::size_t mark : marks_)
            if (std::ranges::find(removal->not_removed, mark) == removal->not_removed.end())
                see.confirmed(bodies_[mark]);
        return {.opened = true,
                .ok = all,
                .not_removed = removal->not_removed.size(),
                .not_held = removal->not_held,
                .judged = true};
    }

    // `all_held`: what was removed can be put back, where anything is held at all.
    void expect_no_breach(const simulated_disk& disk, const comeback& back, witness see, bool all_held = true)
    {
        const auto left = disk.restart(back.which, back.seed);
        office at(*left, clock_, 100 + back.seed);
        auto found = see.breaches(at.store, "ann");
        if (GetParam().held_for.count() > 0) {
            if (!at.store.undelete({"ann"}, {})) found.push_back("undelete fails");
            see.undeleted();
            if (all_held)
                for (const std::string& late : see.breaches(at.store, "ann"))
                    found.push_back("after undelete " + late);
        }
        if (!deliver(at.store, "ann", letter("afterwards"), see)) found.push_back("takes no mail afterwards");
        for (const std::string& breach : found)
            ADD_FAILURE() << breach << "\nwhat survived: " << back.name << "\n" << disk.trace();
    }

    support::manual_clock clock_;
    simulated_disk prepared_{clock_};
    witness before_;
    std::vector<std::string> bodies_;
    std::vector<std::size_t> marks_;
};

} // namespace

TEST_P(quit, survives_a_power_cut_at_every_step)
{
    std::size_t points = 0;
    std::size_t boots = 0;
    bool untouched = false;
    for (std::size_t cut = 0; !untouched && !HasFailure(); cut += GetParam().step, ++points) {
        const auto disk = prepared_.restart(support::survivors::everything);
        witness see = before_;
        {
            office at(*disk, clock_, 2);
            disk->cut_power(cut);
            const answer told = collect_and_quit(at.store, see);
            untouched = !disk->struck();
            ASSERT_TRUE(told.ok || !untouched);
        }
        for (const comeback& back : comebacks()) {
            expect_no_breach(*disk, back, see);
            ++boots;
        }
    }
    std::cout << GetParam().name << ": the power was cut at " << points << " points, " << boots
              << " boots looked at\n";
    RecordProperty("crash_points", static_cast<int>(points));
    EXPECT_GT(points * GetParam().step, marks_.size());
}

TEST_P(quit, is_answered_honestly_when_a_step_fails)
{
    std::size_t points = 0;
    for (const int number : {EIO, EACCES, EROFS, ESTALE, ENOSPC}) {
        bool untouched = false;
        for (std::size_t nth = 1; !untouched && !HasFailure(); nth += GetParam().step, ++points) {
            const auto disk = prepared_.restart(support::survivors::everything);
            witness see = before_;
            bool all_held = true;
            {
                office at(*disk, clock_, 2);
                disk->fail(nth, number,
                           number == EROFS ? simulated_disk::repeat::from_then_on
                                           : simulated_disk::repeat::once);
                const answer told = collect_and_quit(at.store, see);
                untouched = !disk->struck();
                all_held = told.not_held == 0;
                ASSERT_TRUE(told.ok || !untouched);
                EXPECT_TRUE(all_held || number == ENOSPC);
                EXPECT_TRUE(told.temporary) << disk->trace();
                disk->heal();
                for (const std::string& breach : see.breaches(at.store, "ann"))
                    ADD_FAILURE() << breach << "\n" << disk->trace();
                if (told.judged) {
                    EXPECT_EQ(letters(at.store, "ann").size(),
                              bodies_.size() - marks_.size() + told.not_removed)
                        << "what was told not to be removed is there\n"
                        << disk->trace();
                }
            }
            expect_no_breach(*disk, {support::survivors::synced_only, 0, "only what was synced"}, see,
                             all_held);
            expect_no_breach(*disk, {support::survivors::everything, 0, "everything"}, see, all_held);
        }
    }
    std::cout << GetParam().name << ": " << points << " failures tried\n";
}

TEST_P(quit, removes_what_a_full_disk_cannot_hold)
{
    // From the start, and from any step on: the held folder may be there already, and some messages in it.
    for (const bool folder_is_there : {false, true}) {
        const auto disk = prepared_.restart(support::survivors::everything);
        if (folder_is_there) disk->plant_directory("/mail/ann/.restante-held");
        witness see = before_;
        {
            office at(*disk, clock_, 2);
            disk->fill();
            const answer told = collect_and_quit(at.store, see);
            EXPECT_TRUE(told.ok) << disk->trace();
            disk->heal();
            EXPECT_EQ(letters(at.store, "ann").size(), bodies_.size() - marks_.size());
            const bool held = GetParam().held_for.count() > 0;
            EXPECT_EQ(at.log.count("messages-not-held"), held ? 1U : 0U);
            if (held) {
                EXPECT_EQ(at.store.undelete({"ann"}, {})->put_back, 0U);
            }
        }
        expect_no_breach(*disk, {support::survivors::synced_only, 0, "only what was synced"}, see, false);
        expect_no_breach(*disk, {support::survivors::everything, 0, "everything"}, see, false);
    }
}

TEST_P(quit, removes_what_cannot_be_held_whenever_the_disk_becomes_full)
{
    bool untouched = false;
    for (std::size_t nth = 0; !untouched && !HasFailure(); nth += GetParam().step) {
        const auto disk = prepared_.restart(support::survivors::everything);
        witness see = before_;
        bool all_held = true;
        {
            office at(*disk, clock_, 2);
            disk->fill(nth);
            const answer told = collect_and_quit(at.store, see);
            all_held = told.not_held == 0;
            untouched = !disk->struck();
            EXPECT_TRUE(told.ok) << disk->trace();
            disk->heal();
            EXPECT_EQ(letters(at.store, "ann").size(), bodies_.size() - marks_.size()) << disk->trace();
        }
        expect_no_breach(*disk, {support::survivors::synced_only, 0, "only what was synced"}, see, all_held);
    }
}

TEST_P(quit, is_found_out_without_the_sync_of_the_directory)
{
    const auto disk = prepared_.restart(support::survivors::everything);
    careless_disk careless(*disk, carelessness::no_directory_sync);
    witness see = before_;
    {
        office at(careless, clock_, 2);
        ASSERT_TRUE(collect_and_quit(at.store, see).ok);
    }
    const auto left = disk->restart(support::survivors::synced_only);
    office at(*left, clock_, 3);
    const auto found = see.breaches(at.store, "ann");
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front().substr(0, 10), "came back:");
}

TEST_P(quit, removes_nothing_where_a_session_ends_in_any_other_way)
{
    const auto disk = prepared_.restart(support::survivors::everything);
    office at(*disk, clock_, 2);
    {
        const auto session = at.store.open_maildrop({"ann"}, {.held_for = GetParam().held_for});
        ASSERT_TRUE(session);
        ASSERT_TRUE((*session)->open(0));
    }
    EXPECT_TRUE(before_.breaches(at.store, "ann").empty());
}

INSTANTIATE_TEST_SUITE_P(ways, quit,
                         testing::Values(way{"deleted", std::chrono::hours(0), 9, 1},
                                         way{"held", std::chrono::hours(24 * 7), 9, 1},
                                         way{"deleted_1000", std::chrono::hours(0), 1500, 331},
                                         way{"held_1000", std::chrono::hours(24 * 7), 1500, 331}),
                         [](const auto& one) { return std::string(one.param.name); });

} // namespace fault
