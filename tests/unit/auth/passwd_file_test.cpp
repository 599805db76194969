// The users file's lines: what they mean, what Dovecot writes into them, and every fault with its line.
#include "auth/passwd_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace std::string_view_literals;
using namespace std::chrono_literals;

auth::user one_user(std::string_view line)
{
    auto contents = auth::parse_passwd(line);
    if (!contents) throw std::runtime_error(auth::format_faults(contents.error()));
    return contents->users.at(0).first;
}

std::string faults_of(std::string_view text)
{
    const auto contents = auth::parse_passwd(text);
    return contents ? "" : auth::format_faults(contents.error());
}

TEST(cut_passwd_line, cuts_seven_colons_and_leaves_others_alone)
{
    const auto line = auth::cut_passwd_line(
        "ann:{PLAIN}pw:1000:100:Ann:/home/ann:/bin/sh:allow_nets=::1/128 nologin  x=a=b\r\n");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->name, "ann");
    EXPECT_EQ(line->password, "{PLAIN}pw");
    EXPECT_EQ(line->between, "1000:100:Ann:/home/ann:/bin/sh:");
    using field = std::pair<std::string_view, std::string_view>;
    EXPECT_EQ(line->fields, (std::vector<field>{{"allow_nets", "::1/128"}, {"nologin", ""}, {"x", "a=b"}}));
}

TEST(cut_passwd_line, takes_short_lines)
{
    EXPECT_EQ(auth::cut_passwd_line("ann:pw")->between, "");
    EXPECT_EQ(auth::cut_passwd_line("ann:pw:1:2")->between, "1:2");
    EXPECT_EQ(auth::cut_passwd_line("ann:pw::::::x=1")->fields.size(), 1U);
    EXPECT_FALSE(auth::cut_passwd_line(""));
    EXPECT_FALSE(auth::cut_passwd_line("  \t\r\n"));
    EXPECT_FALSE(auth::cut_passwd_line("# ann:pw"));
}

TEST(parse_passwd, reads_every_field_of_ours)
{
    const auth::user ann = one_user(
        "Ann@Example.org:{PLAIN}pw::::::quota_octets=2G quota_messages=1000 expire=90d held_for=0 login_delay=30 "
        "lock=snapshot allow_nets=192.0.2.0/24,::1 disabled shared_secret=tan=staaf "
        "scram_sha_1=4096,RX2a8k1RQed/IfUufNK8kQ==,PzZ7a5Ek/AWCBaLtblZCH25snEU=,QbGS+K4xEeg39r7pK86eC+htp5k= "
        "whatever=else userdb_uid=5000");
    EXPECT_EQ(ann.account.name, "ann@example.org");
    EXPECT_EQ(ann.password_hash, "{PLAIN}pw");
    EXPECT_EQ(ann.account.quota_octets, 2ULL << 30);
    EXPECT_EQ(ann.account.quota_messages, 1000U);
    EXPECT_EQ(ann.account.expire, 90 * 24h);
    EXPECT_EQ(ann.account.held_for, 0s);
    EXPECT_EQ(ann.account.login_delay, 30s);
    EXPECT_EQ(ann.account.lock, "snapshot");
    EXPECT_EQ(ann.account.allow_networks, (std::vector<std::string>{"192.0.2.0/24", "::1"}));
    EXPECT_TRUE(ann.account.disabled);
    EXPECT_EQ(ann.shared_secret, "tan=staaf");
    EXPECT_EQ(ann.scram_sha_1.value().iterations, 4096U);
    EXPECT_FALSE(ann.scram_sha_256);
}

TEST(parse_passwd, leaves_what_is_not_set_to_the_site)
{
    const auth::user ann = one_user("ann:{PLAIN}pw");
    EXPECT_FALSE(ann.account.disabled);
    EXPECT_FALSE(ann.account.quota_octets || ann.account.quota_messages || ann.account.expire ||
                 ann.account.held_for || ann.account.login_delay || ann.account.lock || ann.shared_secret);
}

