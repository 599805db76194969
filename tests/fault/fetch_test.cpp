// A run with trouble at each of its steps: the disk fails or is full, the power goes, the line breaks (T45 to T48).
// After a restart and one clean run every message that was ever on the server is there or in the archive, exactly once.
#include "careless_disk.hpp"
#include "simulated_vfs.hpp"
#include "support/keep_policies.hpp"
#include "unit/archive/fetch_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <random>

namespace fault {

namespace {

using namespace std::chrono_literals;
using support::fake_server;
using support::simulated_disk;
using support::survivors;

const std::string ledger_path = "/archive/.restante/ledger.sqlite";
const std::string journal_path = "/archive/.restante/me.uids";

struct way {
    std::string name;
    archive::keep_policy keep;
    bool beside = false; ///< small groups are made durable on a second thread while others come

    friend std::ostream& operator<<(std::ostream& out, const way& one) { return out << one.name; }
};

class fetch : public testing::TestWithParam<way> {
protected:
    // Some letters are stored already, and old enough to go; some are new; two are the same. Some are to be compared:
    // one has a unique-id that another letter had before, one got a field of the server's, of one only the header
    // section was ever compared.
    void SetUp() override
    {
        disk_.plant_directory(ledger::folder_of(ledger_path));
        account_.guard = {.percent = 100, .messages = 1000};
        account_.keep = archive::keep_none{};
        put("reused", support::machine_letter("the first letter"));
        ASSERT_TRUE(run(start_, disk_));
        ASSERT_TRUE(start_.letters.empty());
        account_.keep = archive::keep_all{};
        for (int i = 0; i != 3; ++i) put("old" + std::to_string(i));
        ASSERT_TRUE(run(start_, disk_));
        start_.heal(); // calls are counted from here
        account_.keep = GetParam().keep;
        put("reused", support::machine_letter("the other letter"));
        std::string& read = start_.find("old0")->octets;
        read = support::with_field(read, "Status: RO");
        doubt("old1");
        clock_.advance(std::chrono::days(40));
        for (int i = 0; i != 3; ++i) put("new" + std::to_string(i));
        start_.put("twin", support::letter("new1"));
    }

    void put(const std::string& id) { put(id, support::letter(id, id == "new2" ? 3000 : 0)); }
    void put(const std::string& id, const std::string& octets)
    {
        start_.put(id, octets);
        ever_.push_back(octets);
    }

    /// Erases the kept messages that have the text, or changes their last line end, so that their files have as many
    /// octets as before and their contents not; how many.
    std::size_t hurt(simulated_disk& disk, const std::string& text, bool erase)
    {
        std::size_t found = 0;
        for (const std::string& path : disk.files()) {
            std::string octets = disk.contents(path).value();
            if (!path.starts_with("/archive/me/") || octets.find(text) == octets.npos) continue;
            octets.back() = octets.back() == '!' ? '?' : '!';
            disk.erase(path);
            if (!erase) disk.plant_file(path, octets);
            ++found;
        }
        return found;
    }

    /// The ledger on the disk holds these octets, wherever their file is.
    bool is_held(simulated_disk& disk, const std::string& octets)
    {
        const simulated_vfs vfs(disk);
        const auto book = ledger::ledger::open({disk, vfs.name()}, ledger_path, std::nullopt, clock_).value();
        return !book->copies(ledger::hash_of(octets), "me").value().empty();
    }

    /// As adopt() leaves it.
    void doubt(const std::string& id)
    {
        const simulated_vfs vfs(disk_);
        auto book = ledger::ledger::open({disk_, vfs.name()}, ledger_path, std::nullopt, clock_).value();
        auto known = book->find("me", id).value().value();
        known.adopted = true;
        ASSERT_TRUE(book->record({&known, 1}));
    }

