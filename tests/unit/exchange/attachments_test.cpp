// Attachments as files: under harmless names, over nothing.
#include "disk/posix.hpp"
#include "exchange/attachments.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>

#include <array>
#include <filesystem>

namespace {

constexpr std::string_view message =
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n"
    "--b\r\nContent-Type: a/b; name=\"../../x.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n"
    "--b\r\nContent-Type: a/b; name=\"x.pdf\"\r\n\r\nsecond\r\n"
    "--b\r\nContent-Type: a/b\r\n\r\nnameless\r\n--b--\r\n";

TEST(Attachments, AreSavedBesideWhatLiesThere)
{
    const support::temporary_directory place;
    disk::posix_file_system files;
    const auto directory = files.open(place.path()).value();
    support::write(place / "x.pdf", "mine");
    const auto saved = exchange::save_attachments(message, {}, *directory).value();
    ASSERT_EQ(saved.size(), 3U);
    EXPECT_EQ(saved[0].name, "x (2).pdf");
    EXPECT_EQ(saved[0].octets, 4U);
    EXPECT_EQ(saved[1].name, "x (3).pdf");
    EXPECT_EQ(saved[2].name, "attachment-3");
    EXPECT_EQ(support::contents(place / "x.pdf"), "mine");
    EXPECT_EQ(support::contents(place / "x (2).pdf"), std::string("\0\1\2\3", 4));
    EXPECT_EQ(support::contents(place / "x (3).pdf"), "second");
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(place.path() + "/attachment-3").permissions(),
              perms::owner_read | perms::owner_write);
}

TEST(Attachments, AreSavedOneByOne)
{
    const support::temporary_directory place;
    disk::posix_file_system files;
    const auto directory = files.open(place.path()).value();
    const auto saved = exchange::save_attachments(message, std::array{2U}, *directory).value();
    ASSERT_EQ(saved.size(), 1U);
    EXPECT_EQ(support::contents(place / "x.pdf"), "second");
    for (const unsigned number : {0U, 4U, 9U})
        EXPECT_EQ(exchange::check_attachments(message, std::array{1U, number}).error().kind,
                  base::failure::vanished);
    EXPECT_TRUE(exchange::check_attachments(message, std::array{1U, 2U, 3U}));
    // A link that waits under the name is not followed.
    std::filesystem::create_symlink(place.path() + "/elsewhere", place.path() + "/attachment-3");
    EXPECT_EQ(exchange::save_attachments(message, std::array{3U}, *directory).value()[0].name,
              "attachment-3 (2)");
    EXPECT_FALSE(std::filesystem::exists(place.path() + "/elsewhere"));
}

} // namespace
