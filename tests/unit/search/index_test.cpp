// The index: it follows the mail, and finds what is there.
#include "search/index.hpp"
#include "support/kernel_disk.hpp"
#include "support/temporary_directory.hpp"
#include "unit/ledger/kept_mail.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace {

using archive_tests::kept_mail;
using search::query;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

store::placement at(base::wall_time arrival, const std::string& folder = "", store::message_marks marks = {})
{
    return {.folder = folder, .marks = marks, .arrival = arrival};
}

base::wall_time day(int number)
{
    return base::wall_time(std::chrono::days(20000 + number));
}

class Index : public testing::Test {
protected:
    std::uint64_t catch_up(const std::string& account = "ann")
    {
        auto added = index_->catch_up(account, mail_, {}, nullptr);
        EXPECT_TRUE(added.has_value()) << added.error().operator_text;
        return added.value_or(999);
    }

    std::string put(const std::string& header, const std::string& body = "",
                    const store::placement& where = {})
    {
        return mail_.put(header + "\r\n" + body, where);
    }

    /// Keys of what is found.
    std::vector<std::string> found(const query& what)
    {
        std::vector<std::string> keys;
        auto messages = index_->search(what);
        EXPECT_TRUE(messages.has_value()) << messages.error().operator_text;
        if (messages)
            for (const auto& each : *messages) keys.push_back(each.key);
        EXPECT_EQ(index_->count(what).value_or(999), keys.size());
        return keys;
    }
    std::vector<std::string> found(const std::string& words) { return found(query{.words = words}); }

    support::temporary_directory place_;
    std::string path_ = place_.path() + "/index.sqlite";
    std::unique_ptr<search::index> index_ = search::index::open(support::kernel_disk(), path_, {}).value();
    kept_mail mail_;
};

TEST_F(Index, FindsWhatStandsInManyMessages)
{
    constexpr int count = 1300;
    std::vector<std::string> expected; // the newest first, without the odd ones
    for (int i = 0; i < count; ++i) {
        const bool odd = i % 2 == 1;
        auto key = put("Subject: tea\r\n", odd ? "black" : "green",
                       at(day(i * 37 % count), i % 10 == 0 ? "Ten" : "", {.seen = odd}));
        if (!odd) expected.push_back(std::move(key));
    }
    put("Subject: coffee\r\n");
    EXPECT_EQ(catch_up(), count + 1U);
    EXPECT_EQ(found(query{.words = "tea", .limit = 2000}).size(), 1U * count);
    EXPECT_EQ(found(query{.words = "tea -green", .limit = 2000}).size(), count / 2U);
    EXPECT_EQ(found(query{.words = "tea", .folder = "Ten", .limit = 2000}).size(), count / 10U);
    EXPECT_THAT(found(query{.words = "tea", .seen = false, .limit = 2000}),
                testing::UnorderedElementsAreArray(expected));
    const auto dates = [&](const query& what) {
        std::vector<base::wall_time> out;
        for (const auto& each : index_->search(what).value()) out.push_back(each.date);
        return out;
    };
    EXPECT_THAT(dates({.words = "tea", .limit = 2}), ElementsAre(day(count - 1), day(count - 2)));
    EXPECT_THAT(dates({.words = "tea", .limit = 2, .skip = 1, .oldest_first = true}),
                ElementsAre(day(1), day(2)));
    EXPECT_EQ(index_->count({.words = "tea", .limit = 2}).value(), 1U * count);
    // What is gone has its words in the index still, and another search is not answered with these hits.
    mail_.messages.erase(expected.front());
    EXPECT_EQ(catch_up(), 0U);
    EXPECT_EQ(found(query{.words = "tea", .limit = 2000}).size(), count - 1U);
    EXPECT_EQ(found("coffee").size(), 1U);
}

