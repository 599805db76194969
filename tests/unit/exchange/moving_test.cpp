// Export, import, and back again: to the octet.
#include "disk/posix.hpp"
#include "exchange/exporting.hpp"
#include "exchange/importing.hpp"
#include "store/maildir/foreign_tree.hpp"
#include "support/temporary_directory.hpp"
#include "unit/ledger/proof_fixture.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace {

using exchange::imported;
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

    std::string contents(const std::string& name) const { return support::contents(folder_ + "/" + name); }

    void write(const std::string& name, const std::string& octets) const
    {
        std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
        support::write(folder_ + "/" + name, octets);
    }

    exchange::import_parts parts(archive_tests::kept_mail& into, const std::string& account = "ann")
    {
        return {.account = account, .folder = "Imported", .mail = into, .book = *book};
    }

    base::result<imported> import_all(const exchange::import_parts& into)
    {
        return exchange::import_tree(
            *directory_, [&] { return store::maildir::list_foreign_tree(*directory_); }, into);
    }

    std::vector<exchange::export_wish> everything() { return exchange::everything_in(mail).value(); }

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
    const auto out = exchange::export_mbox(everything(), *directory_, "all.mbox", {}).value();
    EXPECT_EQ(out.messages, difficult.size());
    EXPECT_EQ(out.inexact, 0U);
    EXPECT_THAT(names(), ElementsAre("all.mbox"));
    const imported in = exchange::import_mbox(*directory_, "all.mbox", parts(other_)).value();
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
    EXPECT_EQ(exchange::export_mbox(everything(), *directory_, "all.mbox", {}).value().inexact,
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
    const auto out = exchange::export_eml(everything(), *directory_, {}).value();
    EXPECT_EQ(out.messages, mail.messages.size());
    EXPECT_EQ(names().size(), mail.messages.size());
    const auto second = exchange::export_eml(everything(), *directory_, {}).value();
    EXPECT_EQ(second.messages, 0U);
    EXPECT_EQ(second.there_before, mail.messages.size());
    EXPECT_EQ(names().size(), mail.messages.size());
    EXPECT_THAT(names(), testing::Contains("Lists/C++/2026-01-01 a_b_ .._.._x.eml"));
    write("Lists/C++/2026-01-01 a_b_ .._.._x.eml", all[1]); // another message has that name
    EXPECT_EQ(exchange::export_eml(everything(), *directory_, {}).value().messages, 1U);
    EXPECT_THAT(names(), testing::Contains("Lists/C++/2026-01-01 a_b_ .._.._x (2).eml"));
    const imported in = import_all(parts(other_)).value();
    EXPECT_EQ(in.found, mail.messages.size() + 1);
    EXPECT_EQ(in.stored, mail.messages.size());
    EXPECT_EQ(in.duplicates, 1U);
    EXPECT_EQ(texts(other_), texts(mail));
}

TEST_F(Moving, CarriesFoldersMarksAndDaysBetweenCollections)
{
    const base::wall_time then(std::chrono::days(20000));
    mail.put(difficult[0], {.folder = "Lists", .marks = {.seen = true, .flagged = true}, .arrival = then});
    mail.put(difficult[1], {.folder = "", .marks = {.answered = true}, .arrival = then});
    EXPECT_EQ(exchange::export_collection(everything(), other_, {}).value().messages, 2U);
    std::map<std::string, store::message_marks> marks;
    for (const auto& [key, what] : other_.messages) {
        marks[what.first.folder] = what.first.marks;
        EXPECT_EQ(what.first.arrival, then);
    }
    EXPECT_TRUE(marks.at("Lists").seen && marks.at("Lists").flagged);
    EXPECT_TRUE(marks.at("").answered);
    const auto again = exchange::export_collection(everything(), other_, {}).value();
    EXPECT_EQ(again.there_before, 2U);
    EXPECT_EQ(other_.messages.size(), 2U);
}

TEST_F(Moving, CarriesFoldersAndMarksInAnMbox)
{
    const std::string own_lines = "Status: RO\r\nX-Status: \r\n" + difficult[0]; // of its sender's, like ours
    mail.put(difficult[0],
             {.folder = "Lists/Größe", .marks = {.seen = true, .flagged = true}, .arrival = {}});
    mail.put(difficult[1], {.folder = {}, .marks = {.answered = true, .forwarded = true}, .arrival = {}});
    mail.put(own_lines);
    mail.put(difficult[2]);
    ASSERT_EQ(exchange::export_mbox(everything(), *directory_, "all.mbox", {}).value().messages, 4U);
    EXPECT_THAT(contents("all.mbox"),
                testing::HasSubstr("\nStatus: RO\nX-Status: F\nX-Restante-Folder: Lists/Größe\n"));
    ASSERT_EQ(exchange::import_mbox(*directory_, "all.mbox", parts(other_)).value().stored, 4U);
    EXPECT_EQ(texts(other_), texts(mail));
    std::map<std::string, store::kept_message> kept;
    for (const auto& [key, what] : other_.messages) kept[what.second] = what.first;
    EXPECT_EQ(kept.at(difficult[0]).folder, "Lists/Größe");
    EXPECT_EQ(kept.at(difficult[0]).marks, (store::message_marks{.seen = true, .flagged = true}));
    EXPECT_EQ(kept.at(difficult[1]).folder, "Imported");
    EXPECT_EQ(kept.at(difficult[1]).marks, (store::message_marks{.answered = true, .forwarded = true}));
    EXPECT_EQ(kept.at(own_lines).marks, store::message_marks{});
}

