// HTML as text, well made and not.
#include "mail/mime/reading.hpp"

#include <gmock/gmock.h>

#include <ctime>

namespace {

std::string shown(std::string_view html)
{
    return mail::mime::html_as_text(html, 1u << 20);
}

TEST(HtmlAsText, WritesParagraphsAndLines)
{
    EXPECT_EQ(
        shown("<html><head><title>t</title><style>p{a:b}</style></head><body><h1>Hello</h1>\n<p>one\n two "
              "<b>three</b><br>four<p>five</body></html>"),
        "Hello\n\none two three\nfour\n\nfive\n");
    EXPECT_EQ(shown("<div>a</div><div>b</div>c<br><br>d"), "a\nb\nc\n\nd\n");
    EXPECT_EQ(shown("<pre>a  b\n c</pre>"), "a  b\n c\n");
}

TEST(HtmlAsText, TellsWhereLinksGo)
{
    EXPECT_EQ(shown("<a href=\"https://example.org/a?b&amp;c\">here</a>."),
              "here <https://example.org/a?b&c>.\n");
    EXPECT_EQ(shown("<a href='https://example.org/'>example.org</a>"), "example.org\n");
    EXPECT_EQ(shown("<a href=mailto:ann@example.org>ann@example.org</a>"), "ann@example.org\n");
    EXPECT_EQ(shown("<a href=#top>up</a> <a href='javascript:x()'>do</a>"), "up do\n");
    EXPECT_EQ(shown("<a href='https://evil.example/'>https://bank.example/</a>"),
              "https://bank.example/ <https://evil.example/>\n");
}

TEST(HtmlAsText, WritesListsQuotesAndTables)
{
    EXPECT_EQ(shown("<ul><li>a<li>b<ol><li>c</li><li>d</li></ol></ul>end"),
              "- a\n- b\n  1. c\n  2. d\n\nend\n");
    EXPECT_EQ(shown("He said:<blockquote>one<br>two</blockquote>I say"),
              "He said:\n\n> one\n> two\n\nI say\n");
    EXPECT_EQ(shown("<table><tr><th>A</th><th>B</th></tr><tr><td>1<td>2</table>x"), "A  B\n1  2\n\nx\n");
    EXPECT_EQ(shown("<img alt='a cat' src='cid:1'><img src=x>"), "[a cat]\n");
}

TEST(HtmlAsText, DecodesCharacterReferences)
{
    EXPECT_EQ(shown("&lt;&#65;&#x42;&euro;&eacute;&#150;&copy;&amp;lt; &bogus; & &#0; &#99999999;x"),
              "<AB€é–©&lt; &bogus; & \xEF\xBF\xBD \xEF\xBF\xBDx\n");
    EXPECT_EQ(shown("a&#27;[2Jb&#8238;c"), "a[2Jbc\n");
}

TEST(HtmlAsText, DecodesReferencesAsBrowsersDo)
{
    EXPECT_EQ(shown("&check;&commat;&lpar;x&rpar;&NonBreakingSpace;&ccaron;"), "✓@(x) č\n");
    EXPECT_EQ(shown("&copy 1 &nbspx &ampy &ltz &hellip &euro"), "© 1 x &y <z &hellip &euro\n");
    EXPECT_EQ(shown("<a href='http://x.org/?a&copy=1&lang=de&reg;&amp;b'>y</a>"),
              "y <http://x.org/?a&copy=1&lang=de®&b>\n");
}

TEST(HtmlAsText, ShowsNothingThatIsHidden)
{
    EXPECT_EQ(shown("<div style='DISPLAY : none !important'>a<div>b</div>c</div>seen"), "seen\n");
    EXPECT_EQ(shown("<p hidden>a</p><template>b</template><span style=\"visibility:hidden\">c</span>seen"),
              "seen\n");
    EXPECT_EQ(shown("<img style='display:none' alt=a>seen<br hidden> too"), "seen too\n");
    EXPECT_EQ(shown("<table><tr style='display:none'><td>a</td></tr><tr><td>seen</td></tr></table>"),
              "seen\n");
    // What never ends would hide all that follows; what hides all would leave nothing.
    EXPECT_EQ(shown("<p>a<div style='display:none'>b<div>c</div><p hidden>d</p>"), "a\nb\nc\n\nd\n");
    EXPECT_EQ(shown("<div style='display:none'>all</div>"), "all\n");
}

TEST(HtmlAsText, WritesRareElements)
{
    EXPECT_EQ(shown("<ol start=3><li>x<li>y</ol>said <q>hi</q>"), "3. x\n4. y\n\nsaid \"hi\"\n");
    EXPECT_EQ(shown("a<!-->b<!--->c<!-- d -->e"), "abce\n");
}

TEST(HtmlAsText, TakesWhatIsBroken)
{
    EXPECT_EQ(shown("a < b <3 </ > <!-- c --> d <!x> e <unclosed"), "a < b <3 </ > d e\n");
    EXPECT_EQ(shown("a<!-- never closed"), "a\n");
    EXPECT_EQ(shown("a<script>if (a</b) x()</SCRIPT>b<script>"), "ab\n");
    EXPECT_EQ(shown("</p></ul></blockquote></pre></a>x"), "x\n");
    EXPECT_EQ(shown("<a href=\"never closed>x"), "");
    EXPECT_EQ(shown(""), "");
}

TEST(HtmlAsText, StopsAtItsLimit)
{
    EXPECT_EQ(mail::mime::html_as_text("<p>éééééé", 5).size(), 4U);
    EXPECT_LE(mail::mime::html_as_text(std::string(100000, 'x'), 1000).size(), 1000U);
}

TEST(HtmlAsText, TakesNoTimeForHostilePages)
{
    std::string attributes = "<p ";
    for (int i = 0; attributes.size() < 1u << 19; ++i) attributes += "a" + std::to_string(i) + " ";
    std::vector<std::string> pages = {attributes};
    for (const std::string_view what :
         {"<b>",     "</p>",     "<ul><li>",   "<blockquote>x",  "<!--",   "<",           "<a ",  "&",
          "&a;",     "&#",       "<a href=\"", "<script>",       "</",     "<a href=x>y", "<td>", "<br>",
          "<pre>\n", "\xC2\xAD", "<p hidden>", "<p hidden></p>", "&nbspx", "<p style=\""}) {
        std::string page;
        while (page.size() < 1u << 19) page += what;
        pages.push_back(std::move(page));
    }
    for (const auto& page : pages) {
        const std::clock_t begun = std::clock();
        (void)mail::mime::html_as_text(page, 1u << 20);
        EXPECT_LT((std::clock() - begun) / CLOCKS_PER_SEC, 5) << page.substr(0, 20);
    }
}

} // namespace