TEST_F(Index, FindsWordsWhereverTheyStand)
{
    const auto a =
        put("From: Ann Álvarez <ann@example.org>\r\nTo: bob@example.org\r\nSubject: The invoice\r\n",
            "Please pay 25 euros.\r\n", at(day(1)));
    const auto b =
        put("From: bob@example.org\r\nCc: Ann <ann@example.org>\r\nSubject: Re: holidays\r\n"
            "Content-Type: multipart/mixed; boundary=b\r\n",
            "--b\r\n\r\nPay day at the sea\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: "
            "attachment; filename=\"beach-2026.png\"\r\n\r\nx\r\n--b--\r\n",
            at(day(2)));
    EXPECT_EQ(catch_up(), 2U);
    EXPECT_THAT(found(""), ElementsAre(b, a));
    EXPECT_THAT(found("pay"), ElementsAre(b, a));
    EXPECT_THAT(found("PAY euros"), ElementsAre(a));
    EXPECT_THAT(found("alvarez"), ElementsAre(a));
    EXPECT_THAT(found("invo*"), ElementsAre(a));
    EXPECT_THAT(found("invo"), IsEmpty());
    EXPECT_THAT(found("\"pay day\""), ElementsAre(b));
    EXPECT_THAT(found("\"day pay\""), IsEmpty());
    EXPECT_THAT(found("from:ann"), ElementsAre(a));
    EXPECT_THAT(found("to:ann"), ElementsAre(b));
    EXPECT_THAT(found("subject: holidays"), ElementsAre(b));
    EXPECT_THAT(found("attachment:beach"), ElementsAre(b));
    EXPECT_THAT(found("body:invoice"), IsEmpty());
    EXPECT_THAT(found("pay -holidays"), ElementsAre(a));
    EXPECT_THAT(found("-invoice"), ElementsAre(b));
    EXPECT_THAT(found("-from:bob -nothing"), ElementsAre(a));
}

TEST_F(Index, TellsAMessageAsAListShowsIt)
{
    const auto key = put("From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: Tea\r\n"
                         "Date: Thu, 1 Jan 2026 12:00:00 +0000\r\n",
                         "Shall we have some green tea on Friday, at the old place by the river?\r\n",
                         at(day(1000), "Lists", {.seen = true, .flagged = true}));
    catch_up();
    const auto told = index_->search({.words = "river"}).value().at(0);
    EXPECT_EQ(told.from, "Ann <ann@example.org>");
    EXPECT_EQ(told.to, "bob@example.org");
    EXPECT_EQ(told.subject, "Tea");
    EXPECT_EQ(told.folder, "Lists");
    EXPECT_TRUE(told.marks.seen && told.marks.flagged && !told.marks.draft);
    EXPECT_EQ(std::chrono::system_clock::to_time_t(told.date), 1767268800);
    EXPECT_EQ(told.octets, mail_.messages.at(key).first.octets);
    EXPECT_EQ(index_->find(told.number).value()->key, key);
    EXPECT_EQ(index_->find("ann", key).value()->number, told.number);
    EXPECT_FALSE(index_->find("bob", key).value().has_value());
    EXPECT_FALSE(index_->find(12345).value().has_value());
}

TEST_F(Index, AsksForFolderMarksAndDays)
{
    const auto a = put("Subject: x\r\n", "", at(day(1)));
    const auto b = put("Subject: x\r\n", "", at(day(2), "L", {.seen = true}));
    const auto c = put("Subject: x\r\n", "", at(day(3), "", {.flagged = true}));
    catch_up();
    EXPECT_THAT(found(query{.words = "x", .folder = ""}), ElementsAre(c, a));
    EXPECT_THAT(found(query{.words = "", .folder = "L"}), ElementsAre(b));
    EXPECT_THAT(found(query{.words = "", .seen = false}), ElementsAre(c, a));
    EXPECT_THAT(found(query{.words = "x", .flagged = true}), ElementsAre(c));
    EXPECT_THAT(found(query{.words = "", .after = day(2)}), ElementsAre(c, b));
    EXPECT_THAT(found(query{.words = "x", .before = day(2)}), ElementsAre(a));
    EXPECT_THAT(found(query{.words = "", .account = "bob"}), IsEmpty());
    EXPECT_THAT(found(query{.words = "x", .oldest_first = true}), ElementsAre(a, b, c));
    EXPECT_EQ(index_->search({.words = "x", .limit = 1, .skip = 1}).value().at(0).key, b);
    EXPECT_EQ(index_->search({.words = "x", .limit = 0}).value().size(), 0U);
}