    base::result<archive::fetch_report> run(fake_server& server, simulated_disk& disk)
    {
        return run(server, disk, disk);
    }
    /// `seen` is how the program sees the disk.
    base::result<archive::fetch_report> run(fake_server& server, simulated_disk& disk,
                                            disk::file_system& seen)
    {
        clock_.advance(1s);
        const simulated_vfs vfs(disk);
        const auto journal = disk.contents(journal_path);
        support::collector at(seen, ledger_path, clock_, ++seed_, {seen, vfs.name()});
        journal_was_short_ = disk.contents(journal_path) != journal;
        if (!at.ready()) return base::fail({base::failure::storage, true, "", "cannot open"});
        archive::fetch_parts parts{
            .server = server, .mail = *at.mail, .book = *at.book, .clock = clock_, .log = at.log};
        parts.aside = "/archive/.restante/damaged/me";
        parts.beside = GetParam().beside;
        if (parts.beside) parts.group_messages = 2;
        return archive::fetch(account_, parts, {});
    }

    /// What is neither on the server nor in the archive, or twice in the archive; empty: nothing. `all_fetched`: and
    /// what is not in the archive.
    std::string lost_or_twice(const fake_server& server, simulated_disk& disk, bool all_fetched = true)
    {
        support::seeded_random random;
        support::memory_log log;
        const auto mail =
            store::maildir::open_collection(disk, "/archive/me", clock_, random, log, "restante").value();
        const auto here = support::octets_of(*mail);
        std::string out;
        for (const std::string& octets : ever_) {
            const auto copies = std::ranges::count(here, octets);
            if (copies > 1) out += "twice in the archive: " + octets.substr(27, 30) + "\n";
            if (copies == 0 && !server.has(octets)) out += "lost: " + octets.substr(27, 30) + "\n";
        }
        if (all_fetched && here.size() != ever_.size())
            out +=
                std::to_string(here.size()) + " of " + std::to_string(ever_.size()) + " are in the archive\n";
        return out;
    }
    void expect_all(const fake_server& server, simulated_disk& disk, const std::string& history,
                    bool all_fetched = true)
    {
        EXPECT_EQ(lost_or_twice(server, disk, all_fetched), "") << history;
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
    void expect_policy_and_all(fake_server& server, simulated_disk& disk, const std::string& history)
    {
        for (int i = 0; i != 2; ++i) {
            const auto clean = run(server, disk);
            ASSERT_TRUE(clean) << clean.error().operator_text << "\n" << history;
            EXPECT_TRUE(clean->sums_agree()) << history;
            EXPECT_EQ(clean->trouble, "") << history;
        }
        expect_all(server, disk, history + "\n" + disk.trace());
        if (std::holds_alternative<archive::keep_none>(GetParam().keep)) {
            EXPECT_EQ(server.letters.size(), 0U) << history;
        }
    }

    /// How many records the ledger on the disk has in that stage.
    std::size_t count(simulated_disk& disk, ledger::stage wanted)
    {
        const simulated_vfs vfs(disk);
        const auto book = ledger::ledger::open({disk, vfs.name()}, ledger_path, std::nullopt, clock_);
        EXPECT_TRUE(book) << book.error().operator_text;
        std::size_t found = 0;
        if (book) {
            EXPECT_TRUE((*book)->for_each_record(
                "me", [&](const ledger::message_record& one) { found += one.stage == wanted ? 1 : 0; }));
        }
        return found;
    }

    using paths = std::function<bool(std::string_view)>;

    /// A whole run on a disk that ignores the syncs of some paths: how many deletions the ledger still tells of where
    /// the power went before QUIT, and after the end. The worst that can be left each time.
    std::pair<std::size_t, std::size_t> noted_deletions(const paths& ignored)
    {
        const auto disk = disk_.restart(survivors::everything);
        disk->ignore_syncs(ignored);
        fake_server server = start_;
        std::unique_ptr<simulated_disk> at_quit;
        server.watch = [&](const std::string& call) {
            if (call == "quit") at_quit = disk->restart(survivors::synced_only);
        };
        const auto told = run(server, *disk);
        EXPECT_TRUE(told && told->deleted == 8);
        const auto at_end = disk->restart(survivors::names_only);
        if (!at_quit) return {};
        return {count(*at_quit, ledger::stage::delete_asked), count(*at_end, ledger::stage::deleted)};
    }

    /// After a whole run on a disk that ignores the syncs of some paths, a cut, and another run.
    std::string lost_or_twice_after_a_cut(const paths& ignored)
    {
        const auto disk = disk_.restart(survivors::everything);
        disk->ignore_syncs(ignored);
        fake_server server = start_;
        EXPECT_TRUE(run(server, *disk));
        const auto back = disk->restart(survivors::synced_only);
        EXPECT_TRUE(run(server, *back));
        return lost_or_twice(server, *back);
    }

    support::manual_clock clock_;
    archive::account_settings account_{.name = "me"};
    simulated_disk disk_{clock_};
    fake_server start_;
    std::vector<std::string> ever_;
    std::uint64_t seed_ = 0;
    unsigned renamed_ = 1000;
    bool journal_was_short_ = false; ///< of what the ledger had, when the last run opened it
};

/// For policies that delete in the run that stores.
class fetch_deleting : public fetch {};

/// Where one policy is as good as all.
class fetch_one_policy : public fetch {};

const std::vector<survivors> after_power_cut{survivors::synced_only, survivors::names_only,
                                             survivors::everything, survivors::random};

} // namespace

TEST_P(fetch, loses_nothing_when_the_power_goes_at_any_operation_of_the_disk)
{
    std::size_t points = 0;
    bool untouched = false;
    for (std::size_t cut = 0; !untouched; ++cut, ++points) {
        const auto disk = disk_.restart(survivors::everything);
        fake_server server = start_;
        disk->cut_power(cut, simulated_disk::counting::changes);
        (void)run(server, *disk);
        untouched = !disk->struck();
        for (const survivors which : after_power_cut) {
            const auto back = disk->restart(which, cut);
            fake_server after = server;
            const auto clean = run(after, *back);
            ASSERT_TRUE(clean) << clean.error().operator_text << "\n" << disk->trace();
            EXPECT_TRUE(clean->sums_agree());
            EXPECT_EQ(clean->trouble, "");
            EXPECT_FALSE(journal_was_short_) << disk->trace();
            expect_all(after, *back, "power cut after " + std::to_string(cut) + "\n" + disk->trace());
            if (HasFailure()) return;
        }
    }
    std::cout << GetParam() << ": the power was cut at " << points << " operations of the disk, "
              << after_power_cut.size() << " ways to come back each\n";
    EXPECT_GT(points, 70u);
}

// What the server is asked to delete is noted before it is asked, and what it did, after: durably.
TEST_P(fetch_deleting, has_noted_durably_what_the_server_deletes)
{
    EXPECT_EQ(noted_deletions(nullptr), (std::pair<std::size_t, std::size_t>(8, 8)));
}

// The negative controls: on a disk that ignores the syncs of one of them, the tests see it.
TEST_P(fetch_one_policy, would_be_seen_without_the_syncs_of_ledger_and_journal)
{
    const auto ends = [](std::string_view with) {
        return [with](std::string_view path) { return path.ends_with(with); };
    };
    EXPECT_EQ(noted_deletions(ends("-wal")).first, 0u);
    EXPECT_EQ(noted_deletions(ends("/.restante")).first, 0u);
    EXPECT_EQ(noted_deletions(ends(".sqlite")).second, 0u);
    EXPECT_EQ(lost_or_twice_after_a_cut(nullptr), "");
    EXPECT_FALSE(journal_was_short_);
    EXPECT_EQ(lost_or_twice_after_a_cut(ends(".uids")), "");
    EXPECT_TRUE(journal_was_short_);
}

// The mail itself tells what is there: what ledger and journal knew of a run can go, and nothing comes twice.
TEST_P(fetch, loses_nothing_on_a_disk_that_syncs_neither_ledger_nor_journal)
{
    const auto beside_the_mail = [](std::string_view path) { return path.find("/.restante") != path.npos; };
    EXPECT_EQ(lost_or_twice_after_a_cut(beside_the_mail), "");
}

// A copy that is damaged is fetched again, wherever the run that met it ended: it counts in no case as one that a
// person removed, which stays on the server for good. Until it is here again, the ledger knows that it should be.
TEST_P(fetch_one_policy, fetches_a_damaged_copy_again_wherever_the_power_goes)
{
    account_.keep = archive::keep_all{};
    start_.put("old2 again", support::letter("old2")); // two records, and one copy
    ASSERT_TRUE(run(start_, disk_));
    start_.heal();
    account_.keep = GetParam().keep;
    ASSERT_EQ(hurt(disk_, "Subject: old2", false), 1u);
    bool untouched = false;
    std::size_t points = 0;
    for (std::size_t cut = 0; !untouched && !HasFailure(); ++cut, ++points) {
        const auto disk = disk_.restart(survivors::everything);
        fake_server server = start_;
        disk->cut_power(cut, simulated_disk::counting::changes);
        (void)run(server, *disk);
        untouched = !disk->struck();
        const auto back = disk->restart(after_power_cut[cut % after_power_cut.size()], cut);
        EXPECT_TRUE(is_held(*back, support::letter("old2"))) << disk->trace();
        for (int again = 0; again != 3; ++again) ASSERT_TRUE(run(server, *back)) << disk->trace();
        EXPECT_TRUE(server.letters.empty()) << "cut after " << cut << "\n" << disk->trace();
        expect_all(server, *back, "power cut after " + std::to_string(cut) + "\n" + disk->trace());
    }
    EXPECT_GT(points, 20u);
}

// The same octets come under another unique-id, and the run ends anywhere: the loss is known until they are here.
TEST_P(fetch_one_policy, forgets_no_lost_copy_before_its_octets_are_here_again)
{
    ASSERT_EQ(hurt(disk_, "Subject: old2", true), 1u);
    start_.put("old2 again", support::letter("old2"));
    bool untouched = false;
    std::size_t here = 0, missing = 0;
    for (std::size_t cut = 0; !untouched && !HasFailure(); ++cut) {
        const auto disk = disk_.restart(survivors::everything);
        fake_server server = start_;
        disk->cut_power(cut, simulated_disk::counting::changes);
        (void)run(server, *disk);
        untouched = !disk->struck();
        const auto back = disk->restart(survivors::everything);
        const bool found = hurt(*back, "Subject: old2", true) > 0;
        ++(found ? here : missing);
        EXPECT_TRUE(found || is_held(*back, support::letter("old2"))) << disk->trace();
    }
    EXPECT_GT(here, 5u);
    EXPECT_GT(missing, 5u);
}

// The kernel lives on: what the killed run wrote is seen by the next one, and still not durable.
TEST_P(fetch, loses_nothing_when_it_is_killed_and_the_power_goes_after_the_next_run)
{
    std::size_t points = 0;
    bool untouched = false;
    for (std::size_t cut = 0; !untouched && !HasFailure(); ++cut, ++points) {
        const auto disk = disk_.restart(survivors::everything);
        fake_server server = start_;
        disk->cut_power(cut, simulated_disk::counting::changes);
        (void)run(server, *disk);
        untouched = !disk->struck();
        disk->heal();
        const auto clean = run(server, *disk);
        ASSERT_TRUE(clean) << clean.error().operator_text;
        const auto back = disk->restart(survivors::synced_only);
        expect_all(server, *back, "killed after " + std::to_string(cut) + "\n" + disk->trace(), false);
    }
    std::cout << GetParam() << ": killed at " << points << " operations, and the power cut later\n";
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
                disk->fail(nth, number, repeat);
                const auto told = run(server, *disk);
                untouched = !disk->struck();
                EXPECT_TRUE(!told || told->sums_agree());
                disk->heal();
                const auto back = disk->restart(survivors::synced_only);
                const auto clean = run(server, *back);
                ASSERT_TRUE(clean) << clean.error().operator_text << "\n" << disk->trace();
                expect_all(server, *back, "operation " + std::to_string(nth) + " failed\n" + disk->trace());
            }
        }
    std::cout << GetParam() << ": the disk failed at " << points << " points\n";
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
                // From this call on nothing is heard, and nothing is written on the disk that comes back.
                std::unique_ptr<simulated_disk> back;
                server.break_at = call;
                server.for_good = true;
                server.effect_at_break = effect;
                server.watch = [&](const std::string&) {
                    if (server.calls + 1 == call) back = disk->restart(which, call);
                };
                (void)run(server, *disk);
                untouched = !server.struck();
                if (untouched) break;
                server.heal();
                server.watch = nullptr;
                const auto clean = run(server, *back);
                ASSERT_TRUE(clean) << clean.error().operator_text;
                EXPECT_EQ(clean->trouble, "");
                expect_all(server, *back, "killed at call " + std::to_string(call));
            }
    }
    std::cout << GetParam() << ": killed at " << points << " calls to the server, " << after_power_cut.size()
              << " ways to come back each\n";
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
                server.break_at = call;
                server.for_good = for_good;
                server.effect_at_break = effect;
                const auto told = run(server, *disk);
                untouched = !server.struck();
                EXPECT_TRUE(!told || told->sums_agree());
                server.heal();
                const auto clean = run(server, *disk);
                ASSERT_TRUE(clean) << clean.error().operator_text;
                EXPECT_TRUE(clean->well()) << clean->trouble;
                expect_all(server, *disk, "the line broke at call " + std::to_string(call));
            }
        }
    std::cout << GetParam() << ": the line broke at " << points << " calls\n";
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
            bool reached = false;
            disk->before_each([&](std::size_t number, const std::string&) {
                if (number != nth) return;
                reached = true;
                moved += rename_all(*disk, to);
            });
            const auto told = run(server, *disk);
            EXPECT_TRUE(!told || told->sums_agree());
            disk->before_each(nullptr);
            if (!reached) break;
            expect_policy_and_all(server, *disk, "renamed before operation " + std::to_string(nth));
        }
    std::cout << GetParam() << ": " << moved << " copies renamed at " << points << " operations\n";
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
            disk->before_each([&](std::size_t number, const std::string&) {
                if (number == cut) (void)rename_all(*disk, "/archive/me/");
            });
            disk->cut_power(cut + later);
            (void)run(server, *disk);
            untouched = !disk->struck();
            const auto back = disk->restart(survivors::synced_only);
            expect_policy_and_all(server, *back,
                                  "renamed at " + std::to_string(cut) + ", killed " + std::to_string(later) +
                                      " later");
        }
    std::cout << GetParam() << ": copies renamed at " << points << " operations, and killed twice\n";
    EXPECT_GT(points, 2u);
}

