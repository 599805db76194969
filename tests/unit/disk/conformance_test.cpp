// The contract of disk/file_system.hpp, for the kernel's file system and for the simulated one alike:
// a simulation that differs from the real thing would prove nothing.
#include "disk/posix.hpp"
#include "support/manual_clock.hpp"
#include "support/outcome.hpp"
#include "support/simulated_disk.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace {

using base::failure;
using support::kind_of;

struct posix_subject {
    support::temporary_directory folder;
    disk::posix_file_system disk;
    std::string path = folder.path();
};

struct simulated_subject {
    support::manual_clock clock;
    support::simulated_disk disk{clock};
    std::string path = "/top";
    simulated_subject() { disk.plant_directory(path); }
};

template <typename Subject>
class file_system : public testing::Test {
protected:
    std::unique_ptr<disk::directory> open(const std::string& below = {})
    {
        return subject_.disk.open(subject_.path + below).value();
    }
    static std::string read(disk::file& from)
    {
        std::string out(1000, '\0');
        out.resize(from.read(out, 0).value());
        return out;
    }
    static std::vector<std::string> names(disk::directory& of)
    {
        std::vector<std::string> out;
        EXPECT_TRUE(of.list([&](std::string_view name) { out.emplace_back(name); }));
        std::ranges::sort(out);
        return out;
    }

    Subject subject_;
    std::unique_ptr<disk::directory> top_ = open();
};

using subjects = testing::Types<posix_subject, simulated_subject>;
TYPED_TEST_SUITE(file_system, subjects);

using strings = std::vector<std::string>;

/// Counts its syncs, and fails them where it is told to.
class counted_file final : public disk::file {
public:
    explicit counted_file(bool fails) : fails_(fails) {}
    base::result<std::size_t> read(std::span<char>, std::uint64_t) override { return 0; }
    base::result<> write(std::string_view) override { return {}; }
    base::result<> sync() override
    {
        ++syncs;
        if (fails_) return base::fail({.kind = failure::storage, .peer_text = "", .operator_text = "no"});
        return {};
    }
    base::result<> close() override { return {}; }
    base::result<disk::status> status() override { return disk::status{}; }
    base::result<> set_modified(base::wall_time) override { return {}; }
    base::result<> shorten(std::uint64_t) override { return {}; }

    int syncs = 0;

private:
    bool fails_;
};

} // namespace

TYPED_TEST(file_system, writes_at_the_end_and_reads_anywhere)
{
    const auto created = this->top_->create("letter").value();
    ASSERT_TRUE(created->write("one "));
    ASSERT_TRUE(created->write("two"));
    ASSERT_TRUE(created->sync());
    EXPECT_EQ(this->read(*created), "one two");
    ASSERT_TRUE(created->close());

    const auto opened = this->top_->open("letter").value();
    std::array<char, 3> part{};
    EXPECT_EQ(opened->read(part, 4).value(), 3U);
    EXPECT_EQ(std::string_view(part.data(), part.size()), "two");
    EXPECT_EQ(opened->read(part, 7).value(), 0U);
    EXPECT_EQ(opened->read(part, 1000).value(), 0U);
    EXPECT_FALSE(opened->write("a file opened for reading"));
    EXPECT_EQ(opened->status()->octets, 7U);
}

TYPED_TEST(file_system, appends_to_a_file_and_takes_its_end_off)
{
    ASSERT_TRUE(this->top_->open_to_append("mbox").value()->write("one "));
    const auto again = this->top_->open_to_append("mbox").value();
    ASSERT_TRUE(again->write("two three"));
    ASSERT_TRUE(again->shorten(7));
    EXPECT_EQ(this->read(*again), "one two");
    ASSERT_TRUE(again->write("!"));
    EXPECT_EQ(this->read(*again), "one two!");
    EXPECT_EQ(this->top_->status("mbox")->mode, 0600U);
    EXPECT_FALSE(this->top_->open("mbox").value()->shorten(1));
    ASSERT_TRUE(this->top_->make_directory("folder"));
    EXPECT_EQ(kind_of(this->top_->open_to_append("folder")), failure::refused);
    EXPECT_EQ(kind_of(this->top_->open_to_append("../mbox")), failure::malformed);
}

