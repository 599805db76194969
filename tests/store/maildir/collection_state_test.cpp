// What of a collection's directories tells that nothing has changed; and where a message is looked for first.
#include "collection_fixture.hpp"
#include "disk/posix.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>

namespace {

namespace fs = std::filesystem;

class CollectionState : public testing::Test {
protected:
    CollectionState() { look_later(); }

    /// As long after all changes as their time stamps need.
    void look_later() { seams_.clock.set(std::chrono::system_clock::now() + std::chrono::minutes(1)); }
    std::string state()
    {
        look_later();
        return kept_->state().value().value();
    }
    std::string name_of(const std::string& below)
    {
        return fs::directory_iterator(folder_.path() + "/" + below)->path().filename();
    }

    support::temporary_directory folder_;
    disk::posix_file_system disk_;
    collections::seams seams_;
    std::unique_ptr<store::collection> kept_ = collections::open(disk_, seams_, folder_.path()).value();
};

TEST_F(CollectionState, IsTheSameAsLongAsNothingChanges)
{
    const auto key = collections::add(*kept_, "Subject: x\r\n\r\n").value();
    const auto before = state();
    EXPECT_EQ(collections::listed(*kept_).size(), 1U);
    EXPECT_TRUE(collections::read(*kept_, key));
    EXPECT_EQ(state(), before);
    kept_ = collections::open(disk_, seams_, folder_.path()).value();
    EXPECT_EQ(state(), before);
}

TEST_F(CollectionState, ShowsWhatOtherProgramsDo)
{
    ASSERT_TRUE(collections::add(*kept_, "Subject: x\r\n\r\n"));
    const std::string at = folder_.path() + "/";
    const std::vector<std::function<void()>> changes{
        [&] { fs::rename(at + "new/" + name_of("new"), at + "cur/1.M1P1.host:2,"); },
        [&] { fs::rename(at + "cur/1.M1P1.host:2,", at + "cur/1.M1P1.host:2,S"); },
        [&] { std::ofstream(at + "new/2.M2P2.host") << "Subject: y\n\n"; },
        [&] {
            fs::create_directories(at + ".Lists/cur"), fs::create_directories(at + ".Lists/new"),
                fs::create_directories(at + ".Lists/tmp");
        },
        [&] { fs::rename(at + "new/2.M2P2.host", at + ".Lists/new/2.M2P2.host"); },
        [&] { fs::remove(at + ".Lists/new/2.M2P2.host"); },
        [&] { fs::rename(at + ".Lists", at + ".Letters"); }, [&] { fs::remove_all(at + ".Letters"); },
        // A copy that keeps the times, as rsync and cp -a make it, of a folder with other mail.
        [&] {
            const auto time = fs::last_write_time(at + "cur");
            fs::remove(at + "cur/1.M1P1.host:2,S");
            fs::last_write_time(at + "cur", time);
        }};
    std::vector<std::string> states{state()};
    for (const auto& change : changes) {
        change();
        kept_ = collections::open(disk_, seams_, folder_.path()).value();
        states.push_back(state());
        EXPECT_NE(states.back(), states[states.size() - 2]) << states.size();
    }
}

TEST_F(CollectionState, IsNotToldWhereTheNextChangeMightNotShow)
{
    ASSERT_TRUE(collections::add(*kept_, "Subject: x\r\n\r\n"));
    seams_.clock.set(std::chrono::system_clock::now());
    EXPECT_FALSE(kept_->state().value().has_value());
    seams_.clock.set(std::chrono::system_clock::now() -
                     std::chrono::hours(1)); // of a server whose clock is ahead
    EXPECT_FALSE(kept_->state().value().has_value());
}

TEST_F(CollectionState, AMessageIsFoundWhetherItIsWhereItWasToldOrNot)
{
    const auto key =
        collections::add(*kept_, "Subject: x\r\n\r\n", {.folder = "", .marks = {.seen = true}, .arrival = {}})
            .value();
    const auto told = collections::listed(*kept_).at(key);
    for (const auto& [folder, marks, fresh] :
         std::vector<std::tuple<std::string, store::message_marks, bool>>{
             {told.folder, told.marks, told.fresh},
             {"", {}, true},
             {"", {.flagged = true}, false},
             {"Nowhere", {}, false},
             {"a.b", {}, false}}) {
        kept_ = collections::open(disk_, seams_, folder_.path()).value();
        kept_->expect(
            {.key = key, .folder = folder, .marks = marks, .octets = 0, .arrival = {}, .fresh = fresh});
        EXPECT_EQ(collections::read(*kept_, key).value(), "Subject: x\r\n\r\n");
        EXPECT_TRUE(kept_->find(key).value().marks.seen);
    }
    kept_->expect(told);
    ASSERT_TRUE(kept_->set_marks(key, {.seen = true, .flagged = true}));
    EXPECT_TRUE(collections::listed(*kept_).at(key).marks.flagged);
    EXPECT_FALSE(fs::exists(folder_.path() + "/.Nowhere"));
}

} // namespace
