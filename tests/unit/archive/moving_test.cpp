// Export, import, and back again: to the octet.
#include "archive/exporting.hpp"
#include "archive/importing.hpp"
#include "disk/posix.hpp"
#include "proof_fixture.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using archive::imported;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// Messages that exporters are known to break.
const std::vector<std::string> difficult = {
    "From: ann@example.org\r\n\r\nFrom here on\r\n>From there\r\n>>From afar\r\n From not\r\nFromage\r\n",
    std::string("A: nul\r\n\r\na\0b\0\r\n", 16),
    "A: bare cr\r\n\r\na\rb\r\r\n\r\n",
    "A: eight bit\r\n\r\ngr\xFC\xDF\x80\xFF\r\n",
    "A: header only\r\n",
    "\r\nbody only\r\n",
    "A: blank lines\r\n\r\n\r\n\r\nFrom x\r\n\r\n\r\n",
    "A: long\r\n\r\n" + std::string(200000, 'x') + "\r\n",
};
/// What an mbox cannot give back as it was.
const std::vector<std::string> impossible = {"A: no end\r\n\r\nlast line", "A: bare lf\r\n\r\na\nb\r\n"};

class Moving : public testing::Test, protected archive_tests::account_at_hand {
protected:
    void SetUp() override
    {
        std::filesystem::create_directory(folder_);
        directory_ = files_.open(folder_).value();
    }

    static std::vector<std::string> texts(const archive_tests::kept_mail& of)
    {
        std::vector<std::string> all;
        for (const auto& [key, what] : of.messages) all.push_back(what.second);
        std::ranges::sort(all);
        return all;
    }