TYPED_TEST(file_system, answers_nothing_once_closed)
{
    const auto created = this->top_->create("letter").value();
    ASSERT_TRUE(created->close());
    std::array<char, 3> part{};
    EXPECT_FALSE(created->read(part, 0));
    EXPECT_FALSE(created->write("x"));
    EXPECT_FALSE(created->sync());
    EXPECT_FALSE(created->status());
}

TYPED_TEST(file_system, creates_only_what_was_not_there)
{
    ASSERT_TRUE(this->top_->create("name"));
    EXPECT_EQ(kind_of(this->top_->create("name")), failure::exists);
    EXPECT_EQ(kind_of(this->top_->make_directory("name")), failure::exists);
    ASSERT_TRUE(this->top_->make_directory("folder"));
    EXPECT_EQ(kind_of(this->top_->create("folder")), failure::exists);
    EXPECT_EQ(kind_of(this->top_->make_directory("folder")), failure::exists);
}

TYPED_TEST(file_system, makes_what_only_the_owner_may_read)
{
    ASSERT_TRUE(this->top_->create("file"));
    ASSERT_TRUE(this->top_->make_directory("folder"));
    const auto file = this->top_->status("file").value();
    EXPECT_EQ(file.mode, 0600U);
    EXPECT_EQ(file.owner, ::geteuid());
    EXPECT_EQ(file.kind, disk::kind::regular);
    EXPECT_EQ(file.links, 1U);
    EXPECT_EQ(this->top_->status("folder")->mode, 0700U);
    EXPECT_EQ(this->top_->status("folder")->kind, disk::kind::directory);
}

TYPED_TEST(file_system, tells_what_is_not_there)
{
    EXPECT_EQ(kind_of(this->top_->open("none")), failure::vanished);
    EXPECT_EQ(kind_of(this->top_->open_directory("none")), failure::vanished);
    EXPECT_EQ(kind_of(this->top_->status("none")), failure::vanished);
    EXPECT_EQ(kind_of(this->top_->remove("none")), failure::vanished);
    EXPECT_EQ(kind_of(this->top_->rename("none", *this->top_, "other")), failure::vanished);
    EXPECT_EQ(kind_of(this->top_->replace("none", *this->top_, "other")), failure::vanished);
    EXPECT_EQ(kind_of(this->subject_.disk.open(this->subject_.path + "/none")), failure::vanished);
}

TYPED_TEST(file_system, refuses_what_is_no_name_of_one_file)
{
    using namespace std::string_literals;
    ASSERT_TRUE(this->top_->create("good"));
    for (const std::string& bad :
         {""s, "."s, ".."s, "a/b"s, "/"s, "a/"s, "../x"s, "a\0b"s, std::string(256, 'x')}) {
        EXPECT_EQ(kind_of(this->top_->create(bad)), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->open(bad)), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->open_directory(bad)), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->make_directory(bad)), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->rename(bad, *this->top_, "x")), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->rename("good", *this->top_, bad)), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->replace(bad, *this->top_, "x")), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->replace("good", *this->top_, bad)), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->remove(bad)), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->status(bad)), failure::malformed) << bad;
        EXPECT_EQ(kind_of(this->top_->lock_file(bad)), failure::malformed) << bad;
    }
    EXPECT_TRUE(this->top_->create(std::string(255, 'x')));
    EXPECT_TRUE(this->top_->create("a\\b \n\xff..."));
    EXPECT_EQ(this->names(*this->top_).size(), 3U);
}