// The negative control: on a disk whose directories are not synced these tests see letters go.
TEST_P(fetch_deleting, would_be_seen_to_lose_letters_without_a_sync_of_the_directory)
{
    const auto disk = disk_.restart(survivors::everything);
    fake_server server = start_;
    careless_disk careless(*disk, carelessness::no_directory_sync);
    const auto told = run(server, *disk, careless);
    ASSERT_TRUE(told && told->deleted == 8);
    const auto back = disk->restart(survivors::synced_only);
    support::seeded_random random;
    support::memory_log log;
    const auto mail =
        store::maildir::open_collection(*back, "/archive/me", clock_, random, log, "restante").value();
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
            const auto told = run(server, *disk);
            EXPECT_TRUE(!told || told->sums_agree());
            disk->heal();
            server.heal();
            disk = disk->restart(random() % 2 == 0 ? survivors::synced_only : survivors::random, random());
            clock_.advance(std::chrono::days(random() % 40));
        }
        server.empty_listing = false;
        server.unique_ids = server.top = true;
        server.quit = fake_server::quitting::works;
        const auto clean = run(server, *disk);
        ASSERT_TRUE(clean) << clean.error().operator_text;
        const auto again = run(server, *disk); // what proved to be other content at the first
        ASSERT_TRUE(again) << again.error().operator_text;
        // Where a unique-id went to other content of the same size, that is seen only when something is to be deleted.
        expect_all(server, *disk, "history " + std::to_string(history), false);
        ever_ = ever;
    }
    std::cout << GetParam() << ": " << runs << " random runs in " << histories << " histories\n";
}

namespace {

const testing::PrintToStringParamName by_name;
const way none{"keep_none", archive::keep_none{}};
const way none_beside{"keep_none_beside", archive::keep_none{}, true};

/// Every policy, and a way that differs in more than that.
std::vector<way> every_way()
{
    std::vector<way> out;
    for (const auto& keep : support::every_policy(3))
        out.push_back({.name = "keep_" + std::string(archive::word_of(keep).name), .keep = keep});
    out.push_back(none_beside);
    return out;
}

} // namespace

INSTANTIATE_TEST_SUITE_P(policies, fetch, testing::ValuesIn(every_way()), by_name);
INSTANTIATE_TEST_SUITE_P(policies, fetch_deleting, testing::Values(none, none_beside), by_name);
INSTANTIATE_TEST_SUITE_P(policies, fetch_one_policy, testing::Values(none), by_name);

} // namespace fault
