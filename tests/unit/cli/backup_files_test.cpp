// The lines of a backup's manifest, there and back.
#include "cli/backup_files.hpp"

#include <gtest/gtest.h>

namespace {

const std::string digest(64, 'a');

} // namespace

TEST(backup_manifest, gives_back_every_path)
{
    for (const std::string path :
         {"mail/ann/new/1.M1P1.host,S=1,W=2:2,S", "root/a b%c\n\x7f\xff", "mail/%41/x"}) {
        const cli::backed_up_file file{.path = path,
                                       .sha256 = digest,
                                       .octets = 5,
                                       .modified = base::wall_time(std::chrono::seconds(-7))};
        const auto line = cli::format_manifest_line(file);
        ASSERT_TRUE(line.ends_with('\n'));
        ASSERT_EQ(line.find('\n'), line.size() - 1);
        const auto back = cli::parse_manifest_line(std::string_view(line).substr(0, line.size() - 1));
        ASSERT_TRUE(back) << line;
        EXPECT_EQ(back->path, path);
        EXPECT_EQ(back->sha256, digest);
        EXPECT_EQ(back->octets, 5U);
        EXPECT_EQ(back->modified, file.modified);
    }
}

TEST(backup_manifest, leads_nowhere_else)
{
    for (const std::string path : {"", "/etc/passwd", "mail/../../x", "..", "mail//x", "mail/./x", "mail/",
                                   "mail/%00", "mail/%2", "mail/%2e%2e/x", "mail/%zz"})
        EXPECT_FALSE(cli::parse_manifest_line(digest + " 1 1 " + path)) << path;
    for (const std::string& line : {std::string(), std::string("x 1 1 a"), digest, digest + " -1 1 a",
                                    digest + " 1 x a", digest + " 1 99999999999 a"})
        EXPECT_FALSE(cli::parse_manifest_line(line)) << line;
    EXPECT_TRUE(cli::parse_manifest_line(digest + " 1 1 mail/a"));
}