TYPED_TEST(file_system, refuses_a_directory_as_a_file_and_a_file_as_a_directory)
{
    ASSERT_TRUE(this->top_->create("file"));
    ASSERT_TRUE(this->top_->make_directory("folder"));
    EXPECT_EQ(kind_of(this->top_->open("folder")), failure::refused);
    EXPECT_EQ(kind_of(this->top_->open_directory("file")), failure::refused);
    EXPECT_EQ(kind_of(this->top_->remove("folder")), failure::refused);
    EXPECT_EQ(kind_of(this->top_->lock_file("folder")), failure::refused);
    EXPECT_EQ(this->names(*this->top_), (strings{"file", "folder"}));
}

TYPED_TEST(file_system, renames_without_replacing)
{
    ASSERT_TRUE(this->top_->make_directory("new"));
    const auto target = this->open("/new");
    ASSERT_TRUE(this->top_->create("a").value()->write("the letter"));
    ASSERT_TRUE(target->create("taken").value()->write("another"));
    EXPECT_EQ(kind_of(this->top_->rename("a", *target, "taken")), failure::exists);
    EXPECT_EQ(kind_of(this->top_->rename("a", *this->top_, "a")), failure::exists);
    EXPECT_EQ(this->read(*target->open("taken").value()), "another");

    ASSERT_TRUE(this->top_->rename("a", *target, "b"));
    EXPECT_EQ(kind_of(this->top_->open("a")), failure::vanished);
    EXPECT_EQ(this->read(*target->open("b").value()), "the letter");
    EXPECT_EQ(target->status("b")->links, 1U);
}

TYPED_TEST(file_system, replaces_a_file)
{
    ASSERT_TRUE(this->top_->create("old").value()->write("old"));
    ASSERT_TRUE(this->top_->create("fresh").value()->write("fresh"));
    const auto still_open = this->top_->open("old").value();
    ASSERT_TRUE(this->top_->replace("fresh", *this->top_, "old"));
    EXPECT_EQ(this->read(*this->top_->open("old").value()), "fresh");
    EXPECT_EQ(this->read(*still_open), "old");
    EXPECT_EQ(this->names(*this->top_), strings{"old"});
}

TYPED_TEST(file_system, keeps_a_removed_file_readable_for_who_has_it_open)
{
    ASSERT_TRUE(this->top_->create("letter").value()->write("text"));
    const auto opened = this->top_->open("letter").value();
    ASSERT_TRUE(this->top_->remove("letter"));
    EXPECT_EQ(this->read(*opened), "text");
    EXPECT_EQ(opened->status()->links, 0U);
    EXPECT_TRUE(this->names(*this->top_).empty());
}

TYPED_TEST(file_system, lists_every_name_and_lets_the_caller_work_meanwhile)
{
    for (const char* name : {"a", "b", ".hidden"}) ASSERT_TRUE(this->top_->create(name));
    ASSERT_TRUE(this->top_->make_directory("folder"));
    EXPECT_EQ(this->names(*this->top_), (strings{".hidden", "a", "b", "folder"}));
    EXPECT_EQ(this->names(*this->top_), (strings{".hidden", "a", "b", "folder"})) << "a second time";

    std::size_t told = 0;
    ASSERT_TRUE(this->top_->list([&](std::string_view name) {
        ++told;
        EXPECT_TRUE(this->top_->status(name));
        if (name == "a") {
            EXPECT_TRUE(this->top_->remove("a"));
        }
    }));
    EXPECT_EQ(told, 4U);
    EXPECT_EQ(this->names(*this->top_), (strings{".hidden", "b", "folder"}));
}

