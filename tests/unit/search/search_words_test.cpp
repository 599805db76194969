// The language of a search: what it means, and what is said of what cannot be read.
#include "search/index.hpp"
#include "search/search_words.hpp"
#include "support/kernel_disk.hpp"
#include "support/temporary_directory.hpp"
#include "unit/ledger/kept_mail.hpp"

#include <gmock/gmock.h>

namespace {

using archive_tests::kept_mail;
using testing::HasSubstr;

base::wall_time on(int year, unsigned month, unsigned day)
{
    return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day));
}

class SearchLanguage : public testing::Test {
protected:
    SearchLanguage()
    {
        put("tea", "From: ann@example.org\r\nSubject: tea\r\n", "green tea",
            {.folder = "", .marks = {}, .arrival = on(2025, 1, 1)});
        put("coffee", "From: bob@example.org\r\nCc: ann@example.org\r\nSubject: coffee\r\n",
            "black coffee, no tea",
            {.folder = "Lists/C++", .marks = {.seen = true, .flagged = true}, .arrival = on(2025, 3, 31)});
        put("milk", "From: eve@example.net\r\nSubject: milk\r\nContent-Type: multipart/mixed; boundary=b\r\n",
            "--b\r\n\r\n" + std::string(2000, 'x') +
                "\r\n--b\r\nContent-Type: image/png\r\n"
                "Content-Disposition: attachment; filename=\"cow.png\"\r\n\r\nx\r\n--b--\r\n",
            {.folder = "", .marks = {.seen = true, .answered = true}, .arrival = on(2025, 5, 1)});
        EXPECT_EQ(index_->catch_up("ann", mail_, {}, nullptr).value(), 3U);
    }

    void put(const std::string& name, const std::string& header, const std::string& body,
             const store::placement& where)
    {
        names_[mail_.put(header + "\r\n" + body, where)] = name;
    }

    /// Names of what is found, in the order of the names.
    std::string found(const std::string& words)
    {
        const auto all = index_->search({.words = words, .now = on(2025, 5, 8), .saved = saved_});
        if (!all) return all.error().operator_text;
        std::set<std::string> names;
        for (const auto& each : *all) names.insert(names_.at(each.key));
        EXPECT_EQ(index_->count({.words = words, .now = on(2025, 5, 8), .saved = saved_}).value(),
                  names.size());
        std::string out;
        for (const auto& each : names) out += (out.empty() ? "" : " ") + each;
        return out;
    }

    support::temporary_directory place_;
    std::unique_ptr<search::index> index_ =
        search::index::open(support::kernel_disk(), place_.path() + "/index.sqlite", {}).value();
    kept_mail mail_;
    search::saved_searches saved_;
    std::map<std::string, std::string> names_;
};

TEST_F(SearchLanguage, FindsDomainsInBothForms)
{
    put("letters", "From: ann@b\u00FCcher.example\r\nSubject: one\r\n", "nothing", {});
    put("dns", "From: ann@xn--bcher-kva.example\r\nSubject: two\r\n", "see www.xn--bcher-kva.example", {});
    put("text", "Subject: three\r\n", "see www.B\u00DCCHER.example", {});
    EXPECT_EQ(index_->catch_up("ann", mail_, {}, nullptr).value(), 3U);
    for (const std::string domain : {"b\u00FCcher.example", "XN--bcher-kva.example", "B\u00DCCHER.Example"}) {
        EXPECT_EQ(found("from:" + domain), "dns letters") << domain;
        EXPECT_EQ(found("from:ann@" + domain), "dns letters") << domain;
        EXPECT_EQ(found("from:bob@" + domain), "") << domain;
        EXPECT_EQ(found(domain), "dns letters text") << domain;
        EXPECT_EQ(found("body:" + domain + " -three"), "dns") << domain;
        EXPECT_EQ(found("subject:one OR -" + domain), "coffee letters milk tea") << domain;
    }
    EXPECT_EQ(found("from:xn--99999999999.example"), ""); // no A-label: a word like others
}

TEST_F(SearchLanguage, NamesTheAccountsAndFoldersThatItAsksFor)
{
    saved_ = {{"lists", "folder:Lists/C++ OR account:bob"}};
    const auto words =
        search::parse_search_words("tea -(folder:\"\" OR saved:lists)", on(2025, 5, 8), saved_).value();
    EXPECT_THAT(words.accounts, testing::ElementsAre("bob"));
    EXPECT_THAT(words.folders, testing::ElementsAre("", "Lists/C++"));
    EXPECT_EQ(found("folder:INBOX tea"), "tea");
}

TEST_F(SearchLanguage, JoinsWords)
{
    EXPECT_EQ(found("tea green"), "tea");
    EXPECT_EQ(found("tea AND black"), "coffee");
    EXPECT_EQ(found("green OR milk"), "milk tea");
    EXPECT_EQ(found("green OR black coffee"), "coffee tea") << "AND binds closer";
    EXPECT_EQ(found("(green OR black) coffee"), "coffee");
    EXPECT_EQ(found("tea NOT green"), "coffee");
    EXPECT_EQ(found("tea -green"), "coffee");
    EXPECT_EQ(found("-(green OR black)"), "milk");
    EXPECT_EQ(found("NOT tea"), "milk");
    EXPECT_EQ(found("--tea"), "coffee tea");
    EXPECT_EQ(found("tea and green"), "") << "a word in small letters";
    EXPECT_EQ(found("from:(ann OR eve)"), "milk tea");
    EXPECT_EQ(found("subject:(tea OR milk) -from:eve"), "tea");
    EXPECT_EQ(found("\"green tea\" OR gre* OR \"black co\"*"), "coffee tea");
    EXPECT_EQ(found("(-tea) OR green"), "milk tea");
    EXPECT_EQ(found("tea\u3000green"), "tea");
    EXPECT_EQ(found("… - ()"), "coffee milk tea") << "signs alone are nothing";
}