TEST_F(Index, PutsLinkedMessagesIntoOneThreadInWhateverOrder)
{
    const auto letter = [&](const std::string& fields, int at_day) {
        return put(fields, "", at(day(at_day)));
    };
    const auto first = letter("Message-ID: <1@x>\r\nSubject: same\r\n", 1);
    const auto alone = letter("Message-ID: <9@x>\r\nSubject: same\r\n", 2);
    const auto nameless = letter("Subject: same\r\n", 3);
    const auto third = letter("Message-ID: <3@x>\r\nIn-Reply-To: <2@x> (of Bob)\r\n", 4);
    catch_up();
    const auto thread = [&](const std::string& key) { return index_->find("ann", key).value()->thread; };
    const std::string thread_of_first =
        "thread:" + std::to_string(index_->find("ann", first).value()->number);
    EXPECT_NE(thread(first), thread(third));
    // The one that links both was not here.
    const auto fourth = letter("Message-ID: <4@x>\r\nReferences: <1@x>\r\n <2@x> <3@x>\r\n", 5);
    catch_up();
    EXPECT_THAT(found(thread_of_first), ElementsAre(fourth, third, first));
    EXPECT_EQ(index_->count_thread(thread(fourth)).value(), 3U);
    EXPECT_NE(thread(alone), thread(nameless));
    EXPECT_THAT(found(query{.words = "", .by_thread = true}), ElementsAre(fourth, nameless, alone));
    EXPECT_THAT(found(query{.words = "", .oldest_first = true, .by_thread = true}),
                ElementsAre(first, alone, nameless));
    EXPECT_EQ(index_->search({.words = "", .limit = 1, .skip = 1, .by_thread = true}).value().at(0).key,
              nameless);
    EXPECT_THAT(found("thread:999"), IsEmpty());
    EXPECT_FALSE(index_->search({.words = "thread:x"}).has_value());
}

TEST_F(Index, AsksForTagsOfTheContent)
{
    const auto a = put("Subject: a\r\n", "", at(day(1)));
    const auto b = put("Subject: b\r\n", "", at(day(2)));
    catch_up();
    const auto hash = [&](const std::string& key) { return index_->find("ann", key).value()->hash; };
    EXPECT_FALSE(index_->knows_tags("").value()) << "a new index asks the ledger once";
    index_->take_tags("1", {{"ann", hash(a), "todo Work"}, {"bob", hash(b), "work"}}).value();
    EXPECT_TRUE(index_->knows_tags("1").value());
    EXPECT_FALSE(index_->knows_tags("").value());
    EXPECT_THAT(found("tag:work"), ElementsAre(a));
    EXPECT_THAT(found("-tag:work"), ElementsAre(b));
    EXPECT_THAT(found("tag:wor"), IsEmpty());
    EXPECT_THAT(found("tag:absent OR (has:tag subject:a)"), ElementsAre(a));
    EXPECT_EQ(index_->find("ann", a).value()->tags, "todo Work");
    EXPECT_EQ(index_->tag_counts().value(), (std::map<std::string, std::uint64_t>{{"todo", 1}, {"Work", 1}}));
    EXPECT_FALSE(index_->search({.words = "tag:a*"}).has_value());
}