TYPED_TEST(file_system, locks_out_everyone_until_the_lock_is_dropped)
{
    auto held = this->top_->lock_file("lock");
    ASSERT_TRUE(held);
    EXPECT_EQ(kind_of(this->top_->lock_file("lock")), failure::in_use);
    EXPECT_EQ(kind_of(this->open()->lock_file("lock")), failure::in_use) << "through another descriptor";
    std::thread([&] { EXPECT_EQ(kind_of(this->open()->lock_file("lock")), failure::in_use); }).join();
    EXPECT_TRUE(this->top_->lock_file("other"));
    EXPECT_TRUE(this->top_->open("lock")) << "reading and closing it must not free the lock";
    EXPECT_EQ(kind_of(this->top_->lock_file("lock")), failure::in_use);

    held->reset();
    EXPECT_TRUE(this->top_->lock_file("lock"));
    EXPECT_EQ(this->names(*this->top_), (strings{"lock", "other"})) << "the files stay";
    EXPECT_EQ(this->top_->status("lock")->mode, 0600U);
}

TYPED_TEST(file_system, makes_paths_with_their_parents)
{
    const std::string path = this->subject_.path + "/a/b/c";
    ASSERT_TRUE(this->subject_.disk.make_path(path));
    ASSERT_TRUE(this->subject_.disk.make_path(path + "/")) << "what is there is fine";
    EXPECT_EQ(this->names(*this->open("/a/b")), strings{"c"});
    EXPECT_EQ(this->top_->status("a")->mode, 0700U);
    ASSERT_TRUE(this->top_->create("file"));
    EXPECT_EQ(kind_of(this->subject_.disk.make_path(this->subject_.path + "/file")), failure::refused);
    EXPECT_EQ(kind_of(this->subject_.disk.make_path(this->subject_.path + "/file/x")), failure::refused);
}

TYPED_TEST(file_system, dates_directories_by_their_names_and_files_by_their_octets)
{
    ASSERT_TRUE(this->top_->make_directory("folder"));
    const auto folder = this->top_->open_directory("folder").value();
    const auto made = folder->status().value();
    EXPECT_EQ(made.kind, disk::kind::directory);
    EXPECT_EQ(made.inode, this->top_->status("folder")->inode);
    ASSERT_TRUE(folder->create("file"));
    EXPECT_GE(folder->status()->modified, made.modified);
}