TEST_F(SearchLanguage, AsksForWhatARowTells)
{
    EXPECT_EQ(found("is:unread"), "tea");
    EXPECT_EQ(found("is:read -is:flagged"), "milk");
    EXPECT_EQ(found("is:answered OR IS:FLAGGED"), "coffee milk");
    EXPECT_EQ(found("tea is:unread"), "tea");
    EXPECT_EQ(found("green OR is:flagged"), "coffee tea");
    EXPECT_EQ(found("has:attachment"), "milk");
    EXPECT_EQ(found("larger:1K"), "milk");
    EXPECT_EQ(found("smaller:1K"), "coffee tea");
    EXPECT_EQ(found("folder:Lists/C++"), "coffee");
    EXPECT_EQ(found("folder:\"\" tea"), "tea");
    EXPECT_EQ(found("account:ann green"), "tea");
    EXPECT_EQ(found("account:bob"), "");
    EXPECT_EQ(found("to:ann"), "coffee");
}

TEST_F(SearchLanguage, AsksForTimes)
{
    EXPECT_EQ(found("date:2025"), "coffee milk tea");
    EXPECT_EQ(found("date:2024"), "");
    EXPECT_EQ(found("date:2025-03"), "coffee");
    EXPECT_EQ(found("date:2025-03-31"), "coffee");
    EXPECT_EQ(found("date:2025-03..2025-05"), "coffee milk");
    EXPECT_EQ(found("date:2025-03.."), "coffee milk");
    EXPECT_EQ(found("date:..2025-03"), "coffee tea");
    EXPECT_EQ(found("before:2025-03-31"), "tea");
    EXPECT_EQ(found("after:2025-03-31"), "coffee milk");
    EXPECT_EQ(found("since:7d"), "milk");
    EXPECT_EQ(found("since:6d"), "");
    EXPECT_EQ(found("date:2w"), "milk");
    EXPECT_EQ(found("before:yesterday"), "coffee milk tea");
    EXPECT_EQ(found("date:today"), "");
}

TEST_F(SearchLanguage, NamesThePlaceAndWhatIsExpectedThere)
{
    EXPECT_THAT(found("tea (green"),
                AllOf(HasSubstr("at \"(green\" (octet 5)"), HasSubstr("a ')' for this '('")));
    EXPECT_EQ(found("tea) green)"), "tea") << "signs";
    EXPECT_THAT(found("(tea) )"), AllOf(HasSubstr("octet 7"), HasSubstr("a '(' before")));
    EXPECT_THAT(found("tea OR"), AllOf(HasSubstr("at its end"), HasSubstr("a word behind OR")));
    EXPECT_THAT(found("OR tea"), AllOf(HasSubstr("octet 1"), HasSubstr("a word before OR")));
    EXPECT_THAT(found("tea AND"), HasSubstr("a word behind AND"));
    EXPECT_THAT(found("AND tea"), HasSubstr("a word before AND"));
    EXPECT_THAT(found("(tea OR )"), HasSubstr("a word behind OR"));
    EXPECT_THAT(found("NOT"), HasSubstr("a word behind NOT"));
    EXPECT_THAT(found("from:"), AllOf(HasSubstr("at its end"), HasSubstr("behind from:")));
    EXPECT_THAT(found("is:red"), AllOf(HasSubstr("\"red\" (octet 4)"), HasSubstr("unread, read")));
    EXPECT_THAT(found("tea date:2025-13"), AllOf(HasSubstr("octet 10"), HasSubstr("2025-03")));
    for (const std::string text :
         {"date:2025-02-30", "date:9999", "date:..", "date:1", "date:2025-1-1", "before:3y", "since:soon",
          "larger:1X", "smaller:", "larger:-1", "has:tail", "date:99999999999999999999d"})
        EXPECT_THAT(found(text), HasSubstr("expected ")) << text;
}

TEST_F(SearchLanguage, NamesSavedSearches)
{
    EXPECT_THAT(found("saved:drinks"), HasSubstr("no saved search, for restante.toml has none"));
    saved_ = {
        {"drinks", "tea OR coffee"}, {"my own", "-saved:drinks"}, {"loop", "x saved:loop"}, {"bad", "tea ("}};
    EXPECT_EQ(found("saved:drinks"), "coffee tea");
    EXPECT_EQ(found("-saved:drinks"), "milk");
    EXPECT_EQ(found("saved:drinks black"), "coffee"); // as if in brackets
    EXPECT_EQ(found("saved:\"my own\" OR saved:drinks subject:tea"), "milk tea");
    EXPECT_THAT(found("tea saved:no"),
                HasSubstr("at \"no\" (octet 11): expected a saved search: bad, drinks, loop, my own"));
    EXPECT_THAT(found("saved:loop"), HasSubstr("at most 5 saved searches in saved searches"));
    EXPECT_THAT(found("saved:bad"), HasSubstr("saved search \"bad\": the search cannot be read"));
    saved_ = {{"many", "a b c d e f g h i j k l m n o p q r s t u v w x y z"}};
    EXPECT_THAT(found("saved:many saved:many"), HasSubstr("at most 50 words"));
}

} // namespace
