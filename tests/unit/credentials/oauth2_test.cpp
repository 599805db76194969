// Tokens: what providers answer, and what we make of it.
#include "credentials/oauth2.hpp"
#include "credentials/oauth2_answer.hpp"
#include "credentials/oauth2_loopback.hpp"
#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace client_tests {
namespace {

using namespace std::chrono_literals;

/// A provider that answers from a list and remembers what it was asked.
struct scripted_provider {
    std::deque<credentials::oauth2_http_answer> answers{};
    std::vector<std::string> asked{};
    std::vector<std::chrono::seconds> waits{};
    support::manual_clock clock{};
    support::seeded_random random{};

    credentials::oauth2_client client()
    {
        credentials::oauth2_provider provider;
        provider.name = "example";
        provider.authorization_endpoint = "https://id.example/auth";
        provider.device_endpoint = "https://id.example/device";
        provider.token_endpoint = "https://id.example/token";
        provider.scope = "mail";
        provider.client_id = "me";
        provider.client_secret = "s&cret";
        return {provider, clock, random,
                [this](const std::string& url, const credentials::oauth2_form& fields) {
                    asked.push_back(url + " " + credentials::format_form(fields));
                    auto answer = answers.at(0);
                    answers.pop_front();
                    return base::result<credentials::oauth2_http_answer>(answer);
                },
                [this](std::chrono::seconds time) {
                    waits.push_back(time);
                    clock.advance(time);
                    return true;
                }};
    }
};

constexpr auto good = R"({"access_token":"A","token_type":"Bearer","expires_in":3600,"refresh_token":"R2"})";

TEST(oauth2, refresh_takes_a_new_refresh_token_and_keeps_the_old_one_where_none_comes)
{
    scripted_provider provider;
    provider.answers = {{200, good},
                        {200, R"({"access_token":"B","token_type":"bearer","expires_in":"60"})"}};
    auto client = provider.client();
    const credentials::oauth2_tokens old{"x", "R1", {}};
    const auto rotated = client.refresh(old);
    ASSERT_TRUE(rotated);
    EXPECT_EQ(rotated->refresh_token, "R2");
    EXPECT_EQ(rotated->valid_until, provider.clock.now() + 3600s);
    const auto kept = client.refresh(old);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->refresh_token, "R1");
    EXPECT_EQ(kept->valid_until, provider.clock.now() + 60s);
    EXPECT_EQ(provider.asked.at(0),
              "https://id.example/token grant_type=refresh_token&refresh_token=R1&client_id=me&"
              "client_secret=s%26cret");
}

TEST(oauth2, a_dead_refresh_token_wants_a_person)
{
    scripted_provider provider;
    provider.answers = {{400, R"({"error":"invalid_grant","error_description":"token R1 is revoked"})"}};
    const auto got = provider.client().refresh({"x", "R1", {}});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, base::failure::credentials);
    EXPECT_EQ(got.error().operator_text,
              "example says invalid_grant: the sign-in is no longer valid; sign in again");
    EXPECT_EQ(provider.client().refresh({"x", "", {}}).error().kind, base::failure::credentials);
}

