// The short forms that the command line and the files share: policies, hosts and ports, accounts' names.
#include "cli/restante/progress_display.hpp"
#include "config/account_configuration.hpp"
#include "ledger/unique_id_journal.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace cli::restante;

TEST(keep_words, every_policy_is_written_as_it_is_read)
{
    for (const auto* text : {"all", "none", "days=0", "days=30", "days=36500", "newest=0", "newest=1000",
                             "octets=0", "octets=2G", "octets=1500"}) {
        const auto keep = config::parse_keep(text);
        ASSERT_TRUE(keep) << text;
        EXPECT_EQ(config::format_keep(*keep), text);
    }
}

TEST(keep_words, what_is_no_policy_is_none)
{
    // A slip of the pen must never become "delete": each of these is refused.
    for (const auto* text : {"",
                             "All",
                             "none ",
                             " none",
                             "non",
                             "days",
                             "days=",
                             "days=-1",
                             "days=1d",
                             "days=36501",
                             "days=99999999999",
                             "newest=",
                             "newest=x",
                             "newest=1 ",
                             "octets=",
                             "octets=x",
                             "octets=-1",
                             "age=3",
                             "=3",
                             "days=3=4"})
        EXPECT_FALSE(config::parse_keep(text)) << text;
}

TEST(tls_words, every_mode_is_written_as_it_is_read)
{
    for (const auto* text : {"implicit", "starttls", "none"}) {
        const auto mode = config::parse_tls_mode(text);
        ASSERT_TRUE(mode) << text;
        EXPECT_EQ(config::name_of(*mode), text);
    }
    for (const auto* text : {"", "ssl", "tls", "Implicit", "starttls "})
        EXPECT_FALSE(config::parse_tls_mode(text)) << text;
}

TEST(host_words, a_host_may_have_a_port)
{
    const auto is = [](const char* text, const char* host, std::uint16_t port) {
        const auto read = config::parse_host_and_port(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(read->host, host) << text;
        EXPECT_EQ(read->port, port) << text;
    };
    is("pop.example.org", "pop.example.org", 0);
    is("pop.example.org:995", "pop.example.org", 995);
    is("192.0.2.1:1", "192.0.2.1", 1);
    is("[2001:db8::1]:65535", "2001:db8::1", 65535);
    is("[2001:db8::1]", "2001:db8::1", 0);
    is("2001:db8::1", "2001:db8::1", 0);
}

TEST(host_words, what_is_no_host_is_none)
{
    for (const auto* text :
         {"", ":", ":995", "host:", "host:0", "host:65536", "host:-1", "host:99x", "host:9 ", "a b", "a/b",
          "a\nb", "[::1", "[]", "[]:995", "[::1]995", "[::1]x:995", "[::1]:0"})
        EXPECT_FALSE(config::parse_host_and_port(text)) << text;
}

TEST(account_names, a_name_can_be_a_folder_beside_the_files)
{
    for (const auto* name : {"a", "ann@example.org", "work-2", "A.b_c+d", "restante2", "toml"})
        EXPECT_TRUE(ledger::is_account_name(name)) << name;
    EXPECT_TRUE(ledger::is_account_name(std::string(64, 'a')));
    for (const auto* name : {"", ".", "..", ".restante", "-a", "a/b", "../a", "a b", "a\n", "é", "a:b",
                             "restante", "restante.toml", "work.toml"})
        EXPECT_FALSE(ledger::is_account_name(name)) << name;
    EXPECT_FALSE(ledger::is_account_name(std::string(65, 'a')));
}

TEST(rounded_octets, three_digits_at_most)
{
    EXPECT_EQ(rounded_octets(0), "0");
    EXPECT_EQ(rounded_octets(999), "999");
    EXPECT_EQ(rounded_octets(1000), "1.0K");
    EXPECT_EQ(rounded_octets(1536), "1.5K");
    EXPECT_EQ(rounded_octets(200 * 1024), "200K");
    EXPECT_EQ(rounded_octets(1.5 * 1024 * 1024), "1.5M");
    EXPECT_EQ(rounded_octets(3.0 * 1024 * 1024 * 1024), "3.0G");
    EXPECT_EQ(rounded_octets(5e15), "4547T");
}
