// The contract of store/collection.hpp, for a Maildir on the real disk and on the simulated one.
#include "collection_fixture.hpp"
#include "disk/posix.hpp"
#include "support/outcome.hpp"
#include "support/simulated_disk.hpp"
#include "support/temporary_directory.hpp"

#include <chrono>
#include <iostream>

namespace {

using base::failure;
using support::kind_of;

struct posix_subject {
    support::temporary_directory folder;
    disk::posix_file_system disk;
    std::string path = folder.path() + "/of/ann";
};

struct simulated_subject {
    support::manual_clock clock;
    support::simulated_disk disk{clock};
    std::string path = "/of/ann";
};

template <typename Subject>
class collection : public testing::Test {
protected:
    void open_anew()
    {
        kept_.reset();
        kept_ = collections::open(subject_.disk, seams_, subject_.path).value();
    }
    std::unique_ptr<disk::directory> directory(const std::string& below)
    {
        return subject_.disk.open(subject_.path + below).value();
    }
    std::vector<std::string> names(const std::string& below)
    {
        std::vector<std::string> out;
        EXPECT_TRUE(directory(below)->list([&](std::string_view name) { out.emplace_back(name); }));
        return out;
    }
    void plant(const std::string& below, std::string_view name, std::string_view octets)
    {
        ASSERT_TRUE(directory(below)->create(name).value()->write(octets));
    }

    Subject subject_;
    collections::seams seams_;
    std::unique_ptr<store::collection> kept_ =
        collections::open(subject_.disk, seams_, subject_.path).value();
};

using subjects = testing::Types<posix_subject, simulated_subject>;
TYPED_TEST_SUITE(collection, subjects);

constexpr std::string_view letter = "Subject: one\r\n\r\nLine\r\n";

const std::vector<std::string_view> difficult{"",
                                              "\r\n",
                                              "a",
                                              "a\r\nb",
                                              "bare\nfeed\r\n",
                                              "two\r\r\nreturns\r\n",
                                              "ends in return\r",
                                              "first\r\nthen bare\n",
                                              "\n",
                                              "\r",
                                              std::string_view("nul\0octet\r\n", 11)};

} // namespace

TYPED_TEST(collection, gives_back_every_octet)
{
    for (const auto text : difficult) {
        const auto key = collections::add(*this->kept_, text);
        ASSERT_TRUE(key) << key.error().operator_text;
        EXPECT_EQ(collections::read(*this->kept_, *key).value(), text);
        EXPECT_EQ(this->kept_->find(*key)->octets, text.size());
        EXPECT_EQ(this->kept_->open(*key).value()->octets(), text.size());
    }
    this->open_anew();
    std::multiset<std::string> found;
    for (const auto& [folder, text] : collections::all_texts(*this->kept_)) found.insert(text);
    EXPECT_EQ(found, std::multiset<std::string>(difficult.begin(), difficult.end()));
}

TYPED_TEST(collection, takes_octets_in_any_pieces)
{
    for (const auto text : difficult) {
        auto added = this->kept_->begin_addition().value();
        for (const char octet : text) ASSERT_TRUE(added->write(std::string_view(&octet, 1)));
        EXPECT_EQ(added->octets(), text.size());
        std::string back;
        ASSERT_TRUE(added->read_back([&](std::string_view piece) {
            back += piece;
            return base::result<>();
        }));
        EXPECT_EQ(back, text);
        std::vector<store::collection::publication> group;
        group.push_back({std::move(added), {}});
        const auto key = std::move(this->kept_->publish(std::move(group)).front());
        EXPECT_EQ(collections::read(*this->kept_, key.value()).value(), text);
    }
}

TYPED_TEST(collection, keeps_lines_as_the_design_says)
{
    const auto lf = collections::add(*this->kept_, letter).value();
    EXPECT_TRUE(lf.ends_with(",S=19,W=22")) << lf;
    const auto as_received = collections::add(*this->kept_, "bare\nfeed\r\n").value();
    EXPECT_TRUE(as_received.ends_with(",S=11,W=11")) << as_received;
    EXPECT_EQ(this->names("/new").size(), 2U);
    EXPECT_TRUE(this->names("/tmp").empty());
}

