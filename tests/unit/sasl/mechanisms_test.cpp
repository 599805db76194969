// Which mechanism is begun when, and that challenges never come twice.
#include "sasl/mechanism.hpp"
#include "sasl/server.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

sasl::channel everything()
{
    sasl::channel channel;
    channel.tls = true;
    channel.tls_exporter = std::string(32, 'e');
    channel.tls_server_end_point = std::string(32, 's');
    channel.certificate_identity = "ann@example.org";
    return channel;
}

bool begins(std::string_view mechanism, const sasl::channel& channel)
{
    support::seeded_random random;
    return sasl::begin(mechanism, channel, true, random, "mail.example.org") != nullptr;
}

TEST(mechanisms, all_begin_where_the_channel_has_everything)
{
    EXPECT_EQ(sasl::mechanisms().size(), 8U);
    EXPECT_EQ(sasl::mechanisms().front(), "SCRAM-SHA-256-PLUS");
    for (const auto mechanism : sasl::mechanisms()) EXPECT_TRUE(begins(mechanism, everything())) << mechanism;
}

TEST(mechanisms, without_tls_there_is_no_plus_and_no_external)
{
    for (const auto mechanism : sasl::mechanisms())
        EXPECT_EQ(begins(mechanism, sasl::channel{}),
                  !mechanism.ends_with("-PLUS") && mechanism != "EXTERNAL")
            << mechanism;
}

TEST(mechanisms, one_channel_binding_is_enough_for_plus)
{
    for (const auto member : {&sasl::channel::tls_exporter, &sasl::channel::tls_server_end_point}) {
        sasl::channel channel = everything();
        channel.*member = "";
        EXPECT_TRUE(begins("SCRAM-SHA-256-PLUS", channel));
    }
}

TEST(mechanisms, names_are_known_in_any_case_and_no_others)
{
    EXPECT_TRUE(begins("plain", everything()));
    EXPECT_TRUE(begins("Scram-Sha-256-Plus", everything()));
    for (const std::string_view name : {"", "PLAIN ", "ANONYMOUS", "-PLUS", "SCRAM-SHA-512", "PLAIN-PLUS"})
        EXPECT_FALSE(begins(name, everything())) << name;
}

TEST(mechanisms, that_have_no_row_are_unknown)
{
    for (const std::string_view name : {"", "ANONYMOUS", "DIGEST-MD5", "PLAIN ", "SCRAM-SHA-512", "-PLUS"})
        EXPECT_EQ(sasl::find_mechanism(name), nullptr) << name;
    ASSERT_NE(sasl::find_mechanism("scram-sha-1-plus"), nullptr);
    EXPECT_EQ(sasl::find_mechanism("scram-sha-1-plus")->name, "SCRAM-SHA-1-PLUS");
}

TEST(mechanisms, of_the_table_that_this_end_lacks_do_not_begin)
{
    for (const auto& row : sasl::all_mechanisms())
        EXPECT_EQ(begins(row.name, everything()), row.at_server) << row.name;
}

TEST(mechanisms, begin_as_the_table_says)
{
    for (const auto& row : sasl::all_mechanisms()) {
        if (!row.at_server) continue;
        EXPECT_EQ(begins(row.name, sasl::channel{}), !row.binds_channel && !row.needs_certificate())
            << row.name;
        support::seeded_random random;
        const auto first =
            sasl::begin(row.name, everything(), true, random, "mail.example.org")->begin(std::nullopt);
        const auto* const said = std::get_if<sasl::challenge>(&first);
        ASSERT_NE(said, nullptr) << row.name;
        EXPECT_EQ(!said->octets.empty() && row.name != "LOGIN", row.server_first) << row.name;
    }
}

TEST(mechanisms, challenges_are_new_each_time_and_well_formed)
{
    support::seeded_random random;
    const auto challenge = [&] {
        const auto exchange = sasl::begin("CRAM-MD5", {}, false, random, "mail.example.org");
        return std::get<sasl::challenge>(exchange->begin(std::nullopt)).octets;
    };
    const std::string first = challenge();
    EXPECT_NE(first, challenge());
    EXPECT_TRUE(first.starts_with('<'));
    EXPECT_TRUE(first.ends_with("@mail.example.org>"));
    EXPECT_EQ(first.size(), 1 + 32 + std::string("@mail.example.org>").size());
}

TEST(mechanisms, the_servers_nonce_is_new_each_time)
{
    support::seeded_random random;
    const auto nonce = [&] {
        const auto exchange = sasl::begin("SCRAM-SHA-256", {}, false, random, "mail.example.org");
        exchange->begin("n,,n=ann,r=client");
        return std::get<sasl::challenge>(exchange->keys({"salt", 1, "s", "s"})).octets;
    };
    const std::string first = nonce();
    EXPECT_NE(first, nonce());
    EXPECT_TRUE(first.starts_with("r=client"));
}

} // namespace