TEST(oauth2, tells_trouble_of_the_provider_from_ours)
{
    const auto error_for = [](long status, std::string body) {
        scripted_provider provider;
        provider.answers = {{status, std::move(body)}};
        return provider.client().by_client_credentials().error();
    };
    EXPECT_TRUE(error_for(503, "<html>").temporary);
    EXPECT_TRUE(error_for(500, R"({"error":"invalid_grant"})").temporary)
        << "a server that fails knows nothing";
    EXPECT_TRUE(error_for(429, "").temporary);
    EXPECT_EQ(error_for(401, R"({"error":"invalid_client"})").kind, base::failure::refused);
    EXPECT_EQ(error_for(302, "").kind, base::failure::malformed);
    EXPECT_EQ(error_for(400, "no json").kind, base::failure::malformed);
    for (const char* bad :
         {"", "[]", "{}", R"({"access_token":""})", R"({"access_token":"a\u0001b"})",
          R"({"access_token":"a b"})", R"({"access_token":7})", R"({"access_token":"a","token_type":"mac"})",
          R"({"access_token":"a","refresh_token":"x\r\ny"})"})
        EXPECT_EQ(error_for(200, bad).kind, base::failure::malformed) << bad;
    EXPECT_FALSE(error_for(400, R"({"error":"x\u001b[31m"})").operator_text.contains('\x1b'));
}

TEST(oauth2, the_device_flow_waits_as_it_is_told)
{
    scripted_provider provider;
    provider.answers = {
        {200,
         R"({"device_code":"D","user_code":"AB-CD","verification_uri":"https://id.example/go","expires_in":600,"interval":2})"},
        {400, R"({"error":"authorization_pending"})"},
        {400, R"({"error":"slow_down"})"},
        {400, R"({"error":"authorization_pending"})"},
        {200, good}};
    std::string shown;
    const auto got = provider.client().by_device(
        [&](const auto& address, const auto& code) { shown = address + " " + code; });
    ASSERT_TRUE(got);
    EXPECT_EQ(shown, "https://id.example/go AB-CD");
    EXPECT_EQ(provider.waits, (std::vector<std::chrono::seconds>{2s, 2s, 7s, 7s}));
}

TEST(oauth2, the_device_flow_ends)
{
    const std::string code =
        R"({"device_code":"D","user_code":"C","verification_url":"https://id.example","expires_in":11})";
    const auto kind_after = [&](std::deque<credentials::oauth2_http_answer> answers) {
        scripted_provider provider;
        provider.answers = std::move(answers);
        return provider.client().by_device([](const auto&, const auto&) {}).error().kind;
    };
    const credentials::oauth2_http_answer pending{400, R"({"error":"authorization_pending"})"};
    EXPECT_EQ(kind_after({{200, code}, pending, pending}), base::failure::timed_out);
    EXPECT_EQ(kind_after({{200, code}, {400, R"({"error":"access_denied"})"}}), base::failure::credentials);
    EXPECT_EQ(kind_after({{200, code}, {400, R"({"error":"expired_token"})"}}), base::failure::timed_out);
    EXPECT_EQ(kind_after({{400, R"({"error":"invalid_scope"})"}}), base::failure::refused);
    EXPECT_EQ(
        kind_after(
            {{200,
              R"({"device_code":"D","user_code":"C","verification_uri":"javascript:x","expires_in":9})"}}),
        base::failure::malformed);
}

TEST(oauth2, knows_when_tokens_are_stale)
{
    scripted_provider provider;
    const auto client = provider.client();
    EXPECT_TRUE(client.stale({"a", "", provider.clock.now() + 299s}));
    EXPECT_FALSE(client.stale({"a", "", provider.clock.now() + 300s}));
}

TEST(oauth2, tokens_come_back_from_their_file)
{
    const credentials::oauth2_tokens tokens{"acc", "ref", base::wall_time(1767225600s)};
    const auto text = credentials::format_tokens(tokens);
    EXPECT_EQ(text, R"({"access_token":"acc","refresh_token":"ref","valid_until":1767225600})");
    const auto back = credentials::parse_tokens(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->access_token, "acc");
    EXPECT_EQ(back->refresh_token, "ref");
    EXPECT_EQ(back->valid_until, tokens.valid_until);
    for (std::size_t at = 0; at < text.size(); ++at)
        EXPECT_FALSE(credentials::parse_tokens(text.substr(0, at)));
    EXPECT_FALSE(credentials::parse_tokens(R"({"access_token":"a\u0000b","valid_until":1})"));
    EXPECT_FALSE(credentials::parse_tokens(R"({"access_token":"a"})"));
    EXPECT_TRUE(credentials::parse_tokens(R"({"access_token":"a","valid_until":9223372036854775807})"));
}

TEST(oauth2, only_a_visit_with_code_or_error_counts)
{
    const auto visit = credentials::parse_visit("GET /?code=a%2Fb&state=s+1&scope=x HTTP/1.1");
    ASSERT_TRUE(visit);
    EXPECT_EQ(visit->code, "a/b");
    EXPECT_EQ(visit->state, "s 1");
    for (const char* bad :
         {"POST /?code=a HTTP/1.1", "GET /favicon.ico HTTP/1.1", "GET /?code=a&code=b HTTP/1.1",
          "GET /?code=%2 HTTP/1.1", "GET /?code=%zz HTTP/1.1", "GET /?code HTTP/1.1", "", "GET /?"})
        EXPECT_FALSE(credentials::parse_visit(bad)) << bad;
}

TEST(oauth2, presets_are_https_and_lack_only_the_client)
{
    for (const char* name : {"gmail", "microsoft", "yahoo"}) {
        const auto preset = credentials::oauth2_preset(name);
        ASSERT_TRUE(preset);
        EXPECT_TRUE(preset->token_endpoint.starts_with("https://"));
        EXPECT_TRUE(preset->authorization_endpoint.starts_with("https://"));
        EXPECT_FALSE(preset->scope.empty());
        EXPECT_TRUE(preset->client_id.empty());
    }
    EXPECT_FALSE(credentials::oauth2_preset("nobody"));
}

TEST(oauth2, secrets_go_over_https_only)
{
    const auto got = credentials::oauth2_https("")("http://127.0.0.1:1/token", {{"a", "s3cret"}});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, base::failure::refused);
    EXPECT_FALSE(got.error().operator_text.contains("s3cret"));
}

} // namespace
} // namespace client_tests
