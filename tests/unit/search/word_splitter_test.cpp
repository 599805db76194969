// Words of every script, as an index and a question know them.
#include "search/excerpt.hpp"
#include "search/word_splitter.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> out;
    search::each_word(text, [&](const search::split_word& word) {
        EXPECT_LT(word.begin, word.end);
        EXPECT_LE(word.end, text.size());
        out.emplace_back(word.folded);
        return true;
    });
    return out;
}

TEST(WordSplitter, PartsWordsAtSignsAndBlanks)
{
    EXPECT_THAT(words("Tea, at 5 o'clock; e-mail: ann_b@example.org"),
                ElementsAre("tea", "at", "5", "o", "clock", "e", "mail", "ann", "b", "example", "org"));
    EXPECT_THAT(words(""), IsEmpty());
    EXPECT_THAT(words("…“—”…  \xC2\xA0"), IsEmpty());
}

TEST(WordSplitter, GivesEachCharacterOfAScriptWithoutBlanks)
{
    EXPECT_THAT(words("北京ABC2025年"), ElementsAre("北", "京", "abc2025", "年"));
    EXPECT_THAT(words("請求書をサンプル"),
                ElementsAre("請", "求", "書", "を", "サ", "ン", "\u30D5\u309A", "ル"));
    EXPECT_THAT(words("한국어"), ElementsAre("한", "국", "어"));
    EXPECT_THAT(words("น้ำ"), testing::SizeIs(testing::Ge(3U)));
    EXPECT_THAT(words("🎉🎉 ok"), ElementsAre("🎉", "🎉", "ok"));
}

TEST(WordSplitter, FoldsFormsOfOneCharacter)
{
    EXPECT_EQ(words("ＡＢＣ１２３"), words("abc123"));
    EXPECT_EQ(words("ﾕｰｻﾞｰ"), words("ユーザー"));
    EXPECT_NE(words("ﾋﾙ"), words("ビル"));
    EXPECT_EQ(words("\u1112\u1161\u11AB"), words("\uD55C"));
    EXPECT_EQ(words("㍿"), words("株式会社"));
    EXPECT_EQ(words("ﬁne"), words("FINE"));
    EXPECT_EQ(words("Straße"), words("STRASSE"));
    EXPECT_EQ(words("ΟΔΥΣΣΕΥΣ"), words("Ὀδυσσεύς"));
    EXPECT_EQ(words("İstanbul"), words("istanbul"));
}

TEST(WordSplitter, LeavesAccentsAndPointsOut)
{
    EXPECT_EQ(words("Zoë Álvarez Ångström"), words("Zoe Alvarez Angstrom"));
    EXPECT_EQ(words("e\xCC\x81t\xC3\xA9"), words("ete"));
    EXPECT_EQ(words("ταξίδι ΐ"), words("ταξιδι ι"));
    EXPECT_EQ(words("ёлка Й"), words("елка и"));
    EXPECT_EQ(words("שָׁלוֹם"), words("שלום"));
    EXPECT_EQ(words("عَلَيْكُمْ"), words("عليكم"));
    EXPECT_EQ(words("كتـــاب"), words("كتاب"));
    EXPECT_NE(words("कि"), words("की")) << "a vowel is no accent";
}

TEST(WordSplitter, FoldsLettersThatOtherKeyboardsLack)
{
    EXPECT_EQ(words("Łódź Øre đường ħobż ŧ ð ɨ"), words("lodz ore duong hobz t d i"));
    EXPECT_EQ(words("ığdır ısparta"), words("IĞDIR ISPARTA"));
    EXPECT_EQ(words("İĞDİR"), words("igdir"));
    EXPECT_EQ(words("٣٤٥ ۳۴۵ ३४५ ๓๔๕"), words("345 345 345 345"));
    EXPECT_NE(words("æ"), words("a"));
}

TEST(WordSplitter, DoesNotPartAtCharactersWithoutWidth)
{
    EXPECT_THAT(words("Donau\u00ADdampf\u200Bschiff"), ElementsAre("donaudampfschiff"));
    EXPECT_THAT(words("a\xEF\xBB\xBF"
                      "b \xE2\x80\x8E"
                      "c"),
                ElementsAre("ab", "c"));
}

TEST(WordSplitter, TakesAnyOctets)
{
    EXPECT_THAT(words("a\xFF"
                      "b\xE4\xBA"),
                ElementsAre("a", "b"));
    EXPECT_THAT(words(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
    EXPECT_EQ(words(std::string(5000, 'x')).at(0).size(), search::word_octets_max);
    std::string marks = "a";
    for (int i = 0; i < 1000; ++i) marks += "\xE3\x82\x99";
    EXPECT_LE(words(marks).at(0).size(), search::word_octets_max);
}

TEST(WordSplitter, EndsWhenToldTo)
{
    int told = 0;
    EXPECT_FALSE(search::each_word("a b c", [&](const search::split_word&) { return ++told < 2; }));
    EXPECT_EQ(told, 2);
}

TEST(Excerpt, ShowsTheWordsAroundAPhrase)
{
    const auto excerpt = [](std::string_view text, const std::string& wanted) {
        return search::excerpt_of(text, search::parse_search_words(wanted, {}).value().in_text);
    };
    EXPECT_EQ(excerpt("Shall we\nhave some green tea?", "\"green tea\""), "Shall we have some green tea?");
    EXPECT_EQ(excerpt("nothing of it", "river"), "nothing of it");
    const std::string filler(900, '-');
    EXPECT_THAT(excerpt(filler + " green tea by the River " + filler, "riv*"),
                testing::AllOf(testing::StartsWith("…"), testing::EndsWith("…"),
                               testing::HasSubstr("tea by the River")));
    std::string long_run;
    for (int i = 0; i < 300; ++i) long_run += "電";
    EXPECT_THAT(excerpt(long_run + "北京" + long_run, "北京"),
                testing::AllOf(testing::HasSubstr("北京"), testing::Not(testing::HasSubstr("\xEF\xBF\xBD"))));
    EXPECT_THAT(excerpt("green green " + filler + " green tea", "\"green tea\""),
                testing::HasSubstr("green tea"));
}

} // namespace
