// A run with trouble at each of its steps: the disk fails or is full, the power goes, the line breaks (T45 to T48).
// After a restart and one clean run every message that was ever on the server is there or in the archive, exactly once.
#include "careless_disk.hpp"
#include "unit/archive/fetch_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <random>

namespace fault {

namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;
using support::fake_server;
using support::simulated_disk;
using support::survivors;

/// The world outside of the collector, before it starts: what a power cut leaves of it.
class world {
public:
    world() { book("/ledger-0"); }

    std::string book(const std::string& name) const
    {
        files::create_directories(folder_.path() + name);
        return folder_.path() + name + "/ledger";
    }
    /// The ledger's files as they are at this moment: SQLite had synced what it has committed.
    std::string keep(const std::string& of, const std::string& as) const
    {
        const std::string to = folder_.path() + as;
        files::remove_all(to);
        files::copy(files::path(of).parent_path(), to, files::copy_options::recursive);
        return to + "/ledger";
    }

    support::manual_clock clock;

private:
    support::temporary_directory folder_;
};

struct way {
    const char* name;
    archive::keep_policy keep;
    bool beside = false; ///< small groups are made durable on a second thread while others come
};

std::ostream& operator<<(std::ostream& out, const way& one)
{
    return out << one.name;
}

class fetch : public testing::TestWithParam<way> {
protected:
    // Some letters are stored already, and old enough to go; some are new; two are the same. Some are to be compared:
    // one has a unique-id that another letter had before, one got a field of the server's, of one only the header
    // section was ever compared.
    void SetUp() override
    {
        account_.guard = {.percent = 100, .messages = 1000};
        account_.keep = archive::keep_none{};
        put("reused", support::machine_letter("the first letter"));
        ASSERT_TRUE(run(start_, disk_, book_));
        ASSERT_TRUE(start_.letters.empty());
        account_.keep = archive::keep_all{};
        for (int i = 0; i != 3; ++i) put("old" + std::to_string(i));
        ASSERT_TRUE(run(start_, disk_, book_));
        start_.heal(); // calls are counted from here
        account_.keep = GetParam().keep;
        put("reused", support::machine_letter("the other letter"));
        std::string& read = start_.find("old0")->octets;
        read = support::with_field(read, "Status: RO");
        doubt("old1");
        world_.clock.advance(std::chrono::days(40));
        for (int i = 0; i != 3; ++i) put("new" + std::to_string(i));
        start_.put("twin", support::letter("new1"));
    }

    void put(const std::string& id) { put(id, support::letter(id, id == "new2" ? 3000 : 0)); }
    void put(const std::string& id, const std::string& octets)
    {
        start_.put(id, octets);
        ever_.push_back(octets);
    }

    /// As adopt() leaves it.
    void doubt(const std::string& id)
    {
        auto book = archive::ledger::open(book_, std::nullopt, world_.clock).value();
        auto known = book->find("me", id).value().value();
        known.adopted = true;
        ASSERT_TRUE(book->record({&known, 1}));
    }

    base::result<archive::closing_account> run(fake_server& server, disk::file_system& disk,
                                               const std::string& book)
    {
        world_.clock.advance(1s);
        support::collector at(disk, book, world_.clock, ++seed_);
        if (!at.ready()) return base::fail({base::failure::storage, true, "", "cannot open"});
        archive::fetch_parts parts{
            .server = server, .mail = *at.mail, .book = *at.book, .clock = world_.clock, .log = at.log};
        parts.beside = GetParam().beside;
        if (parts.beside) parts.group_messages = 2;
        return archive::fetch(account_, parts, {});
    }

