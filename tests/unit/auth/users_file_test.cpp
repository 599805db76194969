// The users file as a directory: finding, resolving, and reading again.
#include "auth/passwd_file.hpp"
#include "auth/users_file.hpp"
#include "disk/posix.hpp"
#include "support/manual_clock.hpp"
#include "support/simulated_disk.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace {

using namespace std::chrono_literals;

class users_file : public testing::Test {
protected:
    void write(std::string text)
    {
        disk_.plant_file("/root/users", std::move(text));
        clock_.advance(1s);
        disk_.set_modified("/root/users", clock_.now());
    }
    /// "name" or "name+detail", each behind the other.
    std::string route(std::string_view address)
    {
        const auto routes = users_.resolve(address);
        if (!routes) return routes.error().kind == base::failure::unknown_user ? "nowhere" : "error";
        std::string text;
        for (const auto& [account, detail] : *routes)
            text += (text.empty() ? "" : " ") + account.name + (detail.empty() ? "" : "+" + detail);
        return text;
    }
    bool knows(std::string_view name) { return users_.find(name).value().has_value(); }

    support::manual_clock clock_;
    support::simulated_disk disk_{clock_};
    std::unique_ptr<disk::directory> directory_ =
        (disk_.plant_directory("/root"), disk_.open("/root").value());
    auth::users_file users_{*directory_, "users"};
};

TEST_F(users_file, finds_by_canonical_name)
{
    write("Ann@example.org:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    EXPECT_EQ(users_.find("ann@example.org").value().value().password_hash, "{PLAIN}pw");
    EXPECT_TRUE(knows("ANN@Example.org"));
    EXPECT_FALSE(knows("bob"));
    EXPECT_EQ(users_.users(), 1U);
}

TEST_F(users_file, lists_every_user_for_the_sweep)
{
    write("ann@example.org:{PLAIN}pw\nbob:{PLAIN}pw\nall:::::::alias_of=bob\n");
    ASSERT_TRUE(users_.load());
    auto names = users_.names().value();
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"ann@example.org", "bob"}));
}

TEST_F(users_file, knows_the_shortest_and_the_longest_of_its_users_own_times)
{
    write("ann:{PLAIN}pw::::::expire=30d login_delay=5\nbob:{PLAIN}pw::::::expire=7d\ncid:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    EXPECT_EQ(users_.own_times().expire.least, 7 * 24h);
    EXPECT_EQ(users_.own_times().expire.most, 30 * 24h);
    EXPECT_EQ(users_.own_times().login_delay.least, 5s);
    write("ann:{PLAIN}pw::::::expire=0\ncid:{PLAIN}pw\n");
    ASSERT_TRUE(users_.refresh());
    EXPECT_EQ(users_.own_times().expire.least, auth::never_expires);
    EXPECT_FALSE(users_.own_times().login_delay.most.has_value());
}

TEST_F(users_file, finds_every_spelling_and_keeps_that_of_the_file_for_the_folder)
{
    write("ju\u0308rgen@m\u00fcnchen.example:{PLAIN}pw\n"
          "Info@xn--mnchen-3ya.example:::::::alias_of=j\u00fcrgen@xn--mnchen-3ya.example\n"
          "@B\u00dcCHER.example:::::::alias_of=j\u00fcrgen@m\u00fcnchen.example\n");
    const auto loaded = users_.load();
    ASSERT_TRUE(loaded) << loaded.error().operator_text;
    const std::string folder = "ju\u0308rgen@m\u00fcnchen.example";
    for (const std::string local : {"ju\u0308rgen", "J\u00fcrgen"})
        for (const std::string domain :
             {"m\u00fcnchen.example", "XN--Mnchen-3ya.example", "mu\u0308nchen.example"}) {
            EXPECT_EQ(users_.find(local + "@" + domain).value().value().account.name, folder);
            EXPECT_EQ(route(local + "@" + domain), folder);
            EXPECT_EQ(route(local + "+x@" + domain), folder + "+x");
            EXPECT_EQ(route("info@" + domain), folder);
            EXPECT_TRUE(users_.local_domain(domain).value());
        }
    EXPECT_EQ(route("who@xn--bcher-kva.example"), folder);
    EXPECT_TRUE(users_.local_domain("b\u00fccher.example").value());
    EXPECT_FALSE(users_.local_domain("b\u00fccher.example.org").value());
}

TEST_F(users_file, takes_two_spellings_of_one_name_for_one)
{
    write("ann@m\u00fcnchen.example:{PLAIN}pw\n"
          "ann@xn--mnchen-3ya.example:{PLAIN}other\n");
    const auto refused = users_.load();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().operator_text.find("line 2: the name is already in line 1"), std::string::npos);
    // Aliases by which files helped themselves when these were two names.
    write("ann@m\u00fcnchen.example:::::::alias_of=ann@xn--mnchen-3ya.example\n"
          "ann@xn--mnchen-3ya.example:{PLAIN}pw\n"
          "@m\u00fcnchen.example:::::::alias_of=ann@xn--mnchen-3ya.example\n"
          "@xn--mnchen-3ya.example:::::::alias_of=ann@xn--mnchen-3ya.example\n");
    const auto loaded = users_.load();
    ASSERT_TRUE(loaded) << loaded.error().operator_text;
    EXPECT_EQ(route("ann@m\u00fcnchen.example"), "ann@xn--mnchen-3ya.example");
    EXPECT_EQ(route("who@m\u00fcnchen.example"), "ann@xn--mnchen-3ya.example");
}