TYPED_TEST(file_system, reads_whole_files_up_to_a_limit)
{
    const std::string text(200'000, 'x');
    ASSERT_TRUE(this->top_->create("file").value()->write(text));
    EXPECT_EQ(disk::read_whole(*this->top_, "file", text.size()).value(), text);
    EXPECT_EQ(disk::read_whole(*this->top_, "file", UINT64_MAX).value(), text);
    EXPECT_EQ(kind_of(disk::read_whole(*this->top_, "file", text.size() - 1)), failure::too_large);
    EXPECT_EQ(kind_of(disk::read_whole(*this->top_, "none", 1)), failure::vanished);
    ASSERT_TRUE(this->top_->create("empty"));
    EXPECT_EQ(disk::read_whole(*this->top_, "empty", 0).value(), "");
}

TYPED_TEST(file_system, replaces_whole_files_and_leaves_nothing_else)
{
    ASSERT_TRUE(disk::replace_whole(*this->top_, "users", "first"));
    ASSERT_TRUE(disk::replace_whole(*this->top_, "users", "second"));
    EXPECT_EQ(disk::read_whole(*this->top_, "users", 100).value(), "second");
    EXPECT_EQ(this->names(*this->top_), strings{"users"});
    ASSERT_TRUE(this->top_->make_directory("folder"));
    EXPECT_FALSE(disk::replace_whole(*this->top_, "folder", "x"));
    EXPECT_EQ(this->names(*this->top_), (strings{"folder", "users"}));
}

TYPED_TEST(file_system, gives_a_file_a_second_name)
{
    ASSERT_TRUE(this->top_->create("a").value()->write("letter"));
    ASSERT_TRUE(this->top_->create("taken"));
    ASSERT_TRUE(this->top_->make_directory("below"));
    const auto below = this->open("/below");
    ASSERT_TRUE(this->top_->link("a", *below, "b"));
    EXPECT_EQ(this->top_->status("a")->inode, below->status("b")->inode);
    EXPECT_EQ(this->top_->status("a")->links, 2U);
    EXPECT_EQ(kind_of(this->top_->link("a", *this->top_, "taken")), failure::exists);
    EXPECT_EQ(kind_of(this->top_->link("none", *below, "c")), failure::vanished);
    EXPECT_EQ(kind_of(this->top_->link("below", *this->top_, "c")), failure::refused);
    EXPECT_EQ(kind_of(this->top_->link("a", *below, "../c")), failure::malformed);
    ASSERT_TRUE(this->top_->remove("a"));
    EXPECT_EQ(this->read(*below->open("b").value()), "letter");
}

TYPED_TEST(file_system, sets_the_time_of_the_last_change)
{
    const auto created = this->top_->create("letter").value();
    ASSERT_TRUE(created->write("one"));
    const base::wall_time at =
        base::wall_time(std::chrono::seconds(1'000'000'000)) + std::chrono::milliseconds(250);
    ASSERT_TRUE(created->set_modified(at));
    ASSERT_TRUE(created->sync());
    EXPECT_EQ(this->top_->status("letter")->modified, at);
}

TYPED_TEST(file_system, sync_files_syncs_each_once_and_tells_in_order)
{
    constexpr std::size_t count = 100; // more than there are threads
    std::vector<std::unique_ptr<counted_file>> files;
    std::vector<disk::file*> those;
    for (std::size_t i = 0; i < count; ++i) {
        files.push_back(std::make_unique<counted_file>(i % 7 == 3));
        those.push_back(files.back().get());
    }
    const auto done = this->top_->sync_files(those);
    ASSERT_EQ(done.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(files[i]->syncs, 1) << i;
        EXPECT_EQ(done[i].has_value(), i % 7 != 3) << i;
    }
    EXPECT_TRUE(this->top_->sync_files({}).empty());
}

TYPED_TEST(file_system, opens_at_once_what_is_in_memory)
{
    ASSERT_TRUE(this->top_->create("letter").value()->write("text"));
    ASSERT_TRUE(this->top_->make_directory("below"));
    const auto top = this->subject_.disk.open_cached(this->subject_.path);
    ASSERT_TRUE(top);
    const auto opened = (*top)->open_cached("letter");
    ASSERT_TRUE(opened);
    EXPECT_EQ(this->read(*opened->file), "text");
    EXPECT_EQ(opened->status.octets, 4U);
    EXPECT_EQ(opened->status.inode, this->top_->status("letter")->inode);
    EXPECT_EQ((*top)->status_cached("letter")->inode, opened->status.inode);
    EXPECT_EQ((*top)->open_directory_cached("below").value()->status()->inode,
              this->top_->status("below")->inode);
}

TYPED_TEST(file_system, at_once_opens_nothing_else_and_makes_nothing)
{
    ASSERT_TRUE(this->top_->make_directory("below"));
    EXPECT_FALSE(this->subject_.disk.open_cached(this->subject_.path + "/missing"));
    EXPECT_FALSE(this->top_->open_cached("missing"));
    EXPECT_FALSE(this->top_->open_cached("below"));
    EXPECT_FALSE(this->top_->open_cached("below/../below"));
    EXPECT_FALSE(this->top_->open_directory_cached("missing"));
    EXPECT_FALSE(this->top_->open_directory_cached(".."));
    EXPECT_FALSE(this->top_->lock_file_cached("missing"));
    EXPECT_EQ(kind_of(this->top_->status("missing")), failure::vanished);
    EXPECT_EQ(kind_of(this->top_->status_cached("missing")), failure::vanished);
}

TYPED_TEST(file_system, locks_at_once_as_others_do)
{
    auto held = this->top_->lock_file("lock");
    ASSERT_TRUE(held);
    EXPECT_FALSE(this->top_->lock_file_cached("lock"));
    held->reset();
    const auto at_once = this->top_->lock_file_cached("lock");
    ASSERT_TRUE(at_once);
    EXPECT_EQ(kind_of(this->top_->lock_file("lock")), failure::in_use);
}