TEST_F(Index, FollowsMovesMarksAndRemovals)
{
    const auto a = put("Subject: x\r\n");
    const auto b = put("Subject: x\r\n");
    catch_up();
    const auto number = index_->find("ann", a).value()->number;
    mail_.messages.at(a).first.folder = "Old";
    mail_.messages.at(a).first.marks.answered = true;
    mail_.messages.erase(b);
    EXPECT_EQ(catch_up(), 0U);
    EXPECT_THAT(found("x"), ElementsAre(a));
    const auto now = index_->find("ann", a).value();
    EXPECT_EQ(now->folder, "Old");
    EXPECT_TRUE(now->marks.answered);
    EXPECT_EQ(now->number, number);
    // A number that is gone is not given to another.
    const auto c = put("Subject: y\r\n");
    catch_up();
    EXPECT_EQ(index_->find("ann", c).value()->number, 3);
}

TEST_F(Index, KeepsAccountsApart)
{
    put("Subject: x\r\n");
    catch_up("ann");
    catch_up("bob");
    EXPECT_EQ(found("x").size(), 2U);
    mail_.messages.clear();
    catch_up("bob");
    EXPECT_EQ(found(query{.words = "x", .account = "ann"}).size(), 1U);
    EXPECT_EQ(found("x").size(), 1U);
}

TEST_F(Index, PassesOverWhatCannotBeReadAndTriesItAgain)
{
    const auto a = put("Subject: x\r\n");
    const auto b = put("Subject: x\r\n");
    const auto c = put("Subject: x\r\n");
    mail_.unreadable = {a};
    mail_.vanishing = {b};
    EXPECT_EQ(catch_up(), 1U);
    EXPECT_THAT(found("x"), ElementsAre(c));
    mail_.unreadable.clear();
    mail_.vanishing.clear();
    EXPECT_EQ(catch_up(), 2U);
    for (int i = 0; i < 20; ++i) mail_.unreadable.insert(put("Subject: x\r\n"));
    EXPECT_EQ(index_->catch_up("ann", mail_, {}, nullptr).error().kind, base::failure::storage);
}

TEST_F(Index, StopsWhenAskedAndGoesOnWhereItWas)
{
    for (int i = 0; i < 1200; ++i) put("Subject: x\r\n");
    std::atomic<bool> stop = false;
    std::vector<std::uint64_t> told;
    const auto tell = [&](std::uint64_t done, std::uint64_t all) {
        EXPECT_EQ(all, 1200U);
        told.push_back(done);
        stop = true;
    };
    EXPECT_EQ(index_->catch_up("ann", mail_, tell, &stop).value(), 500U);
    EXPECT_THAT(told, ElementsAre(500U));
    index_ = search::index::open(support::kernel_disk(), path_, {}).value();
    EXPECT_EQ(catch_up(), 700U);
    EXPECT_EQ(index_->count({.words = "x"}).value(), 1200U);
}

TEST_F(Index, DoesNotListMailThatIsAsItWas)
{
    mail_.told_state = "1";
    const auto a = put("Subject: x\r\n");
    catch_up();
    catch_up();
    EXPECT_EQ(mail_.listings, 1U);
    index_ = search::index::open(support::kernel_disk(), path_, {}).value();
    catch_up();
    EXPECT_EQ(mail_.listings, 1U);
    catch_up("bob");
    EXPECT_EQ(mail_.listings, 2U);
    mail_.messages.at(a).first.fresh = true;
    mail_.told_state = "2";
    catch_up();
    EXPECT_TRUE(index_->find("ann", a).value()->fresh);
    mail_.told_state.reset(); // changed a moment ago
    catch_up();
    catch_up();
    EXPECT_EQ(mail_.listings, 5U);
    mail_.told_state = "2";
    catch_up();
    EXPECT_EQ(mail_.listings, 5U);
}