    /// What is on the server or in the archive, and nothing twice. `all_fetched`: and all of it is in the archive.
    void expect_all(const fake_server& server, simulated_disk& disk, const std::string& story,
                    bool all_fetched = true)
    {
        support::seeded_random random;
        support::memory_log log;
        const auto mail =
            store::maildir::open_collection(disk, "/archive/me", world_.clock, random, log, "restante")
                .value();
        const auto here = support::octets_of(*mail);
        for (const std::string& octets : ever_) {
            const auto copies = std::ranges::count(here, octets);
            EXPECT_LE(copies, 1) << "twice in the archive: " << octets.substr(27, 30) << "\n" << story;
            EXPECT_TRUE(copies == 1 || server.has(octets)) << "lost: " << octets.substr(27, 30) << "\n"
                                                           << story;
        }
        if (all_fetched) {
            EXPECT_EQ(here.size(), ever_.size()) << story;
        }
    }

    /// As a mail program does: the same octets under a name of its own. How many there were.
    std::size_t rename_all(simulated_disk& disk, const std::string& to)
    {
        std::size_t count = 0;
        for (const char* part : {"cur", "new", "tmp"})
            if (to != "/archive/me/") disk.plant_directory(to + part);
        for (const std::string& path : disk.files()) {
            if (path.find("/archive/me/") != 0) continue;
            if (path.find("/cur/") == path.npos && path.find("/new/") == path.npos) continue;
            const auto contents = disk.contents(path);
            disk.erase(path);
            disk.plant_file(to + "cur/179597" + std::to_string(++renamed_) + ".other.host:2,S",
                            contents.value());
            ++count;
        }
        return count;
    }

    /// After two undisturbed runs: all is here, once, and what the policy lets go is gone from the server.
    void expect_policy_and_all(fake_server& server, simulated_disk& disk, const std::string& book,
                               const std::string& story)
    {
        for (int i = 0; i != 2; ++i) {
            const auto clean = run(server, disk, book);
            ASSERT_TRUE(clean) << clean.error().operator_text << "\n" << story;
            EXPECT_TRUE(clean->sums_agree()) << story;
            EXPECT_EQ(clean->trouble, "") << story;
        }
        expect_all(server, disk, story + "\n" + disk.trace());
        if (std::holds_alternative<archive::keep_none>(GetParam().keep)) {
            EXPECT_EQ(server.letters.size(), 0U) << story;
        }
    }

    world world_;
    archive::account_settings account_{.name = "me"};
    simulated_disk disk_{world_.clock};
    const std::string book_ = world_.book("/ledger-0");
    fake_server start_;
    std::vector<std::string> ever_;
    std::uint64_t seed_ = 0;
    unsigned renamed_ = 1000;
};

const std::vector<survivors> after_power_cut{survivors::synced_only, survivors::names_only,
                                             survivors::everything, survivors::random};

} // namespace

TEST_P(fetch, loses_nothing_when_the_power_goes_at_any_operation_of_the_disk)
{
    std::size_t points = 0;
    bool untouched = false;
    for (std::size_t cut = 0; !untouched && !HasFailure(); ++cut, ++points) {
        for (const survivors which : after_power_cut) {
            const auto disk = disk_.restart(survivors::everything);
            fake_server server = start_;
            std::string book = world_.keep(book_, "/ledger-1");
            // With the disk the ledger stops: what it has committed by then is what the next start finds.
            std::string frozen;
            disk->before_each([&](std::size_t number, const std::string&) {
                if (frozen.empty() && number > cut) frozen = world_.keep(book, "/ledger-2");
            });
            disk->cut_power(cut);
            (void)run(server, *disk, book);
            untouched = !disk->struck();
            const auto back = disk->restart(which, cut);
            // The server heard nothing that was said after the cut.
            const auto clean = run(server, *back, frozen.empty() ? book : frozen);
            ASSERT_TRUE(clean) << clean.error().operator_text;
            EXPECT_TRUE(clean->sums_agree());
            EXPECT_EQ(clean->trouble, "");
            expect_all(server, *back, "power cut after " + std::to_string(cut) + "\n" + disk->trace());
            if (HasFailure()) return;
        }
    }
    std::cout << GetParam().name << ": the power was cut at " << points << " operations of the disk, "
              << after_power_cut.size() << " ways to come back each\n";
    EXPECT_GT(points, 20u);
}

