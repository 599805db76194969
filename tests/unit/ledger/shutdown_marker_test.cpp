// When a ledger is read through at its opening, and when a note tells that it need not be.
#include "ledger/ledger.hpp"
#include "ledger/shutdown_marker.hpp"
#include "support/kernel_disk.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;
using ledger::shutdown_marker;

class Soundness : public testing::Test {
protected:
    void SetUp() override
    {
        ledger::message_record one{
            .account = "ann", .stage = ledger::stage::stored, .hash = ledger::hash_of("text")};
        const auto book = open();
        for (int i = 0; i != 200; ++i) {
            one.unique_id = one.key = "unique-id-" + std::to_string(i);
            ASSERT_TRUE(book->record({&one, 1}));
        }
    }
    std::unique_ptr<ledger::ledger> open(ledger::ledger::reading read = ledger::ledger::reading::through)
    {
        return ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_, read).value();
    }
    /// An index that disagrees with its table: only reading all through tells.
    void hurt()
    {
        auto file =
            ledger::database::open(support::kernel_disk(), path(), ledger::durability::full, std::nullopt)
                .value();
        ASSERT_TRUE(file->execute("PRAGMA writable_schema = ON"));
        file.reset();
        const auto before = files::last_write_time(path());
        std::fstream bits(path(), std::ios::in | std::ios::out | std::ios::binary);
        std::string text((std::istreambuf_iterator<char>(bits)), {});
        const auto at = text.rfind("unique-id-77");
        ASSERT_NE(at, text.npos);
        bits.seekp(static_cast<std::streamoff>(at));
        bits << "unique-id-7\x01";
        bits.close();
        // The kernel's clock for this may stand still for milliseconds.
        files::last_write_time(path(), unseen_ ? before : before + 10ms);
    }
    bool opens()
    {
        return ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_).has_value();
    }
    std::string path() const { return folder_.path() + "/ledger"; }
    bool holds() const { return shutdown_marker(support::kernel_disk().files, path()).holds(clock_.now()); }

    support::manual_clock clock_;
    support::temporary_directory folder_;
    bool unseen_ = true; ///< a disk turns bits without changing times
};

TEST_F(Soundness, HoldsAfterTheLastUserClosed)
{
    EXPECT_TRUE(holds());
    {
        const auto first = open();
        const auto second = open(ledger::ledger::reading::known);
        EXPECT_FALSE(holds()) << "in use";
    }
    EXPECT_TRUE(holds());
    EXPECT_TRUE(opens());
}

TEST_F(Soundness, DoesNotHoldForAnotherFile)
{
    files::copy_file(path(), path() + ".copy");
    files::rename(path() + ".copy", path());
    EXPECT_FALSE(holds());
    EXPECT_TRUE(opens()) << "it was read through, and is sound";
    EXPECT_TRUE(holds());
}

TEST_F(Soundness, DoesNotHoldWhereTheLastUserWasKilled)
{
    files::create_directory(folder_.path() + "/killed");
    {
        const auto book = open();
        const ledger::message_record one{.account = "ann", .unique_id = "another"};
        ASSERT_TRUE(book->record({&one, 1}));
        for (const auto& each : files::directory_iterator(folder_.path()))
            if (each.is_regular_file()) files::copy(each.path(), folder_.path() + "/killed");
    }
    const std::string left = folder_.path() + "/killed/ledger";
    EXPECT_TRUE(files::exists(left + "-wal"));
    EXPECT_FALSE(shutdown_marker(support::kernel_disk().files, left).holds(clock_.now()));
}

TEST_F(Soundness, DamageThatChangedTheFileIsMetAtOnce)
{
    unseen_ = false;
    hurt();
    EXPECT_FALSE(opens());
    EXPECT_FALSE(files::exists(path() + "-sound"));
}

TEST_F(Soundness, DamageThatNobodySawIsMetWithinADay)
{
    hurt();
    ASSERT_TRUE(holds());
    EXPECT_TRUE(opens()) << "this is what the note costs";
    clock_.advance(ledger::soundness_believed_max);
    EXPECT_FALSE(holds());
    EXPECT_FALSE(opens());
}

TEST_F(Soundness, WhoMeetsDamageTakesTheNoteAway)
{
    {
        auto book = open();
        std::fstream bits(path(), std::ios::in | std::ios::out | std::ios::binary);
        for (int page = 1; page != 8; ++page) {
            bits.seekp(page * 4096);
            bits << std::string(4096, '\xff');
        }
        bits.close();
        EXPECT_FALSE(book->for_each_record("ann", [](const ledger::message_record&) {}));
    }
    EXPECT_FALSE(files::exists(path() + "-sound"));
    EXPECT_FALSE(opens());
}

TEST_F(Soundness, IsNotBelievedFromTheFutureOrTorn)
{
    clock_.advance(-1s);
    EXPECT_FALSE(holds());
    clock_.advance(2s);
    EXPECT_TRUE(holds());
    files::resize_file(path() + "-sound", files::file_size(path() + "-sound") - 2);
    EXPECT_FALSE(holds());
    files::resize_file(path() + "-sound", 0);
    EXPECT_FALSE(holds());
    EXPECT_TRUE(opens());
}

TEST_F(Soundness, OfThisProcessStandsWhileOthersOfItsThreadsHaveTheFileOpen)
{
    const auto first = open();
    hurt(); // what only a reading through would show
    EXPECT_TRUE(ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_,
                                     ledger::ledger::reading::known));
    clock_.advance(ledger::soundness_believed_max);
    EXPECT_FALSE(ledger::ledger::open(support::kernel_disk(), path(), std::nullopt, clock_,
                                      ledger::ledger::reading::known));
}

} // namespace