TEST_F(Index, ListsAgainWhatItHasNotReadWhole)
{
    mail_.told_state = "1";
    const auto a = put("Subject: x\r\n");
    put("Subject: x\r\n");
    mail_.unreadable = {a};
    EXPECT_EQ(catch_up(), 1U);
    mail_.unreadable.clear();
    EXPECT_EQ(catch_up(), 1U);
    std::atomic<bool> stop = true;
    mail_.told_state = "2";
    put("Subject: x\r\n");
    EXPECT_EQ(index_->catch_up("ann", mail_, {}, &stop).value(), 0U);
    EXPECT_EQ(catch_up(), 1U);
    EXPECT_EQ(found("x").size(), 3U);
}

TEST_F(Index, ComparesInTheOrderOfTheKeysWhateverTheyAre)
{
    for (int i = 0; i < 30; ++i) put("Subject: x\r\n");
    catch_up();
    std::vector<std::string> left;
    for (auto each = mail_.messages.begin(); each != mail_.messages.end();) {
        if (left.size() % 3 == 0) each->second.first.folder = "Moved";
        left.push_back(each->first);
        each = left.size() % 2 == 0 ? mail_.messages.erase(each) : std::next(each);
    }
    put("Subject: x\r\n");
    EXPECT_EQ(catch_up(), 1U);
    EXPECT_EQ(found("x").size(), mail_.messages.size());
    for (const auto& [key, what] : mail_.messages)
        EXPECT_EQ(index_->find("ann", key).value()->folder, what.first.folder);
}

TEST_F(Index, ForgetsTheWordsOfMessagesThatAreGoneWhenTheyAreMost)
{
    for (int i = 0; i < 1100; ++i) put("Subject: x\r\n");
    const auto kept = put("Subject: kept\r\n");
    catch_up();
    const auto number = index_->find("ann", kept).value()->number;
    std::erase_if(mail_.messages, [&](const auto& each) { return each.first != kept; });
    EXPECT_EQ(catch_up(), 0U);
    EXPECT_THAT(found("x"), IsEmpty());
    EXPECT_EQ(catch_up(), 1U) << "all is read again";
    EXPECT_EQ(index_->find("ann", kept).value()->number, number);
    EXPECT_THAT(found("kept"), ElementsAre(kept));
    EXPECT_EQ(catch_up(), 0U);
}

TEST_F(Index, GivesTheSameNumbersWhenItIsOfAnotherVersion)
{
    put("Subject: x\r\n");
    const auto kept = put("Subject: kept\r\n");
    catch_up();
    std::erase_if(mail_.messages, [&](const auto& each) { return each.first != kept; });
    index_.reset();
    {
        auto old =
            ledger::database::open(support::kernel_disk(), path_, ledger::durability::normal, {}).value();
        ASSERT_TRUE(old->set_schema_version(1));
    }
    index_ = search::index::open(support::kernel_disk(), path_, {}).value();
    EXPECT_THAT(found(""), IsEmpty());
    EXPECT_FALSE(index_->find(2).value().has_value()) << "it is not read yet";
    EXPECT_EQ(catch_up(), 1U);
    EXPECT_EQ(index_->find("ann", kept).value()->number, 2);
    EXPECT_THAT(found("kept"), ElementsAre(kept));
}

TEST_F(Index, FindsWordsOfEveryScript)
{
    const auto a = put("Subject: =?utf-8?B?5YyX5Lqs5biC5pyd6Ziz5Yy655S15Yqb5YWs5Y+4?=\r\n", "", at(day(1)));
    const auto b = put("Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n",
                       "ΟΔΥΣΣΕΥΣ Ёлка שָׁלוֹם ｕｓｅｒ１\r\n", at(day(2)));
    catch_up();
    EXPECT_THAT(found("朝阳"), ElementsAre(a));
    EXPECT_THAT(found("subject:电力公司"), ElementsAre(a));
    EXPECT_THAT(found("阳朝"), IsEmpty());
    EXPECT_THAT(found("οδυσσεύς елка שלום USER1"), ElementsAre(b));
    EXPECT_THAT(found("елк*"), ElementsAre(b));
}

