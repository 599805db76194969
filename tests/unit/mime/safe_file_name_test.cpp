// Names that strangers chose.
#include "base/utf8.hpp"
#include "mail/mime/reading.hpp"

#include <gtest/gtest.h>

namespace {

using mail::mime::safe_file_name;

TEST(SafeFileName, KeepsHarmlessNames)
{
    EXPECT_EQ(safe_file_name("Report 2026 (final).pdf", 1), "Report 2026 (final).pdf");
    EXPECT_EQ(safe_file_name("résumé.pdf", 1), "résumé.pdf");
}

TEST(SafeFileName, TakesTheLastComponentOnly)
{
    EXPECT_EQ(safe_file_name("../../etc/passwd", 1), "passwd");
    EXPECT_EQ(safe_file_name("C:\\Windows\\evil.exe", 1), "evil.exe");
    EXPECT_EQ(safe_file_name("/", 7), "attachment-7");
}

TEST(SafeFileName, KeepsWhatStandsBeforeASlashThatIsNoPath)
{
    EXPECT_EQ(safe_file_name("Invoice 1/2.pdf", 1), "Invoice 1_2.pdf");
    EXPECT_EQ(safe_file_name("a\\b.pdf", 1), "a_b.pdf");
    EXPECT_EQ(safe_file_name("a/../../b.pdf", 1), "b.pdf");
    EXPECT_EQ(safe_file_name("~/b.pdf", 1), "b.pdf");
    EXPECT_EQ(safe_file_name("./b.pdf", 1), "b.pdf");
}

TEST(SafeFileName, TakesTricksOut)
{
    EXPECT_EQ(safe_file_name("-rf", 1), "rf");
    EXPECT_EQ(safe_file_name("..bashrc", 1), "bashrc");
    EXPECT_EQ(safe_file_name(". .-.x", 1), "x");
    EXPECT_EQ(safe_file_name("ann\xE2\x80\xAEgpj.exe", 1), "anngpj.exe");
    EXPECT_EQ(safe_file_name("a\x1b[0m\nb\x7F.txt", 1), "a[0m b.txt");
    EXPECT_EQ(safe_file_name("a<b>:c|d?e*f\".txt", 1), "a_b__c_d_e_f_.txt");
    EXPECT_EQ(safe_file_name("name. . ", 1), "name");
    EXPECT_EQ(safe_file_name(std::string("a\0b", 3), 1), "ab");
}

TEST(SafeFileName, AvoidsDevices)
{
    EXPECT_EQ(safe_file_name("CON", 1), "_CON");
    EXPECT_EQ(safe_file_name("nul.txt", 1), "_nul.txt");
    EXPECT_EQ(safe_file_name("com1 .tar.gz", 1), "_com1 .tar.gz");
    EXPECT_EQ(safe_file_name("console.txt", 1), "console.txt");
}

TEST(SafeFileName, IsNeverEmptyNorLong)
{
    EXPECT_EQ(safe_file_name("", 3), "attachment-3");
    EXPECT_EQ(safe_file_name("...", 3), "attachment-3");
    std::string umlauts;
    for (int i = 0; i < 300; ++i) umlauts += "ü";
    const std::string name = safe_file_name(umlauts + ".pdf", 1);
    EXPECT_LE(name.size(), 200U);
    EXPECT_TRUE(name.ends_with("ü.pdf"));
    EXPECT_TRUE(base::is_utf8(name));
    EXPECT_TRUE(base::is_utf8(safe_file_name("\xFF\xFE", 1)));
}

} // namespace