TEST_F(Moving, TakesNothingInTwice)
{
    const auto kept = keep(difficult[0]);
    write("a.eml", difficult[0]);
    write("b.eml", difficult[1]);
    write("sub/c.EML", difficult[1]);
    write("note.txt", "no mail");
    const imported in = import_all(parts(mail)).value();
    EXPECT_EQ(in.found, 3U);
    EXPECT_EQ(in.stored, 1U);
    EXPECT_EQ(in.duplicates, 2U);
    EXPECT_EQ(mail.messages.size(), 2U);
    // Held by the ledger's word, and not there any more: it comes again.
    mail.messages.erase(kept);
    EXPECT_EQ(exchange::import_file(*directory_, "a.eml", parts(mail)).value().stored, 1U);
}

TEST_F(Moving, FindsWhatACrashLeftUnrecorded)
{
    write("a.eml", difficult[0]);
    mail.put(difficult[0]); // published; the power went before the ledger knew
    const imported in = exchange::import_file(*directory_, "a.eml", parts(mail)).value();
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
    EXPECT_EQ(import_all(into).value().stored, 250U);
    EXPECT_EQ(mail.last_group, "100,100,50");
    EXPECT_THAT(told, ElementsAre(100U, 200U, 250U));
    EXPECT_EQ(book->copies(ledger::hash_of("N: 7\r\n\r\n"), "ann").value().size(), 1U);
}

TEST_F(Moving, ConvertsFilesThatHaveLfEndsAlone)
{
    write("unix.eml", "A: b\n\nline\n");
    write("mixed.eml", "A: b\r\n\r\nbare\nlf\r\n");
    ASSERT_TRUE(import_all(parts(mail)).has_value());
    EXPECT_THAT(texts(mail), UnorderedElementsAre("A: b\r\n\r\nline\r\n", "A: b\r\n\r\nbare\nlf\r\n"));
}

TEST_F(Moving, TellsTroubleWithoutLosingTheRest)
{
    const auto bad = mail.put(difficult[0]);
    const auto vanishing = mail.put(difficult[1]);
    mail.put(difficult[2]);
    mail.unreadable = {bad};
    mail.vanishing = {vanishing};
    for (const bool as_mbox : {true, false}) {
        const auto out = as_mbox ? exchange::export_mbox(everything(), *directory_, "all.mbox", {}).value()
                                 : exchange::export_eml(everything(), *directory_, {}).value();
        EXPECT_EQ(out.messages, 1U);
        EXPECT_THAT(out.damaged, ElementsAre(testing::HasSubstr(bad)));
        EXPECT_THAT(out.vanished, ElementsAre(vanishing));
    }
    EXPECT_EQ(exchange::import_mbox(*directory_, "all.mbox", parts(other_)).value().stored, 1U);
}

TEST_F(Moving, TellsWhatIsNotWhatWasStored)
{
    mail.put(difficult[0]);
    mail.put(difficult[1]);
    auto wishes = everything();
    for (auto& wish : wishes) wish.stored_as = ledger::hash_of(difficult[0]);
    const auto out = exchange::export_eml(wishes, *directory_, {}).value();
    EXPECT_EQ(out.messages, 2U);
    EXPECT_EQ(out.changed.size(), 1U);
}

