// The first start makes everything; every other one makes nothing, and refuses a disk that is not there.
#include "cli/inspection.hpp"
#include "cli/root.hpp"
#include "disk/posix.hpp"
#include "store/maildir/place.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

using support::contents;
using testing::HasSubstr;

namespace {

class root : public testing::Test {
protected:
    root() { of.root = folder / "post"; }

    base::result<cli::prepared_root> prepare()
    {
        return cli::prepare_root(of, files, base::system_clock().now());
    }
    static unsigned mode(const std::string& path)
    {
        struct stat status{};
        return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
    }
    std::string at(std::string_view name) const { return of.root + "/" + std::string(name); }
    std::string marker() const { return at("mail/" + std::string(store::maildir::root_marker)); }

    support::temporary_directory folder;
    disk::posix_file_system files;
    config::configuration of;
};

} // namespace

TEST_F(root, the_first_start_makes_all_of_it)
{
    const auto made = prepare();
    ASSERT_TRUE(made) << made.error().operator_text;
    EXPECT_EQ(mode(of.root), 0700U);
    EXPECT_EQ(mode(at("mail")), 0700U);
    EXPECT_TRUE(std::filesystem::exists(marker()));
    EXPECT_EQ(mode(at("users")), 0600U);
    EXPECT_EQ(mode(at("tls/key.pem")), 0600U);
    EXPECT_THAT(contents(at("tls/cert.pem")), HasSubstr("BEGIN CERTIFICATE"));
    EXPECT_TRUE(std::filesystem::is_directory(at("run")));
    config::reading what;
    what.values = of;
    EXPECT_THAT(cli::inspect(what, files, base::system_clock().now()), testing::IsEmpty());
}

TEST_F(root, the_next_start_changes_nothing)
{
    ASSERT_TRUE(prepare());
    support::write(at("users"), "ann:{PLAIN}x\n");
    const auto certificate = contents(at("tls/cert.pem"));
    const auto again = prepare();
    ASSERT_TRUE(again) << again.error().operator_text;
    EXPECT_EQ(contents(at("users")), "ann:{PLAIN}x\n");
    EXPECT_EQ(contents(at("tls/cert.pem")), certificate);
}

TEST_F(root, mail_put_there_by_hand_before_the_first_start_is_taken_in)
{
    std::filesystem::create_directories(at("mail/ann/new"));
    support::write(at("mail/ann/new/1"), "A: b\n\n");
    ASSERT_TRUE(prepare());
    EXPECT_TRUE(std::filesystem::exists(marker()));
    EXPECT_EQ(contents(at("mail/ann/new/1")), "A: b\n\n");
}

TEST_F(root, a_mail_folder_that_lost_its_marker_is_refused)
{
    ASSERT_TRUE(prepare());
    std::filesystem::remove(marker());
    const auto again = prepare();
    ASSERT_FALSE(again);
    EXPECT_TRUE(again.error().temporary);
    EXPECT_THAT(again.error().operator_text, HasSubstr("not mounted"));
    EXPECT_THAT(again.error().operator_text, HasSubstr(at(".restante")));
    EXPECT_FALSE(std::filesystem::exists(marker()));
    std::filesystem::remove_all(at("mail"));
    EXPECT_FALSE(cli::prepare_folders(of, files));
    EXPECT_FALSE(std::filesystem::exists(at("mail")));
}

TEST_F(root, a_users_file_that_was_there_is_never_made_anew)
{
    ASSERT_TRUE(prepare());
    std::filesystem::rename(at("users"), at("users.bak"));
    const auto again = prepare();
    ASSERT_FALSE(again);
    EXPECT_TRUE(again.error().temporary);
    EXPECT_THAT(again.error().operator_text, HasSubstr("Put it back"));
    EXPECT_FALSE(cli::prepare_folders(of, files));
    EXPECT_FALSE(cli::require_root(of, files));
    EXPECT_FALSE(std::filesystem::exists(at("users")));
    std::filesystem::rename(at("users.bak"), at("users"));
    EXPECT_TRUE(prepare());
    EXPECT_TRUE(cli::require_root(of, files));
}

TEST_F(root, a_users_file_elsewhere_is_remembered_too)
{
    of.auth.users = folder / "elsewhere";
    support::write(of.auth.users, "ann:{PLAIN}x\n");
    ASSERT_TRUE(prepare());
    std::filesystem::remove(of.auth.users);
    EXPECT_FALSE(prepare());
    EXPECT_FALSE(std::filesystem::exists(of.auth.users));
}

TEST_F(root, a_root_that_is_not_there_is_made_by_a_start_alone)
{
    const auto wanted = cli::require_root(of, files);
    ASSERT_FALSE(wanted);
    EXPECT_TRUE(wanted.error().temporary);
    std::filesystem::create_directories(of.root);
    EXPECT_FALSE(cli::require_root(of, files)) << "an empty mount point";
    EXPECT_TRUE(std::filesystem::is_empty(of.root));
}

TEST_F(root, another_mail_folder_has_a_first_start_of_its_own)
{
    ASSERT_TRUE(prepare());
    of.mail = "elsewhere";
    ASSERT_TRUE(prepare());
    std::filesystem::remove(at("elsewhere/" + std::string(store::maildir::root_marker)));
    EXPECT_FALSE(prepare());
    of.mail = "mail";
    EXPECT_TRUE(prepare());
}

TEST_F(root, two_daemons_on_one_root_are_one_too_many)
{
    const auto first = prepare();
    ASSERT_TRUE(first);
    const auto second = prepare();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, base::failure::in_use);
    EXPECT_THAT(second.error().operator_text, HasSubstr("another restanted"));
    EXPECT_TRUE(cli::prepare_folders(of, files)); // deliver and user go on beside it
}

TEST_F(root, half_a_certificate_is_never_written_over)
{
    std::filesystem::create_directories(at("tls"));
    support::write(at("tls/key.pem"), "mine");
    ASSERT_TRUE(prepare());
    EXPECT_EQ(contents(at("tls/key.pem")), "mine");
    EXPECT_FALSE(std::filesystem::exists(at("tls/cert.pem")));
}

TEST_F(root, what_others_may_read_or_write_is_told)
{
    ASSERT_TRUE(prepare());
    config::reading what;
    what.values = of;
    what.values.listeners.lmtp = {"/tmp/restante-test.sock"};
    what.lines["maildrops.folder"] = 7;
    chmod(at("mail").c_str(), 0777);
    chmod(at("users").c_str(), 0644);
    chmod(at("tls/key.pem").c_str(), 0644);
    std::vector<std::string> keys;
    for (const auto& fault : cli::inspect(what, files, base::system_clock().now())) {
        keys.push_back(fault.key);
        if (fault.key == "maildrops.folder") {
            EXPECT_EQ(fault.line, 7U);
        }
    }
    EXPECT_THAT(keys, testing::IsSupersetOf({"maildrops.folder", "auth.users", "tls.key", "listeners.lmtp"}));
}

TEST_F(root, unknown_accounts_are_told)
{
    config::reading what;
    what.values = of;
    what.values.user = "no-such-user-here";
    const auto faults = cli::inspect(what, files, base::system_clock().now());
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].key, "user");
}