TYPED_TEST(collection, leaves_nothing_of_an_addition_that_was_given_up)
{
    {
        auto added = collections::begin(*this->kept_, letter).value();
        EXPECT_EQ(this->names("/tmp").size(), 1U);
    }
    EXPECT_TRUE(this->names("/tmp").empty());
    EXPECT_TRUE(collections::listed(*this->kept_).empty());
}

TYPED_TEST(collection, places_a_group_in_folders_with_marks_and_times)
{
    const base::wall_time then = base::wall_time(std::chrono::seconds(1'000'000'000));
    std::vector<store::collection::publication> group;
    group.push_back({collections::begin(*this->kept_, "a\r\n").value(), {}});
    group.push_back({collections::begin(*this->kept_, "b\r\n").value(),
                     {"Lists/Größe & C++", {.seen = true, .flagged = true}, then}});
    group.push_back({collections::begin(*this->kept_, "c\r\n").value(), {"with.dot", {}, {}}});
    const auto keys = this->kept_->publish(std::move(group));
    ASSERT_EQ(keys.size(), 3U);
    EXPECT_EQ(kind_of(keys[2]), failure::malformed);
    EXPECT_TRUE(this->names("/tmp").empty());

    const auto all = collections::listed(*this->kept_);
    ASSERT_EQ(all.size(), 2U);
    const auto& first = all.at(keys[0].value());
    EXPECT_EQ(first.folder, "");
    EXPECT_TRUE(first.fresh);
    EXPECT_LT(first.arrival - this->seams_.clock.now(), std::chrono::milliseconds(1));
    const auto& second = all.at(keys[1].value());
    EXPECT_EQ(second.folder, "Lists/Größe & C++");
    EXPECT_FALSE(second.fresh);
    EXPECT_EQ(second.arrival, then);
    EXPECT_EQ(second.marks, (store::message_marks{.seen = true, .flagged = true}));
    EXPECT_EQ(second.octets, 3U);
    EXPECT_EQ(this->names("/.Lists.Gr&APYA3w-e &- C++/cur"), std::vector{keys[1].value() + ":2,FS"});
    EXPECT_EQ(this->directory("/.Lists.Gr&APYA3w-e &- C++/cur")->status(keys[1].value() + ":2,FS")->modified,
              then);
    EXPECT_TRUE(this->directory("/.Lists.Gr&APYA3w-e &- C++")->status("maildirfolder"));
    EXPECT_EQ(this->kept_->folders().value(), (std::vector<std::string>{"", "Lists/Größe & C++"}));
}

TYPED_TEST(collection, finds_what_other_programs_renamed)
{
    const auto key = collections::add(*this->kept_, letter).value();
    ASSERT_TRUE(this->directory("/new")->rename(key, *this->directory("/cur"), key + ":2,RSa"));
    EXPECT_EQ(collections::read(*this->kept_, key).value(), letter);
    const auto found = this->kept_->find(key).value();
    EXPECT_EQ(found.marks, (store::message_marks{.seen = true, .answered = true}));
    EXPECT_FALSE(found.fresh);

    ASSERT_TRUE(this->directory("")->make_directory(".Else"));
    for (const char* const part : {"new", "cur", "tmp"})
        ASSERT_TRUE(this->directory("/.Else")->make_directory(part));
    ASSERT_TRUE(
        this->directory("/cur")->rename(key + ":2,RSa", *this->directory("/.Else/cur"), key + ":2,S"));
    EXPECT_EQ(this->kept_->find(key)->folder, "Else");

    ASSERT_TRUE(this->directory("/.Else/cur")->remove(key + ":2,S"));
    EXPECT_EQ(kind_of(this->kept_->find(key)), failure::vanished);
    EXPECT_EQ(kind_of(this->kept_->open(key)), failure::vanished);
    EXPECT_EQ(kind_of(this->kept_->set_marks(key, {.seen = true})), failure::vanished);
    EXPECT_EQ(kind_of(this->kept_->move(key, "Else")), failure::vanished);
    EXPECT_EQ(kind_of(this->kept_->remove(key)), failure::vanished);
}

// As programs leave it that copy no empty directories.
TYPED_TEST(collection, shows_mail_in_a_folder_that_lacks_its_empty_parts)
{
    for (const char* const part : {"new", "cur"}) {
        const std::string name = std::string(".Only ") + part;
        ASSERT_TRUE(this->directory("")->make_directory(name));
        ASSERT_TRUE(this->directory("/" + name)->make_directory(part));
        EXPECT_EQ(collections::listed(*this->kept_).size(), part == std::string_view("new") ? 0U : 1U);
        this->plant("/" + name + "/" + part, std::string("1.M1P1.") + part, letter);
    }
    EXPECT_EQ(collections::listed(*this->kept_).size(), 2U);
    EXPECT_EQ(collections::read(*this->kept_, "1.M1P1.cur").value(), letter);
    EXPECT_EQ(this->kept_->folders().value(), (std::vector<std::string>{"", "Only cur", "Only new"}));
}

TYPED_TEST(collection, sets_marks_and_leaves_keywords)
{
    const auto key = collections::add(*this->kept_, letter).value();
    ASSERT_TRUE(this->kept_->set_marks(key, {}));
    EXPECT_EQ(this->names("/new"), std::vector{key}) << "nothing noted, so nobody has looked";
    const store::message_marks every{true, true, true, true, true, true};
    ASSERT_TRUE(this->kept_->set_marks(key, every));
    EXPECT_EQ(this->names("/cur"), std::vector{key + ":2,DFPRST"});
    EXPECT_EQ(this->kept_->find(key)->marks, every);

    ASSERT_TRUE(
        this->directory("/cur")->rename(key + ":2,DFPRST", *this->directory("/cur"), key + ":2,FSaz"));
    ASSERT_TRUE(this->kept_->set_marks(key, {.answered = true}));
    EXPECT_EQ(this->names("/cur"), std::vector{key + ":2,Raz"});
    ASSERT_TRUE(this->kept_->set_marks(key, {}));
    EXPECT_EQ(this->names("/cur"), std::vector{key + ":2,az"});
    EXPECT_TRUE(this->names("/new").empty());
}

TYPED_TEST(collection, moves_and_removes)
{
    const auto key = collections::add(*this->kept_, letter, {"", {.seen = true}, {}}).value();
    ASSERT_TRUE(this->kept_->move(key, "Done"));
    EXPECT_EQ(this->names("/.Done/cur"), std::vector{key + ":2,S"});
    EXPECT_TRUE(this->names("/cur").empty());
    ASSERT_TRUE(this->kept_->move(key, "Done"));
    EXPECT_EQ(collections::read(*this->kept_, key).value(), letter);
    ASSERT_TRUE(this->kept_->remove(key));
    EXPECT_TRUE(collections::listed(*this->kept_).empty());
}

TYPED_TEST(collection, links_a_copy_into_another)
{
    const auto other =
        collections::open(this->subject_.disk, this->seams_, this->subject_.path + "-other").value();
    const auto key = collections::add(*this->kept_, letter, {"", {.seen = true}, {}}).value();
    const auto copy = other->publish_copy(*this->kept_, key, {"All", {.flagged = true}, {}});
    ASSERT_TRUE(copy) << copy.error().operator_text;
    EXPECT_NE(*copy, key);
    EXPECT_EQ(collections::read(*other, *copy).value(), letter);
    EXPECT_EQ(this->directory("/cur")->status(key + ":2,S")->inode,
              this->directory("-other/.All/cur")->status(*copy + ":2,F")->inode);
    ASSERT_TRUE(this->kept_->remove(key));
    EXPECT_EQ(collections::read(*other, *copy).value(), letter);
    EXPECT_EQ(kind_of(other->publish_copy(*this->kept_, key, {})), failure::vanished);
}

TYPED_TEST(collection, copies_where_it_cannot_link)
{
    collections::seams elsewhere_seams;
    support::simulated_disk elsewhere{elsewhere_seams.clock};
    const auto other = collections::open(elsewhere, elsewhere_seams, "/far").value();
    for (const auto text : difficult) {
        const auto key = collections::add(*this->kept_, text).value();
        const auto copy = other->publish_copy(*this->kept_, key, {});
        ASSERT_TRUE(copy) << copy.error().operator_text;
        EXPECT_EQ(collections::read(*other, *copy).value(), text);
    }
}

TYPED_TEST(collection, counts_what_names_do_not_tell)
{
    this->plant("/cur", "1700000000.123.other:2,S", "Subject: x\n\nno end");
    this->plant("/new", "nameless", "two\nlines\n");
    const auto all = collections::listed(*this->kept_);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all.at("nameless").octets, 12U);
    const auto& foreign = all.at("1700000000.123.other");
    EXPECT_EQ(foreign.arrival, base::wall_time(std::chrono::seconds(1'700'000'000)));
    // The end that the last line lacks is counted and given, as POP3 would.
    EXPECT_EQ(foreign.octets, 22U);
    EXPECT_EQ(collections::read(*this->kept_, foreign.key).value(), "Subject: x\r\n\r\nno end\r\n");
    const auto other =
        collections::open(this->subject_.disk, this->seams_, this->subject_.path + "-other").value();
    const auto copy = other->publish_copy(*this->kept_, foreign.key, {}).value();
    EXPECT_EQ(collections::read(*other, copy).value(), "Subject: x\r\n\r\nno end\r\n");
}

TYPED_TEST(collection, does_not_believe_a_size_that_is_wrong)
{
    this->plant("/cur", "1700000000.123.other,S=5,W=6:2,S", "a\nlonger one\n");
    EXPECT_EQ(collections::read(*this->kept_, "1700000000.123.other,S=5,W=6").value(), "a\r\nlonger one\r\n");
}

TYPED_TEST(collection, shows_folders_with_names_of_other_hands)
{
    for (const std::string name : {".Größe", ".A&B", ".Good&-Bad", "..odd", ".nofolder"}) {
        ASSERT_TRUE(this->directory("")->make_directory(name));
        if (name == ".nofolder") continue;
        for (const char* const part : {"new", "cur", "tmp"})
            ASSERT_TRUE(this->directory('/' + name)->make_directory(part));
    }
    this->plant("/.Größe/cur", "1700000000.1.x:2,", "x\n");
    EXPECT_EQ(this->kept_->folders().value(), (std::vector<std::string>{"", "A&B", "Good&Bad", "Größe"}));
    EXPECT_EQ(this->kept_->find("1700000000.1.x")->folder, "Größe");
    this->open_anew();
    const auto key = collections::add(*this->kept_, letter, {"Größe", {}, {}}).value();
    EXPECT_EQ(this->names("/.Größe/new"), std::vector{key});
}

TYPED_TEST(collection, refuses_an_addition_of_another)
{
    const auto other =
        collections::open(this->subject_.disk, this->seams_, this->subject_.path + "-other").value();
    std::vector<store::collection::publication> group;
    group.push_back({collections::begin(*other, letter).value(), {}});
    EXPECT_EQ(kind_of(this->kept_->publish(std::move(group)).front()), failure::internal);
}

TYPED_TEST(collection, sweeps_what_crashed_additions_left)
{
    collections::add(*this->kept_, "x\r\n", {"Sub", {}, {}}).value();
    this->plant("/tmp", "left", "half a let");
    this->plant("/.Sub/tmp", "left", "half a let");
    this->seams_.clock.set(this->directory("/.Sub/tmp")->status("left")->modified);
    this->open_anew();
    EXPECT_EQ(this->kept_->sweep().value(), 0U);
    this->seams_.clock.advance(std::chrono::hours(37));
    const auto writing = collections::begin(*this->kept_, letter).value();
    EXPECT_EQ(this->kept_->sweep().value(), 2U);
    EXPECT_EQ(this->names("/tmp").size(), 1U) << "what is being written stays";
    EXPECT_EQ(collections::listed(*this->kept_).size(), 1U);
}

TYPED_TEST(collection, lists_ten_thousand_messages)
{
    constexpr int messages = 10'000;
    for (int i = 0; i < messages; ++i)
        this->directory("/cur")->create("17000" + std::to_string(10000 + i) + ".M1P1.x,S=2,W=3:2,S").value();
    const auto began = std::chrono::steady_clock::now();
    std::size_t told = 0;
    ASSERT_TRUE(this->kept_->list([&](const store::kept_message&) { ++told; }));
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(told, std::size_t{messages});
    std::cout << "10,000 messages listed in "
              << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
}