TEST_F(Moving, AccountsForEveryFile)
{
    const std::string head = "From: a\nDate: Tue, 3 Mar 2026 10:00:01 +0100\nSubject: ";
    write("cur/1700000001.M1P1.h;2,FRS", head + "1\n\n");
    write("cur/1700000002.M1P1.h!2,S", head + "2\n\n");
    write("cur/1700000003.M1P1.h\xEF\x80\xBA"
          "2,F",
          head + "3\n\n");
    write("new/1700000003.M1P1.h", head + "4\n\n");
    write("cur/1700000005.M1P1.h:2,SZ", "\x1F\x8B\x08 packed");
    write("cur/1700000006.M1P1.h", "");
    write("tmp/1700000007.M1P1.h", "half");
    write(".Lists.C++/cur/1700000001.M1P1.h:2,", head + "8\n\n");
    write("Verbatim/Sub.1/cur/1700000001.M1P1.h:2,S", head + "9\n\n");
    write("mh/7", "Subject: 10\n\n");
    write("mh/.mh_sequences", "unseen: 7\n");
    write("apple/INBOX.mbox/Data/Messages/1.emlx",
          "16\nSubject: 11\n\nhi\n<plist><key>flags</key>\n\t<integer>17</integer></plist>");
    write("apple/INBOX.mbox/Data/Messages/2.partial.emlx", "1\nx");
    write("apple/INBOX.mbox/Data/Messages/3.emlx", "1000\nx");
    write("old.mbox", "From a@b Tue Mar  3 10:00:00 2026\n" + head + "12\n\n");
    write("notes.txt", "no mail");
    std::filesystem::create_symlink("notes.txt", folder_ + "/link.eml");
    const imported in = import_all(parts(other_)).value();
    EXPECT_EQ(in.stored, 8U);
    EXPECT_EQ(in.found, in.stored + in.failed.size());
    EXPECT_EQ(in.not_mail, 4U);
    EXPECT_THAT(in.failed, UnorderedElementsAre(testing::HasSubstr("cur/1700000005.M1P1.h:2,SZ: compressed"),
                                                testing::HasSubstr("2.partial.emlx: only a part"),
                                                testing::HasSubstr("3.emlx: cut short"),
                                                testing::HasSubstr("old.mbox: an mbox"),
                                                testing::HasSubstr("link.eml: a symbolic link")));
    EXPECT_THAT(in.passed_over, UnorderedElementsAre("cur/1700000006.M1P1.h: empty", "notes.txt: no mail",
                                                     testing::HasSubstr("tmp/1700000007.M1P1.h: ")));
    std::map<std::string, store::kept_message> kept;
    for (const auto& [key, what] : other_.messages) {
        const auto at = what.second.find("Subject: ") + 9;
        kept[what.second.substr(at, what.second.find("\r", at) - at)] = what.first;
    }
    EXPECT_EQ(kept.at("1").marks, (store::message_marks{.seen = true, .answered = true, .flagged = true}));
    EXPECT_EQ(kept.at("1").folder, "Imported");
    EXPECT_TRUE(kept.at("2").marks.seen && kept.at("3").marks.flagged);
    EXPECT_EQ(kept.at("4").arrival,
              base::wall_time(std::chrono::seconds(1700000003) + std::chrono::microseconds(1)));
    EXPECT_EQ(kept.at("8").folder, "Lists/C++");
    EXPECT_EQ(kept.at("9").folder, "Verbatim/Sub_1");
    EXPECT_EQ(kept.at("10").folder, "mh");
    EXPECT_EQ(kept.at("11").folder, "Imported");
    EXPECT_EQ(kept.at("11").marks, (store::message_marks{.seen = true, .flagged = true}));
}

TEST_F(Moving, SaysSoWhenTheDiskIsFull)
{
    for (int i = 0; i < 150; ++i)
        write("m" + std::to_string(i) + ".eml", "N: " + std::to_string(i) + "\r\n\r\n");
    mail.publications_left = 100;
    const imported full = import_all(parts(mail)).value();
    EXPECT_EQ(full.trouble.value().kind, base::failure::no_space);
    EXPECT_EQ(full.not_reached, 50U);
    EXPECT_EQ(full.found, full.stored + full.not_reached);
    EXPECT_TRUE(full.failed.empty()) << "told once";
    EXPECT_EQ(full.stored, 100U);
    mail.publications_left = 1000;
    const imported in = import_all(parts(mail)).value();
    EXPECT_EQ(in.stored, 50U);
    EXPECT_EQ(in.duplicates, 100U);
}

TEST_F(Moving, LeavesNoHalfMbox)
{
    mail.put(difficult[0]);
    std::atomic<bool> stop = true;
    EXPECT_TRUE(
        exchange::export_mbox(everything(), *directory_, "all.mbox", {.stop = &stop}).value().stopped);
    EXPECT_THAT(names(), IsEmpty());
    write("all.mbox", "somebody's");
    EXPECT_EQ(exchange::export_mbox(everything(), *directory_, "all.mbox", {}).error().kind,
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
    const imported in = import_all(into).value();
    EXPECT_TRUE(in.stopped);
    EXPECT_EQ(in.stored, 100U);
    EXPECT_EQ(import_all(parts(mail)).value().stored, 50U);
}

TEST_F(Moving, RefusesWhatIsNoMbox)
{
    write("x", "no mbox\n");
    EXPECT_EQ(exchange::import_mbox(*directory_, "x", parts(mail)).error().kind, base::failure::malformed);
    EXPECT_EQ(exchange::import_mbox(*directory_, "none", parts(mail)).error().kind, base::failure::vanished);
}

} // namespace
