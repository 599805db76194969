// Capabilities: what a policy announces, and that no line is too long.
#include "pop3/capability.hpp"
#include "pop3/maildrop_view.hpp"
#include "pop3/status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace pop3;
using testing::HasSubstr;
using testing::Not;

namespace {

std::string before_log_in(const session_policy& policy)
{
    std::string out;
    append_capabilities(out, policy, nullptr);
    return out;
}

} // namespace

TEST(capability, all_thirteen_that_iana_lists_can_be_announced)
{
    session_policy policy;
    policy.implementation = "X-1";
    policy.plaintext_allowed = policy.tls_available = true;
    policy.mechanisms = {{.name = "PLAIN"}};
    policy.login_delay.seconds = std::chrono::seconds(5);
    const std::string all = before_log_in(policy);
    for (const std::string_view line :
         {"TOP\r\n", "USER\r\n", "SASL PLAIN\r\n", "RESP-CODES\r\n", "LOGIN-DELAY 5\r\n", "PIPELINING\r\n",
          "EXPIRE NEVER\r\n", "UIDL\r\n", "IMPLEMENTATION X-1\r\n", "STLS\r\n", "AUTH-RESP-CODE\r\n",
          "UTF8 USER\r\n", "LANG\r\n"})
        EXPECT_THAT(all, HasSubstr(line));
}

TEST(capability, passwords_are_hidden_without_tls)
{
    session_policy policy;
    policy.tls_available = true;
    policy.mechanisms = {
        {.name = "SCRAM-SHA-256", .shows_secret = false}, {.name = "PLAIN"}, {.name = "LOGIN"}};
    policy.tls_mechanisms = {{.name = "SCRAM-SHA-256-PLUS", .shows_secret = false}, {.name = "PLAIN"}};
    EXPECT_THAT(before_log_in(policy), Not(HasSubstr("USER\r\nSASL")));
    EXPECT_THAT(before_log_in(policy), HasSubstr("SASL SCRAM-SHA-256\r\n"));
    policy.tls_active = true;
    EXPECT_THAT(before_log_in(policy), HasSubstr("USER\r\nSASL SCRAM-SHA-256-PLUS PLAIN\r\n"));
    EXPECT_THAT(before_log_in(policy), Not(HasSubstr("STLS")));
}

TEST(capability, no_line_is_longer_than_512_octets)
{
    session_policy policy;
    for (int i = 0; i < 40; ++i)
        policy.mechanisms.push_back(
            {.name = "X-A-LONG-MECHANISM-" + std::to_string(i), .shows_secret = false});
    const std::string all = before_log_in(policy);
    const std::size_t begin = all.find("SASL "), end = all.find("\r\n", begin);
    EXPECT_LE(end + 2 - begin, response_line_octets_max);
    EXPECT_THAT(all, HasSubstr(" X-A-LONG-MECHANISM-0 "));
}

TEST(capability, expire_is_the_users_own_once_it_is_known_who_he_is)
{
    opened_maildrop opened;
    opened.listing = std::make_shared<const mail::listing>();
    opened.expire_days = 0;
    const maildrop_view view(std::move(opened), false);
    session_policy policy;
    policy.expire.days = 30;
    EXPECT_EQ(expire_days(policy, &view), 0U);
    EXPECT_EQ(expire_days(policy, nullptr), 30U);
}
