// The sequence *deliver*, with trouble at each of its steps: 250 seen, and the letter is there, whole,
// whatever happens then; 250 not seen, and it is absent or whole (T37 to T40).
#include "careless_disk.hpp"
#include "witness.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <iostream>

namespace fault {

namespace {

using support::simulated_disk;

const std::string incoming = letter("incoming", 100'000);

class delivery : public testing::Test {
protected:
    // A disk with two letters in ann's maildrop, and what ann may expect of it.
    void SetUp() override
    {
        ASSERT_TRUE(store::maildir_store::initialise_root(prepared_, "/mail"));
        office at(prepared_, clock_, 1);
        for (const char* subject : {"first", "second"}) {
            clock_.advance(std::chrono::seconds(1));
            ASSERT_TRUE(deliver(at.store, "ann", letter(subject), before_));
        }
        clock_.advance(std::chrono::hours(1));
    }

    std::unique_ptr<simulated_disk> fresh_disk() const
    {
        return prepared_.restart(support::survivors::everything);
    }

    // Boots on what is left of `disk` and looks for broken promises; then the post office must work again.
    std::vector<std::string> breaches_after(const simulated_disk& disk, const comeback& back,
                                            const std::string& name, witness see)
    {
        const auto left = disk.restart(back.which, back.seed);
        office at(*left, clock_, 100 + back.seed);
        auto out = see.breaches(at.store, name);
        if (!deliver(at.store, name, letter("afterwards"), see)) out.push_back("takes no mail afterwards");
        for (std::string& late : see.breaches(at.store, name)) out.push_back("afterwards " + late);
        return out;
    }

    void expect_no_breach(const simulated_disk& disk, const comeback& back, const std::string& name,
                          const witness& see)
    {
        for (const std::string& breach : breaches_after(disk, back, name, see))
            ADD_FAILURE() << breach << "\nwhat survived: " << back.name << "\n" << disk.trace();
    }

    // Cuts the power after 0, 1, 2 … operations of a delivery, until one goes through untouched.
    void cut_everywhere(const std::string& name, const witness& before)
    {
        std::size_t points = 0;
        std::size_t boots = 0;
        for (bool untouched = false; !untouched && !HasFailure(); ++points) {
            const auto disk = fresh_disk();
            witness see = before;
            {
                office at(*disk, clock_, 2);
                disk->cut_power(points);
                const auto told = deliver(at.store, name, incoming, see);
                untouched = !disk->struck();
                ASSERT_TRUE(told || !untouched) << told.error().operator_text;
            }
            for (const comeback& back : comebacks()) {
                expect_no_breach(*disk, back, name, see);
                ++boots;
            }
        }
        std::cout << name << ": the power was cut at " << points << " points, " << boots
                  << " boots looked at\n";
        RecordProperty("crash_points", static_cast<int>(points));
        EXPECT_GT(points, 8U) << "a delivery has more steps than that";
    }

    support::manual_clock clock_;
    simulated_disk prepared_{clock_};
    witness before_;
};

struct trouble {
    const char* name;
    int number;
    simulated_disk::repeat repeats;
};

class delivery_trouble : public delivery, public testing::WithParamInterface<trouble> {};

bool failed_at(const simulated_disk& disk, const std::string& operation, const std::string& where)
{
    const std::string trace = disk.trace();
    const std::size_t end = trace.find("  <- fails");
    if (end == std::string::npos) return false;
    const std::size_t begin = trace.rfind('\n', end) + 1;
    const std::string line = trace.substr(begin, end - begin);
    return line.find(" " + operation + " ") != std::string::npos && line.find(where) != std::string::npos;
}

} // namespace

TEST_F(delivery, survives_a_power_cut_at_every_step)
{
    cut_everywhere("ann", before_);
}

TEST_F(delivery, survives_a_power_cut_at_every_step_of_the_first_letter)
{
    cut_everywhere("bob@example.org", {});
}

TEST_P(delivery_trouble, is_answered_honestly_at_every_step)
{
    std::size_t points = 0;
    for (bool untouched = false; !untouched && !HasFailure(); ++points) {
        const auto disk = fresh_disk();
        witness see = before_;
        {
            office at(*disk, clock_, 2);
            disk->fail(points + 1, GetParam().number, GetParam().repeats);
            const auto told = deliver(at.store, "ann", incoming, see);
            untouched = !disk->struck();
            ASSERT_TRUE(told || !untouched) << told.error().operator_text;
            if (!told) {
                EXPECT_TRUE(told.error().temporary)
                    << "the sender must try again: " << told.error().operator_text;
            }
            if (failed_at(*disk, "fsync", "/tmp/") || failed_at(*disk, "fsync", "/new")) {
                EXPECT_FALSE(told) << "a failed fsync is a failed delivery\n" << disk->trace();
            }
            disk->heal();
            for (const std::string& breach : see.breaches(at.store, "ann"))
                ADD_FAILURE() << breach << " while the daemon lived on\n" << disk->trace();
            EXPECT_TRUE(deliver(at.store, "ann", letter("next"), see)) << "the daemon goes on\n"
                                                                       << disk->trace();
        }
        for (const comeback& back : comebacks()) expect_no_breach(*disk, back, "ann", see);
    }
    std::cout << GetParam().name << ": " << points << " points tried\n";
    RecordProperty("failure_points", static_cast<int>(points));
    EXPECT_GT(points, 8U);
}

INSTANTIATE_TEST_SUITE_P(
    errors, delivery_trouble,
    testing::Values(trouble{"EIO", EIO, simulated_disk::repeat::once},
                    trouble{"ENOSPC", ENOSPC, simulated_disk::repeat::once},
                    trouble{"EDQUOT", EDQUOT, simulated_disk::repeat::once},
                    trouble{"EINTR", EINTR, simulated_disk::repeat::once},
                    trouble{"EMFILE", EMFILE, simulated_disk::repeat::once},
                    trouble{"ENOMEM", ENOMEM, simulated_disk::repeat::once},
                    trouble{"EIO_for_good", EIO, simulated_disk::repeat::from_then_on},
                    trouble{"ENOSPC_for_good", ENOSPC, simulated_disk::repeat::from_then_on},
                    trouble{"EROFS_for_good", EROFS, simulated_disk::repeat::from_then_on}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(delivery, gives_each_recipient_its_own_verdict_when_a_step_fails)
{
    for (std::size_t points = 0;; ++points) {
        const auto disk = fresh_disk();
        witness ann = before_;
        witness bob;
        {
            office at(*disk, clock_, 2);
            const std::array recipients{store::delivery_recipient{{"ann"}, {}, "To: ann\r\n"},
                                        store::delivery_recipient{{"bob"}, {}, "To: bob\r\n"}};
            ann.attempted("To: ann\r\n" + incoming);
            bob.attempted("To: bob\r\n" + incoming);
            disk->fail(points + 1, EIO);
            const auto begun = at.store.begin_delivery(recipients, std::nullopt);
            if (begun && (*begun)->write(incoming)) {
                const auto told = (*begun)->commit();
                ASSERT_EQ(told.size(), 2U);
                if (told[0]) ann.promised(*told[0], "To: ann\r\n" + incoming);
                if (told[1]) bob.promised(*told[1], "To: bob\r\n" + incoming);
            }
        }
        for (const comeback& back : comebacks()) {
            expect_no_breach(*disk, back, "ann", ann);
            expect_no_breach(*disk, back, "bob", bob);
        }
        if (!disk->struck() || HasFailure()) break;
    }
}

TEST_F(delivery, leaves_no_litter_for_longer_than_the_sweep)
{
    for (std::size_t points = 0;; ++points) {
        const auto disk = fresh_disk();
        witness see = before_;
        {
            office at(*disk, clock_, 2);
            disk->cut_power(points);
            static_cast<void>(deliver(at.store, "ann", incoming, see));
        }
        const auto left = disk->restart(support::survivors::everything);
        clock_.advance(std::chrono::hours(37));
        office at(*left, clock_, 3);
        ASSERT_TRUE(at.store.sweep({"ann"}, {}));
        for (const std::string& path : left->files())
            EXPECT_EQ(path.find("/tmp/"), std::string::npos) << path << "\n" << disk->trace();
        EXPECT_TRUE(see.breaches(at.store, "ann").empty());
        if (!disk->struck() || HasFailure()) break;
    }
}

// --- negative controls: without one of the syncs, the tests above must find losses

namespace {

class careless_delivery : public delivery {
protected:
    // The promises broken when the power goes right after 250.
    std::vector<std::string> breaches_with(carelessness how)
    {
        const auto disk = fresh_disk();
        careless_disk careless(*disk, how);
        witness see = before_;
        {
            office at(careless, clock_, 2);
            EXPECT_TRUE(deliver(at.store, "ann", incoming, see));
        }
        return breaches_after(*disk, comebacks().front(), "ann", see);
    }
};

const std::string lost_incoming =
    "lost: 'Subject: incoming' (" + std::to_string(incoming.size()) + " octets)";

} // namespace

TEST_F(careless_delivery, is_found_out_without_the_sync_of_the_directory)
{
    const auto found = breaches_with(carelessness::no_directory_sync);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front(), lost_incoming);
    std::cout << "without the directory sync: " << found.front() << "\n";
}

TEST_F(careless_delivery, is_found_out_without_the_sync_of_the_file)
{
    EXPECT_FALSE(breaches_with(carelessness::no_file_sync).empty());
}

TEST_F(careless_delivery, is_found_out_when_a_failed_sync_is_tried_again)
{
    std::size_t found = 0;
    for (std::size_t points = 0;; ++points) {
        const auto disk = fresh_disk();
        careless_disk careless(*disk, carelessness::sync_again);
        witness see = before_;
        {
            office at(careless, clock_, 2);
            disk->fail(points + 1, EIO);
            static_cast<void>(deliver(at.store, "ann", incoming, see));
        }
        found += breaches_after(*disk, comebacks().front(), "ann", see).empty() ? 0 : 1;
        if (!disk->struck()) break;
    }
    EXPECT_GE(found, 2U) << "the sync of the file and that of the directory";
}

} // namespace fault