// The kernel lives on: what the killed run wrote is seen by the next one, and still not durable.
TEST_P(fetch, loses_nothing_when_it_is_killed_and_the_power_goes_after_the_next_run)
{
    std::size_t points = 0;
    bool untouched = false;
    for (std::size_t cut = 0; !untouched && !HasFailure(); ++cut, ++points) {
        const auto disk = disk_.restart(survivors::everything);
        fake_server server = start_;
        const std::string book = world_.keep(book_, "/ledger-1");
        std::string frozen;
        disk->before_each([&](std::size_t number, const std::string&) {
            if (frozen.empty() && number > cut) frozen = world_.keep(book, "/ledger-2");
        });
        disk->cut_power(cut);
        (void)run(server, *disk, book);
        untouched = !disk->struck();
        disk->before_each(nullptr);
        disk->heal();
        const auto clean = run(server, *disk, frozen.empty() ? book : frozen);
        ASSERT_TRUE(clean) << clean.error().operator_text;
        const auto back = disk->restart(survivors::synced_only);
        expect_all(server, *back, "killed after " + std::to_string(cut) + "\n" + disk->trace(), false);
    }
    std::cout << GetParam().name << ": killed at " << points << " operations, and the power cut later\n";
    EXPECT_GT(points, 20u);
}

TEST_P(fetch, loses_nothing_when_an_operation_of_the_disk_fails)
{
    std::size_t points = 0;
    for (const int number : {EIO, ENOSPC})
        for (const auto repeat : {simulated_disk::repeat::once, simulated_disk::repeat::from_then_on}) {
            bool untouched = false;
            for (std::size_t nth = 1; !untouched && !HasFailure(); ++nth, ++points) {
                const auto disk = disk_.restart(survivors::everything);
                fake_server server = start_;
                const std::string book = world_.keep(book_, "/ledger-1");
                disk->fail(nth, number, repeat);
                const auto told = run(server, *disk, book);
                untouched = !disk->struck();
                EXPECT_TRUE(!told || told->sums_agree());
                disk->heal();
                const auto back = disk->restart(survivors::synced_only);
                const auto clean = run(server, *back, book);
                ASSERT_TRUE(clean) << clean.error().operator_text << "\n" << disk->trace();
                expect_all(server, *back, "operation " + std::to_string(nth) + " failed\n" + disk->trace());
            }
        }
    std::cout << GetParam().name << ": the disk failed at " << points << " points\n";
}

TEST_P(fetch, loses_nothing_when_the_process_is_killed_at_any_call_to_the_server)
{
    std::size_t points = 0;
    for (const bool effect : {false, true}) {
        bool untouched = false;
        for (std::size_t call = 1; !untouched && !HasFailure(); ++call, ++points)
            for (const survivors which : after_power_cut) {
                const auto disk = disk_.restart(survivors::everything);
                fake_server server = start_;
                const std::string book = world_.keep(book_, "/ledger-1");
                // From this call on nothing is heard and, with the ledger and the disk frozen, nothing is written.
                std::unique_ptr<simulated_disk> back;
                std::string frozen;
                server.break_at = call;
                server.for_good = true;
                server.effect_at_break = effect;
                server.watch = [&](const std::string&) {
                    if (server.calls + 1 != call) return;
                    // In this order: what is recorded meanwhile must not be ahead of what is on the disk.
                    frozen = world_.keep(book, "/ledger-2");
                    back = disk->restart(which, call);
                };
                (void)run(server, *disk, book);
                untouched = !server.struck();
                if (untouched) break;
                server.heal();
                server.watch = nullptr;
                const auto clean = run(server, *back, frozen);
                ASSERT_TRUE(clean) << clean.error().operator_text;
                EXPECT_EQ(clean->trouble, "");
                expect_all(server, *back, "killed at call " + std::to_string(call));
            }
    }
    std::cout << GetParam().name << ": killed at " << points << " calls to the server, "
              << after_power_cut.size() << " ways to come back each\n";
    EXPECT_GT(points, 20u);
}

