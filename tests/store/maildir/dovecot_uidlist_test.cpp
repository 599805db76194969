// Unique-ids that Dovecot gave out stay what they were.
#include "fixture.hpp"
#include "store/maildir/dovecot_uidlist.hpp"

#include <algorithm>

using namespace store::maildir;
using enum dovecot_unique_id_format;

namespace {

// As Dovecot 2.3.19 wrote it for two messages; its UIDL said 000000016b05ab01 and 000000026b05ab01.
constexpr std::string_view version_3 = "3 V1795533569 N3 G61cfd11f01ab056b823c000083ecc375\n"
                                       "1 W18 :1732460000.M1P1.host,S=15\n"
                                       "2 W18 :1732460001.M1P1.host\n";

class dovecot_import : public maildir_test {
protected:
    base::result<import_report> import(dovecot_unique_id_format format = uid_and_validity_hexadecimal)
    {
        return import_dovecot(disk_, "/mail", clock_, {"ann"}, format);
    }
};

} // namespace

TEST(dovecot_uidlist, gives_the_unique_ids_that_dovecot_gave)
{
    const auto list = parse_dovecot_uidlist(version_3);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->messages.size(), 2U);
    EXPECT_EQ(list->messages[0].base, "1732460000.M1P1.host,S=15");
    EXPECT_EQ(dovecot_unique_id(*list, list->messages[0], uid_and_validity_hexadecimal), "000000016b05ab01");
    EXPECT_EQ(dovecot_unique_id(*list, list->messages[1], uid_and_validity), "2-1795533569");
    EXPECT_EQ(dovecot_unique_id(*list, list->messages[1], validity_and_uid), "1795533569.2");
    EXPECT_EQ(dovecot_unique_id(*list, list->messages[1], file_name), "1732460001.M1P1.host");
    EXPECT_EQ(dovecot_unique_id(*list, list->messages[1], guid), "1732460001.M1P1.host");
}

TEST(dovecot_uidlist, reads_version_1_and_the_fields_of_a_message)
{
    const auto old = parse_dovecot_uidlist("1 1100000000 9\n7 1.a.host:2,S\nbroken\n0 2.b\n8 \n");
    ASSERT_TRUE(old);
    ASSERT_EQ(old->messages.size(), 1U);
    EXPECT_EQ(old->uid_validity, 1100000000U);
    EXPECT_EQ(old->messages[0].uid, 7U);
    EXPECT_EQ(old->messages[0].base, "1.a.host");
    const auto fields = parse_dovecot_uidlist("3 V1 N9\n4 PUID4-77 Gabc O2 :1.a.host:2,S\n5 W1 S2\n");
    ASSERT_EQ(fields->messages.size(), 1U);
    EXPECT_EQ(dovecot_unique_id(*fields, fields->messages[0], uid_and_validity_hexadecimal), "UID4-77");
    EXPECT_EQ(fields->messages[0].guid, "abc");
}

TEST(dovecot_uidlist, refuses_what_it_does_not_know)
{
    for (const std::string_view bad : {"", "\n", "2 V1 N2\n", "3 N2\n", "3 Vx N2\n", "1 x 2\n"})
        EXPECT_EQ(parse_dovecot_uidlist(bad).error().kind, base::failure::malformed) << bad;
    EXPECT_FALSE(parse_dovecot_format("%m"));
    EXPECT_EQ(parse_dovecot_format("%08Xu%08Xv"), uid_and_validity_hexadecimal);
}

TEST_F(dovecot_import, keeps_the_unique_ids_of_a_maildir)
{
    plant("cur/1732460000.M1P1.host,S=15:2,S", "Subject: x\n\nhi\n");
    plant("new/1732460001.M1P1.host", "Subject: y\n\nhi\n");
    plant("new/1732460002.M1P1.host", "not listed\n");
    plant("dovecot-uidlist", std::string(version_3));
    const auto report = import();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->imported, 2U);
    EXPECT_EQ(report->not_listed, 1U);
    EXPECT_EQ(unique_ids(),
              (std::vector<std::string>{"000000016b05ab01", "000000026b05ab01", "1732460002.M1P1.host"}));
}

TEST_F(dovecot_import, counts_what_nobody_can_read)
{
    plant("cur/1732460000.M1P1.host,S=15:2,S", std::string("\x1F\x8B\x08", 3));
    plant("new/1732460001.M1P1.host", "Subject: y\n\nhi\n");
    plant("dovecot-uidlist", std::string(version_3));
    const auto report = import();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->imported, 2U);
    EXPECT_EQ(report->packed, 1U);
    EXPECT_THAT(report->packed_form, testing::HasSubstr("gzip"));
}

TEST_F(dovecot_import, reaches_a_maildrop_that_was_served_before)
{
    plant("new/1732460001.M1P1.host", "Subject: y\n\nhi\n");
    settle();
    EXPECT_EQ(unique_ids().front(), "1732460001.M1P1.host");
    plant("dovecot-uidlist", std::string(version_3));
    ASSERT_TRUE(import());
    EXPECT_EQ(unique_ids().front(), "000000026b05ab01");
}

TEST_F(dovecot_import, never_gives_one_unique_id_twice)
{
    plant("new/1.a", "a\n");
    plant("new/2.b", "b\n");
    plant("new/clash", "c\n");
    plant("dovecot-uidlist", "3 V1 N3\n1 Pclash :1.a\n2 Pclash :2.b\n");
    const auto report = import();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->imported, 1U);
    EXPECT_EQ(report->refused, 1U);
    auto ids = unique_ids();
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::unique(ids).begin(), ids.end());
    EXPECT_EQ(ids.size(), 3U);
}

TEST_F(dovecot_import, says_when_there_is_nothing_to_import)
{
    EXPECT_EQ(import().error().kind, base::failure::vanished);
    EXPECT_EQ(import_dovecot(disk_, "/mail", clock_, {"nobody"}, guid).error().kind, base::failure::vanished);
}