TEST_F(users_file, touches_no_disk_when_asked)
{
    write("ann@example.org:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    const auto before = disk_.operations();
    for (int i = 0; i < 100; ++i) {
        knows("ann@example.org");
        route("ann+x@example.org");
        EXPECT_TRUE(users_.local_domain("Example.ORG").value());
    }
    EXPECT_EQ(disk_.operations(), before);
}

TEST_F(users_file, resolves_user_alias_detail_catch_all_in_this_order)
{
    write("ann@example.org:{PLAIN}pw\n"
          "bob@example.org:{PLAIN}pw::::::disabled\n"
          "ann+special@example.org:{PLAIN}pw\n"
          "info@example.org:::::::alias_of=bob@example.org,ann@example.org,bob@example.org\n"
          "@example.org:::::::alias_of=ann@example.org\n"
          "cid:{PLAIN}pw\n"
          "dan@example.net:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    EXPECT_EQ(route("ANN@example.org"), "ann@example.org");
    EXPECT_EQ(route("ann+Lists@example.org"), "ann@example.org+Lists");
    EXPECT_EQ(route("ann+a+b@example.org"), "ann@example.org+a+b");
    EXPECT_EQ(route("ann+@example.org"), "ann@example.org");
    EXPECT_EQ(route("ann+special@example.org"), "ann+special@example.org");
    EXPECT_EQ(route("bob@example.org"), "bob@example.org") << "a disabled account still gets mail";
    EXPECT_EQ(route("info@example.org"), "bob@example.org ann@example.org");
    EXPECT_EQ(route("info+x@example.org"), "bob@example.org+x ann@example.org+x");
    EXPECT_EQ(route("nobody@example.org"), "ann@example.org");
    EXPECT_EQ(route("+x@example.org"), "ann@example.org");
    EXPECT_EQ(route("nobody@example.net"), "nowhere");
    EXPECT_EQ(route("cid"), "cid");
    EXPECT_EQ(route("cid+x"), "cid+x");
    EXPECT_EQ(route("nobody"), "nowhere");
    EXPECT_EQ(route("../../etc@example.org"), "nowhere");
    EXPECT_EQ(route("@example.org"), "nowhere") << "a catch-all is not an address";
    EXPECT_TRUE(users_.local_domain("example.net").value());
    EXPECT_FALSE(users_.local_domain("example.com").value());
    EXPECT_FALSE(users_.local_domain("").value());
}

TEST_F(users_file, leaves_out_aliases_that_lead_nowhere_and_folders_that_meet)
{
    write("ann@example.org:{PLAIN}pw\n"
          "a@example.org:::::::alias_of=nobody@example.org\n"
          "b@example.org:::::::alias_of=a@example.org\n"
          "example.org:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    EXPECT_EQ(route("ann@example.org"), "ann@example.org");
    for (const auto* name : {"a@example.org", "b@example.org", "example.org"})
        EXPECT_EQ(route(name), "error");
    for (const std::string_view expected : {"line 2: alias_of names nobody@example.org, who is not a user",
                                            "line 3: alias_of names a@example.org, an alias",
                                            "line 4: a user may not have the name of a domain"})
        EXPECT_NE(users_.faults().find(expected), std::string::npos) << users_.faults();
}

TEST_F(users_file, one_faulty_line_keeps_nobody_else_out_and_bounces_nothing)
{
    write("ann@example.org:{PLAIN}pw\n"
          "bob@example.org:{WHAT}pw\n"
          "all@example.org:::::::alias_of=bob@example.org\n"
          "cid@example.net:{PLAIN}one\n"
          "CID@example.net:{PLAIN}two\n"
          "@example.org:::::::alias_of=ann@example.org\n");
    ASSERT_TRUE(users_.load());
    EXPECT_TRUE(knows("ann@example.org"));
    EXPECT_EQ(route("ann@example.org"), "ann@example.org");
    EXPECT_EQ(route("other@example.org"), "ann@example.org");
    for (const auto* name : {"bob@example.org", "Bob+x@example.org", "all@example.org", "cid@example.net"})
        EXPECT_EQ(route(name), "error") << name << ": neither unknown nor the catch-all's";
    EXPECT_FALSE(users_.find("bob@example.org"));
    EXPECT_EQ(route("nobody@example.net"), "nowhere");
    EXPECT_TRUE(users_.local_domain("example.net").value());
    EXPECT_FALSE(users_.local_domain("example.com").value());
    for (const auto* line : {"line 2", "line 3", "line 5"})
        EXPECT_NE(users_.faults().find(line), std::string::npos) << users_.faults();
    EXPECT_EQ(users_.users(), 1U);
    write("ann@example.org:{PLAIN}pw\n");
    EXPECT_TRUE(users_.refresh().value());
    EXPECT_EQ(users_.faults(), "");
}

// A name that cannot be prepared, or half a line: it may be anybody's.
TEST_F(users_file, a_line_that_does_not_tell_whose_it_is_makes_nobody_unknown)
{
    for (const std::string line : {"\u2028x@example.com:{PLAIN}pw\n", "bob@exam\n"}) {
        write("ann@example.org:{PLAIN}pw\n@example.org:::::::alias_of=ann@example.org\n" + line);
        ASSERT_TRUE(users_.load());
        EXPECT_EQ(route("ann@example.org"), "ann@example.org");
        EXPECT_EQ(route("ann+x@example.org"), "ann@example.org+x");
        EXPECT_EQ(route("bob@example.org"), "error");
        EXPECT_EQ(route("\u2028x@example.com"), "error");
        EXPECT_FALSE(users_.local_domain("example.com"));
        EXPECT_TRUE(users_.local_domain("example.org").value());
    }
}

TEST_F(users_file, nobody_is_left_only_where_the_last_user_was_removed)
{
    write("");
    ASSERT_TRUE(users_.load());
    EXPECT_EQ(route("ann@example.org"), "error");
    EXPECT_FALSE(users_.local_domain("example.org"));
    write(std::string(auth::last_user_removed) + "\n");
    ASSERT_TRUE(users_.load());
    EXPECT_EQ(route("ann@example.org"), "nowhere");
    EXPECT_FALSE(users_.local_domain("example.org").value());
}

TEST_F(users_file, reads_again_only_when_the_file_changed)
{
    write("ann:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    const auto generation = users_.generation();
    EXPECT_FALSE(users_.refresh().value());
    EXPECT_EQ(users_.generation(), generation);
    write("bob:{PLAIN}pw\n"); // the same size
    EXPECT_TRUE(users_.refresh().value());
    EXPECT_GT(users_.generation(), generation);
    EXPECT_TRUE(knows("bob"));
    EXPECT_FALSE(knows("ann"));
}

TEST_F(users_file, a_bad_file_keeps_the_old_users_and_is_reported_once)
{
    write("ann:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    const auto generation = users_.generation();
    write("bob\n");
    const auto refused = users_.refresh();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().operator_text.find("users file users: line 1"), std::string::npos);
    EXPECT_FALSE(users_.refresh().value());
    EXPECT_TRUE(knows("ann"));
    EXPECT_EQ(users_.generation(), generation);
    write("bob:{PLAIN}pw\n");
    EXPECT_TRUE(users_.refresh().value());
}

TEST_F(users_file, a_missing_file_keeps_the_old_users_and_is_reported_once)
{
    EXPECT_EQ(users_.load().error().kind, base::failure::vanished);
    write("ann:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    disk_.erase("/root/users");
    EXPECT_FALSE(users_.refresh());
    EXPECT_FALSE(users_.refresh().value());
    EXPECT_TRUE(knows("ann"));
}

TEST_F(users_file, every_failure_of_the_disk_keeps_the_old_users_and_passes)
{
    write("ann:{PLAIN}pw\n");
    ASSERT_TRUE(users_.load());
    std::size_t nth = 0;
    for (bool struck = true; struck;) {
        write(nth % 2 == 0 ? "bob:{PLAIN}pw\n" : "ann:{PLAIN}pw\n");
        disk_.fail(++nth, EIO);
        const auto refreshed = users_.refresh();
        struck = disk_.struck();
        EXPECT_TRUE(knows("ann") || knows("bob"));
        disk_.heal();
        EXPECT_TRUE(!struck || refreshed || users_.refresh().value()) << "the next try reads it";
    }
    EXPECT_GT(nth, 2U);
}

TEST(users_file_on_disk, refuses_a_file_that_others_may_read_and_says_what_to_do)
{
    const support::temporary_directory folder;
    const auto path = std::filesystem::path(folder.path()) / "users";
    std::ofstream(path) << "ann:{PLAIN}pw\n";
    disk::posix_file_system system;
    const auto directory = system.open(folder.path()).value();
    auth::users_file users(*directory, "users");
    using std::filesystem::perms;
    for (const auto& [mode, good] : {std::pair{0600U, true},
                                     {0640U, true},
                                     {0400U, true},
                                     {0644U, false},
                                     {0660U, false},
                                     {0604U, false}}) {
        std::filesystem::permissions(path, static_cast<perms>(mode));
        const auto loaded = users.load();
        EXPECT_EQ(loaded.has_value(), good) << mode;
        if (good) continue;
        EXPECT_EQ(loaded.error().kind, base::failure::refused);
        EXPECT_NE(loaded.error().operator_text.find("chmod 600"), std::string::npos);
    }
    std::filesystem::permissions(path, static_cast<perms>(0600));
    EXPECT_TRUE(users.refresh().value()) << "a mended mode is a change";
}

} // namespace