TEST_P(fetch, loses_nothing_when_the_line_breaks_at_any_call)
{
    std::size_t points = 0;
    for (const bool for_good : {false, true})
        for (const bool effect : {false, true}) {
            bool untouched = false;
            for (std::size_t call = 1; !untouched && !HasFailure(); ++call, ++points) {
                const auto disk = disk_.restart(survivors::everything);
                fake_server server = start_;
                const std::string book = world_.keep(book_, "/ledger-1");
                server.break_at = call;
                server.for_good = for_good;
                server.effect_at_break = effect;
                const auto told = run(server, *disk, book);
                untouched = !server.struck();
                EXPECT_TRUE(!told || told->sums_agree());
                server.heal();
                const auto clean = run(server, *disk, book);
                ASSERT_TRUE(clean) << clean.error().operator_text;
                EXPECT_TRUE(clean->well()) << clean->trouble;
                expect_all(server, *disk, "the line broke at call " + std::to_string(call));
            }
        }
    std::cout << GetParam().name << ": the line broke at " << points << " calls\n";
}

// A mail program gives the copies other names, in other folders, while a run is at work (decision 0155).
TEST_P(fetch, follows_copies_that_are_renamed_between_operations_of_the_disk)
{
    std::size_t points = 0;
    std::size_t moved = 0;
    // More of them where most can go wrong: each takes three runs.
    const bool deletes = std::holds_alternative<archive::keep_none>(GetParam().keep) && !GetParam().beside;
    for (const std::string to : {"/archive/me/", "/archive/me/.Lists/"})
        for (std::size_t nth = 1; !HasFailure(); nth += deletes && to == "/archive/me/" ? 3 : 14, ++points) {
            const auto disk = disk_.restart(survivors::everything);
            fake_server server = start_;
            const std::string book = world_.keep(book_, "/ledger-1");
            bool reached = false;
            disk->before_each([&](std::size_t number, const std::string&) {
                if (number != nth) return;
                reached = true;
                moved += rename_all(*disk, to);
            });
            const auto told = run(server, *disk, book);
            EXPECT_TRUE(!told || told->sums_agree());
            disk->before_each(nullptr);
            if (!reached) break;
            expect_policy_and_all(server, *disk, book, "renamed before operation " + std::to_string(nth));
        }
    std::cout << GetParam().name << ": " << moved << " copies renamed at " << points << " operations\n";
    EXPECT_GT(moved, points);
}

TEST_P(fetch, loses_nothing_when_it_is_killed_after_copies_were_renamed)
{
    std::size_t points = 0;
    bool untouched = false;
    for (std::size_t cut = 1; !untouched && !HasFailure(); cut += 17, ++points)
        for (const std::size_t later : {0U, 9U}) {
            const auto disk = disk_.restart(survivors::everything);
            fake_server server = start_;
            std::string book = world_.keep(book_, "/ledger-1");
            std::string frozen;
            disk->before_each([&](std::size_t number, const std::string&) {
                if (number == cut) (void)rename_all(*disk, "/archive/me/");
                if (frozen.empty() && number > cut + later) frozen = world_.keep(book, "/ledger-2");
            });
            disk->cut_power(cut + later);
            (void)run(server, *disk, book);
            untouched = !disk->struck();
            const auto back = disk->restart(survivors::synced_only);
            expect_policy_and_all(server, *back, frozen.empty() ? book : frozen,
                                  "renamed at " + std::to_string(cut) + ", killed " + std::to_string(later) +
                                      " later");
        }
    std::cout << GetParam().name << ": copies renamed at " << points << " operations, and killed twice\n";
    EXPECT_GT(points, 2u);
}

