// The power goes at each change that a ledger makes on the disk, with its journal, its notes and SQLite's files.
#include "ledger/ledger.hpp"
#include "ledger/rebuild.hpp"
#include "simulated_vfs.hpp"
#include "support/manual_clock.hpp"
#include "support/simulated_disk.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace fault {

namespace {

using support::simulated_disk;
using support::survivors;
using namespace std::chrono_literals;

constexpr std::array ways_back{survivors::synced_only, survivors::names_only, survivors::data_only,
                               survivors::everything, survivors::random};
const std::string book_path = "/archive/ledger";

struct form {
    const char* name;
    ledger::database_key key;
};

std::ostream& operator<<(std::ostream& out, const form& which)
{
    return out << which.name;
}

class ledger_on_a_disk : public testing::TestWithParam<form> {
protected:
    ledger_on_a_disk()
    {
        disk_.plant_directory("/archive");
        clock_.advance(24h);
    }

    /// Opens the ledger on the disk, makes it anew where it is damaged, and closes it after `act`.
    bool with_ledger(simulated_disk& disk, const std::function<void(ledger::ledger&)>& act)
    {
        const simulated_vfs vfs(disk);
        const ledger::own_disk own{disk, vfs.name()};
        auto book = ledger::ledger::open(own, book_path, GetParam().key, clock_);
        if (!book && book.error().kind == base::failure::malformed) {
            auto made = ledger::replace_ledger(own, book_path, GetParam().key, clock_);
            if (!made) return false;
            book = std::move(made->book);
        }
        if (book) act(**book);
        return book.has_value();
    }

    /// As SQLite sees the file, with nothing of ours.
    bool is_sound(simulated_disk& disk)
    {
        const simulated_vfs vfs(disk);
        const auto file =
            ledger::database::open({disk, vfs.name()}, book_path, ledger::durability::full, GetParam().key);
        return file && (*file)->check();
    }

    /// Cuts the power at each change that `act` makes, and shows `look` what each way to come back leaves. How often.
    std::size_t cut_at_each_change(const std::function<void(simulated_disk&)>& act,
                                   const std::function<void(simulated_disk&)>& look)
    {
        for (std::size_t cut = 0;; ++cut) {
            const auto disk = disk_.restart(survivors::everything);
            disk->cut_power(cut, simulated_disk::counting::changes);
            act(*disk);
            for (const survivors which : ways_back) {
                const auto back = disk->restart(which, cut);
                look(*back);
                EXPECT_TRUE(is_sound(*back));
                if (HasFailure()) {
                    ADD_FAILURE() << "cut after " << cut << " changes\n" << disk->trace();
                    return 0;
                }
            }
            if (!disk->struck()) return cut;
        }
    }

    static std::vector<ledger::message_record> group(const std::string& name)
    {
        std::vector<ledger::message_record> records;
        for (const char* const each : {"1", "2", "3"})
            records.push_back({.account = "me",
                               .unique_id = name + each,
                               .stage = ledger::stage::stored,
                               .hash = ledger::hash_of(name + each),
                               .key = "key-" + name + each,
                               .octets = 100});
        return records;
    }

    support::manual_clock clock_;
    simulated_disk disk_{clock_};
};

} // namespace

// A group is there where record() said so, and each as a whole or not at all; a journal tells what it has of one.
TEST_P(ledger_on_a_disk, keeps_what_it_recorded)
{
    std::size_t recorded = 0;
    const auto act = [&](simulated_disk& disk) {
        recorded = 0;
        for (int run = 0; run != 2; ++run)
            with_ledger(disk, [&](ledger::ledger& book) {
                for (int i = 0; i != 2; ++i)
                    if (book.record(group(std::to_string(2 * run + i) + "-"))) recorded += 3;
            });
    };
    const auto look = [&](simulated_disk& back) {
        EXPECT_TRUE(with_ledger(back, [&](ledger::ledger& book) {
            const std::uint64_t found = book.count("me").value();
            EXPECT_GE(found, recorded);
            EXPECT_LE(found, recorded + 3);
            if (GetParam().key) {
                EXPECT_EQ(found % 3, 0u);
            }
        }));
    };
    EXPECT_GT(cut_at_each_change(act, look), 60u);
}

// A quiet run may lose its note to a cut, never that of the run before it; any other note stays.
TEST_P(ledger_on_a_disk, knows_its_last_run)
{
    const base::wall_time first = clock_.now(), second = first + 1h, third = second + 1h;
    ASSERT_TRUE(with_ledger(disk_, [&](ledger::ledger& book) {
        ASSERT_TRUE(book.record_run("me", {first, true, "first", std::nullopt}));
    }));
    base::wall_time least, most;
    const auto act = [&](simulated_disk& disk) {
        least = most = first;
        with_ledger(disk, [&](ledger::ledger& book) {
            most = second;
            EXPECT_TRUE(book.record_no_op_run("me", {second, true, "second", std::nullopt}) || disk.struck());
        });
        with_ledger(disk, [&](ledger::ledger& book) {
            most = third;
            if (book.record_run("me", {third, false, "third", std::nullopt})) least = third;
        });
    };
    const auto look = [&](simulated_disk& back) {
        EXPECT_TRUE(with_ledger(back, [&](ledger::ledger& book) {
            const auto last = book.last_run("me").value().value();
            EXPECT_GE(last.when, least);
            EXPECT_LE(last.when, most);
            EXPECT_EQ(last.text, last.when == first ? "first" : last.when == second ? "second" : "third");
        }));
    };
    EXPECT_GT(cut_at_each_change(act, look), 10u);
}

INSTANTIATE_TEST_SUITE_P(forms, ledger_on_a_disk,
                         testing::Values(form{"plain", std::nullopt}, form{"sealed", std::string(32, 'k')}),
                         [](const auto& one) { return one.param.name; });

} // namespace fault