    std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const auto& each : std::filesystem::recursive_directory_iterator(folder_))
            if (each.is_regular_file()) all.push_back(each.path().lexically_relative(folder_).string());
        std::ranges::sort(all);
        return all;
    }

    std::string contents(const std::string& name) const
    {
        std::ifstream file(folder_ + "/" + name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    void write(const std::string& name, const std::string& octets) const
    {
        std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
        std::ofstream(folder_ + "/" + name, std::ios::binary) << octets;
    }

    archive::import_parts parts(archive_tests::kept_mail& into, const std::string& account = "ann")
    {
        return {.account = account, .folder = "Imported", .mail = into, .book = *book};
    }

    std::vector<archive::export_wish> everything() { return archive::everything_in(mail).value(); }

    std::string folder_ = place.path() + "/out";
    disk::posix_file_system files_;
    std::unique_ptr<disk::directory> directory_;
    archive_tests::kept_mail other_;
};

std::vector<std::string> sorted(std::vector<std::string> of)
{
    std::ranges::sort(of);
    return of;
}

TEST_F(Moving, ComesBackFromAnMboxToTheOctet)
{
    for (const auto& each : difficult) mail.put(each);
    const auto out = archive::export_mbox(everything(), *directory_, "all.mbox", {}).value();
    EXPECT_EQ(out.messages, difficult.size());
    EXPECT_EQ(out.inexact, 0U);
    EXPECT_THAT(names(), ElementsAre("all.mbox"));
    const imported in = archive::import_mbox(*directory_, "all.mbox", parts(other_)).value();
    EXPECT_EQ(in.stored, difficult.size());
    EXPECT_EQ(in.octets, out.octets);
    EXPECT_THAT(in.failed, IsEmpty());
    EXPECT_EQ(texts(other_), sorted(difficult));
    EXPECT_GE(in.unquoted_lines, 4U);
    for (const auto& [key, what] : other_.messages) EXPECT_EQ(what.first.folder, "Imported");
}

TEST_F(Moving, TellsWhatAnMboxCannotHold)
{
    for (const auto& each : impossible) mail.put(each);
    EXPECT_EQ(archive::export_mbox(everything(), *directory_, "all.mbox", {}).value().inexact,
              impossible.size());
}

TEST_F(Moving, ComesBackFromEmlFilesToTheOctet)
{
    auto all = difficult;
    all.insert(all.end(), impossible.begin(), impossible.end());
    for (const auto& each : all) mail.put(each);
    mail.put("Subject: a/b: ../../x\r\nDate: Thu, 1 Jan 2026 12:00:00 +0000\r\n\r\n",
             {.folder = "Lists/C++", .marks = {}, .arrival = {}});
    all.push_back(mail.messages.rbegin()->second.second);
    const auto out = archive::export_eml(everything(), *directory_, {}).value();
    EXPECT_EQ(out.messages, mail.messages.size());
    EXPECT_EQ(names().size(), mail.messages.size());
    const auto second = archive::export_eml(everything(), *directory_, {}).value();
    EXPECT_EQ(second.messages, mail.messages.size());
    EXPECT_EQ(names().size(), 2 * mail.messages.size());
    EXPECT_THAT(names(), testing::Contains("Lists/C++/2026-01-01 a_b_ .._.._x.eml"));
    EXPECT_THAT(names(), testing::Contains("Lists/C++/2026-01-01 a_b_ .._.._x (2).eml"));
    const imported in = archive::import_eml_directory(*directory_, parts(other_)).value();
    EXPECT_EQ(in.found, 2 * mail.messages.size());
    EXPECT_EQ(in.stored, mail.messages.size());
    EXPECT_EQ(in.duplicates, mail.messages.size());
    EXPECT_EQ(texts(other_), texts(mail));
}

TEST_F(Moving, CarriesFoldersMarksAndDaysBetweenCollections)
{
    const base::wall_time then(std::chrono::days(20000));
    mail.put(difficult[0], {.folder = "Lists", .marks = {.seen = true, .flagged = true}, .arrival = then});
    mail.put(difficult[1], {.folder = "", .marks = {.answered = true}, .arrival = then});
    EXPECT_EQ(archive::import_collection(mail, parts(other_)).value().stored, 2U);
    archive_tests::kept_mail third;
    EXPECT_EQ(archive::export_collection(archive::everything_in(other_).value(), third, {}).value().messages,
              2U);
    for (const auto* each : {&other_, &third}) {
        std::map<std::string, store::message_marks> marks;
        for (const auto& [key, what] : each->messages) {
            marks[what.first.folder] = what.first.marks;
            EXPECT_EQ(what.first.arrival, then);
        }
        EXPECT_TRUE(marks.at("Lists").seen && marks.at("Lists").flagged);
        EXPECT_TRUE(marks.at("Imported").answered);
    }
}

TEST_F(Moving, TakesNothingInTwice)
{
    const auto kept = keep(difficult[0]);
    write("a.eml", difficult[0]);
    write("b.eml", difficult[1]);
    write("sub/c.EML", difficult[1]);
    write("note.txt", "no mail");
    const imported in = archive::import_eml_directory(*directory_, parts(mail)).value();
    EXPECT_EQ(in.found, 3U);
    EXPECT_EQ(in.stored, 1U);
    EXPECT_EQ(in.duplicates, 2U);
    EXPECT_EQ(mail.messages.size(), 2U);
    // Held by the ledger's word, and not there any more: it comes again.
    mail.messages.erase(kept);
    EXPECT_EQ(archive::import_eml(*directory_, "a.eml", parts(mail)).value().stored, 1U);
}

TEST_F(Moving, FindsWhatACrashLeftUnrecorded)
{
    write("a.eml", difficult[0]);
    mail.put(difficult[0]); // published; the power went before the ledger knew
    const imported in = archive::import_eml(*directory_, "a.eml", parts(mail)).value();
    EXPECT_EQ(in.duplicates, 1U);
    EXPECT_EQ(mail.messages.size(), 1U);
}

TEST_F(Moving, PublishesInGroups)
{
    for (int i = 0; i < 250; ++i)
        write("m" + std::to_string(i) + ".eml", "N: " + std::to_string(i) + "\r\n\r\n");
    std::vector<std::uint64_t> told;
    auto into = parts(mail);
    into.tell = [&](std::uint64_t messages) { told.push_back(messages); };
    EXPECT_EQ(archive::import_eml_directory(*directory_, into).value().stored, 250U);
    EXPECT_EQ(mail.last_group, "100,100,50");
    EXPECT_THAT(told, ElementsAre(100U, 200U, 250U));
    EXPECT_EQ(book->holdings(archive::hash_of("N: 7\r\n\r\n"), "ann").value().size(), 1U);
}

TEST_F(Moving, ConvertsFilesThatHaveLfEndsAlone)
{
    write("unix.eml", "A: b\n\nline\n");
    write("mixed.eml", "A: b\r\n\r\nbare\nlf\r\n");
    ASSERT_TRUE(archive::import_eml_directory(*directory_, parts(mail)).has_value());
    EXPECT_THAT(texts(mail), UnorderedElementsAre("A: b\r\n\r\nline\r\n", "A: b\r\n\r\nbare\nlf\r\n"));
}

TEST_F(Moving, TellsTroubleWithoutLosingTheRest)
{
    const auto bad = mail.put(difficult[0]);
    const auto vanishing = mail.put(difficult[1]);
    mail.put(difficult[2]);
    mail.unreadable = {bad};
    mail.vanishing = {vanishing};
    const imported in = archive::import_collection(mail, parts(other_)).value();
    EXPECT_EQ(in.stored, 1U);
    EXPECT_THAT(in.failed, ElementsAre(testing::HasSubstr(bad)));
    mail.unreadable.clear();
    const auto out = archive::export_eml(everything(), *directory_, {}).value();
    EXPECT_EQ(out.messages, 2U);
    EXPECT_THAT(out.vanished, ElementsAre(vanishing));
}

TEST_F(Moving, SaysSoWhenTheDiskIsFull)
{
    for (int i = 0; i < 150; ++i)
        write("m" + std::to_string(i) + ".eml", "N: " + std::to_string(i) + "\r\n\r\n");
    mail.publications_left = 100;
    EXPECT_EQ(archive::import_eml_directory(*directory_, parts(mail)).error().kind, base::failure::no_space);
    mail.publications_left = 1000;
    const imported in = archive::import_eml_directory(*directory_, parts(mail)).value();
    EXPECT_EQ(in.stored, 50U);
    EXPECT_EQ(in.duplicates, 100U);
}

TEST_F(Moving, LeavesNoHalfMbox)
{
    mail.put(difficult[0]);
    mail.unreadable = {mail.put(difficult[1])};
    EXPECT_FALSE(archive::export_mbox(everything(), *directory_, "all.mbox", {}).has_value());
    EXPECT_THAT(names(), IsEmpty());
    mail.unreadable.clear();
    std::atomic<bool> stop = true;
    EXPECT_TRUE(archive::export_mbox(everything(), *directory_, "all.mbox", {.stop = &stop}).value().stopped);
    EXPECT_THAT(names(), IsEmpty());
    write("all.mbox", "somebody's");
    EXPECT_EQ(archive::export_mbox(everything(), *directory_, "all.mbox", {}).error().kind,
              base::failure::exists);
    EXPECT_EQ(contents("all.mbox"), "somebody's");
}

TEST_F(Moving, StopsAfterTheGroupAtHand)
{
    for (int i = 0; i < 150; ++i)
        write("m" + std::to_string(i) + ".eml", "N: " + std::to_string(i) + "\r\n\r\n");
    std::atomic<bool> stop = false;
    auto into = parts(mail);
    into.stop = &stop;
    into.tell = [&](std::uint64_t) { stop = true; };
    const imported in = archive::import_eml_directory(*directory_, into).value();
    EXPECT_TRUE(in.stopped);
    EXPECT_EQ(in.stored, 100U);
    EXPECT_EQ(archive::import_eml_directory(*directory_, parts(mail)).value().stored, 50U);
}

TEST_F(Moving, RefusesWhatIsNoMbox)
{
    write("x", "no mbox\n");
    EXPECT_EQ(archive::import_mbox(*directory_, "x", parts(mail)).error().kind, base::failure::malformed);
    EXPECT_EQ(archive::import_mbox(*directory_, "none", parts(mail)).error().kind, base::failure::vanished);
}

} // namespace