// The negative control: on a disk whose directories are not synced these tests see letters go.
TEST_P(fetch, would_be_seen_to_lose_letters_without_a_sync_of_the_directory)
{
    if (!std::holds_alternative<archive::keep_none>(GetParam().keep))
        GTEST_SKIP() << "only keep_none deletes in the run that stores";
    const auto disk = disk_.restart(survivors::everything);
    fake_server server = start_;
    careless_disk careless(*disk, carelessness::no_directory_sync);
    const auto told = run(server, careless, world_.keep(book_, "/ledger-1"));
    ASSERT_TRUE(told && told->deleted == 8);
    const auto back = disk->restart(survivors::synced_only);
    support::seeded_random random;
    support::memory_log log;
    const auto mail =
        store::maildir::open_collection(*back, "/archive/me", world_.clock, random, log, "restante").value();
    EXPECT_EQ(support::octets_of(*mail).size(), 4u); // those of the runs before
}

// Mail comes, the server loses its mind, disk and line break, runs are killed: in any order.
TEST_P(fetch, loses_nothing_in_random_histories)
{
    constexpr unsigned histories = 150;
    std::size_t runs = 0;
    for (unsigned history = 0; history != histories && !HasFailure(); ++history) {
        std::mt19937_64 random(history);
        const auto ever = ever_;
        auto disk = disk_.restart(survivors::everything);
        fake_server server = start_;
        std::string book = world_.keep(book_, "/ledger-1");
        for (int step = 0; step != 6; ++step, ++runs) {
            const std::string id = "h" + std::to_string(step);
            if (random() % 2 == 0) {
                server.put(id, support::letter(id + std::to_string(history)));
                ever_.push_back(server.letters.back().octets);
            }
            if (random() % 8 == 0) // all unique-ids are new
                for (auto& one : server.letters) one.unique_id += "'";
            if (random() % 8 == 0 && server.letters.size() > 1) // a unique-id for other content
                std::swap(server.letters[0].unique_id, server.letters.back().unique_id);
            if (random() % 8 == 0) std::ranges::reverse(server.letters); // renumbered
            if (random() % 8 == 0 && !server.letters.empty())
                server.letters[0].unique_id = server.letters.back().unique_id;
            server.empty_listing = random() % 8 == 0;
            server.unique_ids = random() % 8 != 0;
            server.top = random() % 4 != 0;
            server.quit = static_cast<fake_server::quitting>(random() % 5);
            if (random() % 3 == 0) server.break_at = 1 + random() % 30;
            server.for_good = random() % 2 == 0;
            server.effect_at_break = random() % 2 == 0;
            if (random() % 3 == 0)
                disk->fail(1 + random() % 120, random() % 2 == 0 ? EIO : ENOSPC,
                           random() % 2 == 0 ? simulated_disk::repeat::once
                                             : simulated_disk::repeat::from_then_on);
            const auto told = run(server, *disk, book);
            EXPECT_TRUE(!told || told->sums_agree());
            disk->heal();
            server.heal();
            disk = disk->restart(random() % 2 == 0 ? survivors::synced_only : survivors::random, random());
            world_.clock.advance(std::chrono::days(random() % 40));
        }
        server.empty_listing = false;
        server.unique_ids = server.top = true;
        server.quit = fake_server::quitting::works;
        const auto clean = run(server, *disk, book);
        ASSERT_TRUE(clean) << clean.error().operator_text;
        const auto again = run(server, *disk, book); // what proved to be other content at the first
        ASSERT_TRUE(again) << again.error().operator_text;
        // Where a unique-id went to other content of the same size, that is seen only when something is to be deleted.
        expect_all(server, *disk, "history " + std::to_string(history), false);
        ever_ = ever;
    }
    std::cout << GetParam().name << ": " << runs << " random runs in " << histories << " histories\n";
}

INSTANTIATE_TEST_SUITE_P(policies, fetch,
                         testing::Values(way{"keep_none", archive::keep_none{}},
                                         way{"keep_all", archive::keep_all{}},
                                         way{"keep_days", archive::keep_days{.days = 30}},
                                         way{"keep_none_beside", archive::keep_none{}, true}),
                         [](const auto& one) { return one.param.name; });

} // namespace fault