TEST_F(Index, TellsCopiesFromRecipients)
{
    const auto a = put("To: ann@example.org\r\nCc: bob@example.org\r\n");
    catch_up();
    EXPECT_THAT(found("to:ann"), ElementsAre(a));
    EXPECT_THAT(found("to:bob"), ElementsAre(a));
    EXPECT_THAT(found("cc:bob"), ElementsAre(a));
    EXPECT_THAT(found("cc:ann"), IsEmpty());
    EXPECT_EQ(index_->find("ann", a).value()->to, "ann@example.org, bob@example.org");
}

TEST_F(Index, SumsFoldersUp)
{
    put("Subject: x\r\n", "", at({}, "L", {.seen = true}));
    put("Subject: x\r\n", "", at({}, "L"));
    put("Subject: x\r\n");
    catch_up();
    const auto all = index_->folders({}).value();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].folder, "L");
    EXPECT_EQ(all[1].messages, 2U);
    EXPECT_EQ(all[1].unseen, 1U);
    EXPECT_EQ(all[1].octets, 28U);
    EXPECT_THAT(index_->folders("bob").value(), IsEmpty());
}

TEST_F(Index, DoesNotBelieveADateAheadOfTheArrival)
{
    const auto key = put("Date: Thu, 1 Jan 2099 12:00:00 +0000\r\n", "", at(day(5)));
    catch_up();
    EXPECT_EQ(index_->find("ann", key).value()->date, day(5));
}

TEST_F(Index, IsMadeAnewWhenTheFileIsDamaged)
{
    put("Subject: x\r\n");
    catch_up();
    index_.reset();
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << std::string(10000, 'z');
    index_ = search::index::open(support::kernel_disk(), path_, {}).value();
    EXPECT_THAT(found("x"), IsEmpty());
    EXPECT_EQ(catch_up(), 1U);
    EXPECT_EQ(found("x").size(), 1U);
}

TEST_F(Index, TakesAnyTextToSearchFor)
{
    put("Subject: it's 100% \"done\"\r\n");
    catch_up();
    for (const std::string text : {"\"",
                                   "\"\"",
                                   "*",
                                   "-",
                                   "--",
                                   "NEAR(a b)",
                                   "{",
                                   "a:b",
                                   "^a",
                                   "+",
                                   "'",
                                   "''; DROP TABLE x",
                                   "\"a\"\"b",
                                   "-\"",
                                   "a*b*",
                                   "from",
                                   "-*",
                                   "\xFF\xFE",
                                   "sender:x",
                                   "a\\",
                                   "%",
                                   ",",
                                   "\"a\" + \"b\"",
                                   "-(a)",
                                   "💌",
                                   "or",
                                   "((()))",
                                   "a (-) b"}) {
        EXPECT_TRUE(index_->search({.words = text}).has_value()) << text;
        EXPECT_TRUE(index_->count({.words = text}).has_value()) << text;
    }
    EXPECT_TRUE(index_->search({.words = std::string("a\0\"b", 4)}).has_value());
    EXPECT_EQ(found("it's 100% \"done").size(), 1U);
    for (const auto& text :
         std::vector<std::string>{"from:", "-subject:", "to: ", "(", ")", "a AND", "NOT", "a OR (",
                                  std::string(5000, 'x'), std::string(21, '(') + "a"})
        EXPECT_EQ(index_->search({.words = text}).error().kind, base::failure::malformed) << text;
    std::string many;
    for (int i = 0; i < 51; ++i) many += "a ";
    EXPECT_EQ(index_->search({.words = many}).error().kind, base::failure::malformed);
    many.resize(100);
    EXPECT_TRUE(index_->search({.words = many}).has_value());
}

} // namespace
