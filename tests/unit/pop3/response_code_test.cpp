// Every kind of failure and its code.
#include "pop3/status.hpp"

#include <gtest/gtest.h>

using base::failure;

namespace {

std::string_view code(failure kind, bool temporary)
{
    return pop3::response_code({.kind = kind, .temporary = temporary, .peer_text = {}, .operator_text = {}});
}

} // namespace

TEST(response_code, auth_is_for_credentials_and_nothing_else)
{
    for (const failure kind :
         {failure::credentials, failure::unknown_user, failure::disabled, failure::refused}) {
        EXPECT_EQ(code(kind, false), "[AUTH]");
        EXPECT_TRUE(pop3::is_credential_failure(kind));
    }
    for (const failure kind :
         {failure::in_use, failure::login_delay, failure::over_quota, failure::no_space, failure::too_large,
          failure::vanished, failure::exists, failure::malformed, failure::overloaded, failure::timed_out,
          failure::closed, failure::storage, failure::network, failure::internal}) {
        EXPECT_NE(code(kind, true), "[AUTH]") << base::name_of(kind);
        EXPECT_FALSE(pop3::is_credential_failure(kind)) << base::name_of(kind);
    }
}

TEST(response_code, names_the_cause)
{
    EXPECT_EQ(code(failure::in_use, true), "[IN-USE]");
    EXPECT_EQ(code(failure::login_delay, true), "[LOGIN-DELAY]");
    EXPECT_EQ(code(failure::storage, true), "[SYS/TEMP]");
    EXPECT_EQ(code(failure::storage, false), "[SYS/PERM]");
    EXPECT_EQ(code(failure::overloaded, true), "[SYS/TEMP]");
    EXPECT_EQ(code(failure::malformed, false), "");
    EXPECT_EQ(code(failure::vanished, true), "");
}