TEST(parse_passwd, reads_what_dovecot_writes)
{
    const auth::user ann = one_user(
        "ann:{SCRAM-SHA-1}4096,RX2a8k1RQed/IfUufNK8kQ==,PzZ7a5Ek/AWCBaLtblZCH25snEU=,"
        "QbGS+K4xEeg39r7pK86eC+htp5k=:5000:5000::/home/ann::userdb_quota_rule=*:storage=1G:messages=7 "
        "userdb_mail=maildir:~/Maildir nologin=y");
    EXPECT_TRUE(ann.scram_sha_1) << "keys in the password field serve SCRAM too";
    EXPECT_EQ(ann.account.quota_octets, 1ULL << 30);
    EXPECT_EQ(ann.account.quota_messages, 7U);
    EXPECT_TRUE(ann.account.disabled);
    EXPECT_EQ(one_user("a:::::::userdb_quota_rule=*:storage=5").account.quota_octets, 5120U);
    EXPECT_EQ(one_user("a:::::::userdb_quota_rule=*:bytes=5").account.quota_octets, 5U);
    EXPECT_FALSE(one_user("a:::::::userdb_quota_rule=Trash:storage=5").account.quota_octets);
}

TEST(parse_passwd, takes_a_locked_or_missing_password_for_none)
{
    for (const std::string_view line : {"a:"sv, "a:!"sv, "a:*"sv, "a:!$6$x$y"sv, "a:x:1000:"sv})
        EXPECT_EQ(one_user(line).password_hash, "") << line;
}

TEST(parse_passwd, decodes_a_shared_secret)
{
    EXPECT_EQ(one_user("a:::::::shared_secret.b64=YSBi").shared_secret, "a b");
}

TEST(parse_passwd, reads_aliases_and_catch_alls)
{
    const auto contents = auth::parse_passwd("info@example.org:::::::alias_of=Ann@example.org,bob\n"
                                             "@Example.org:::::::alias_of=ann@example.org\n");
    ASSERT_TRUE(contents);
    EXPECT_EQ(contents->aliases.at(0).first.targets, (std::vector<std::string>{"ann@example.org", "bob"}));
    EXPECT_EQ(contents->aliases.at(1).first.name, "@example.org");
    EXPECT_TRUE(contents->users.empty());
}

TEST(parse_passwd, tells_all_faults_with_their_lines)
{
    const std::string faults = faults_of("# comment\n"
                                         "ann:{PLAIN}pw\n"
                                         "ANN:{PLAIN}other\n"
                                         "../x:{PLAIN}pw\n"
                                         "nothing\n"
                                         "\n"
                                         "bob:{WHAT}pw\n"
                                         "cid:::::::quota_octets=lots expire=soon lock=maybe\n"
                                         "@example.org:{PLAIN}pw\n"
                                         "al:{PLAIN}pw::::::alias_of=ann\n"
                                         "am:::::::alias_of=\n"
                                         "an:::::::alias_of=ann,\n");
    for (const std::string_view expected :
         {"line 3: the name is already in line 2", "line 4: the name cannot", "line 5: has no ':'",
          "line 7: the password scheme {WHAT}", "line 8: quota_octets must be", "line 8: expire must be",
          "line 8: lock must be", "line 9: a catch-all needs", "line 10: an alias has no password",
          "line 11: alias_of names", "line 12: alias_of names"})
        EXPECT_NE(faults.find(expected), std::string::npos) << expected << "\nin: " << faults;
    EXPECT_EQ(faults.find("line 2:"), std::string::npos);
}

TEST(parse_passwd, prints_a_line_for_each_of_the_first_faults_and_counts_the_rest)
{
    std::string text;
    for (int line = 0; line < 100'000; ++line) text += "nothing\n";
    const auto printed = faults_of(text);
    EXPECT_EQ(std::ranges::count(printed, '\n'), 99);
    EXPECT_TRUE(printed.ends_with("\nand 99901 more errors")) << printed.substr(printed.rfind('\n'));
}

TEST(parse_passwd, tells_no_secret_in_a_fault)
{
    const std::string faults =
        faults_of("a:{SHA256}sesame\nb:{sesame\nc:{SESAME1234567890123456}x\nd:::::::scram_sha_256=sesame\n"
                  "e:::::::shared_secret.b64=sesame!\nf:sesame\nsesame\n");
    EXPECT_EQ(std::ranges::count(faults, '\n'), 5) << faults;
    EXPECT_EQ(faults.find("sesame"), std::string::npos) << faults;
    EXPECT_EQ(faults.find("SESAME"), std::string::npos) << faults;
}

TEST(parse_passwd, refuses_nul)
{
    EXPECT_NE(faults_of("a:{PLAIN}p\0w\n"sv), "");
}

TEST(parse_passwd, an_empty_file_has_nobody)
{
    EXPECT_TRUE(auth::parse_passwd("")->users.empty());
    EXPECT_TRUE(auth::parse_passwd("\n\n# nobody\n")->users.empty());
}

} // namespace
