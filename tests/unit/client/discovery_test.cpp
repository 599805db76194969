// From an address to candidates.
#include "client/discovery.hpp"

#include <gtest/gtest.h>

namespace client_tests {
namespace {

std::string listed(const std::vector<client::server_candidate>& all)
{
    std::string out;
    for (const auto& each : all)
        out += each.host + ":" + std::to_string(each.port) +
               (each.tls == client::tls_mode::starttls ? "+stls" : "") + (each.ask_first ? "?" : "") + " ";
    return out;
}

TEST(discovery, knows_providers_and_does_not_guess_beside_them)
{
    const auto ranked = client::rank_candidates("gmail.com", {});
    ASSERT_TRUE(ranked);
    ASSERT_EQ(listed(*ranked), "pop.gmail.com:995 ");
    EXPECT_EQ(ranked->front().oauth2, "gmail");
    EXPECT_EQ(client::rank_candidates("hotmail.co.uk", {})->front().oauth2, "microsoft");
    EXPECT_EQ(client::rank_candidates("icloud.com", {}).error().kind, base::failure::refused);
}

TEST(discovery, a_pattern_takes_only_what_the_provider_owns)
{
    EXPECT_NE(client::find_known_provider("yahoo.co.jp"), nullptr);
    EXPECT_NE(client::find_known_provider("yahoo.com"), nullptr);
    for (const char* other :
         {"yahoo.evil.example", "yahoo.", "yahoo", "notyahoo.com", "yahoo.example.com", "live.a.b.c"})
        EXPECT_EQ(client::find_known_provider(other), nullptr) << other;
}

TEST(discovery, ranks_by_safety)
{
    const client::domain_services services{
        .pop3s = {{.priority = 1, .weight = 0, .port = 9995, .target = "Mail.Example.org"},
                  {.priority = 2, .weight = 0, .port = 995, .target = "pop.hoster.example"}},
        .pop3 = {{.priority = 1, .weight = 0, .port = 110, .target = "pop.example.org"}}};
    EXPECT_EQ(listed(client::rank_candidates("example.org", services).value()),
              "mail.example.org:9995 pop.hoster.example:995? pop.example.org:110+stls "
              "pop.example.org:995 pop3.example.org:995 mail.example.org:995 example.org:995 "
              "pop3.example.org:110+stls mail.example.org:110+stls example.org:110+stls ");
    const client::domain_services none{.pop3s = {{0, 0, 0, ""}}, .pop3 = {{0, 0, 0, ""}}};
    EXPECT_EQ(client::rank_candidates("example.org", none).error().kind, base::failure::refused);
}

TEST(discovery, takes_the_first_that_answers_even_without_dns)
{
    std::string asked;
    const auto silent = [](const std::string&) -> base::result<std::vector<net::service_record>> {
        return base::fail({base::failure::network, true, {}, "no name server"});
    };
    const auto found = client::discover("Ann@Example.ORG", silent, [&](const auto& each) -> base::result<> {
        asked += each.host + " ";
        if (each.host == "mail.example.org") return {};
        return base::fail({base::failure::network, true, {}, "no such host"});
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->host, "mail.example.org");
    EXPECT_EQ(asked, "pop.example.org pop3.example.org mail.example.org ");
    const auto none = client::discover("ann@example.org", silent, [](const auto&) -> base::result<> {
        return base::fail({base::failure::refused, false, {}, "no trust"});
    });
    ASSERT_FALSE(none);
    EXPECT_FALSE(none.error().temporary);
    EXPECT_TRUE(none.error().operator_text.contains("pop3.example.org port 995: no trust"));
}

TEST(discovery, refuses_what_is_no_address)
{
    for (const char* bad : {"", "ann", "@example.org", "ann@", "ann@host", "ann@exa mple.org", "ann@a..b",
                            "ann@.b.c", "ann@b.c:99", "ann@[192.0.2.1]", "ann@b.c/d"})
        EXPECT_FALSE(client::domain_of(bad)) << bad;
    EXPECT_EQ(client::domain_of("\"a@b\"@Example.org.").value(), "example.org");
}

} // namespace
} // namespace client_tests
