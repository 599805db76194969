// The success cache: never the wrong user, never an old verdict, never too big.
#include "auth/success_cache.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

constexpr auth::credentials right{"ann", "PLAIN", "pop3", "pw"};
const base::steady_time filled_at{1h};

auth::account account_of(std::string name)
{
    auth::account account;
    account.name = std::move(name);
    return account;
}

TEST(success_cache, finds_what_was_right_for_its_time)
{
    auth::success_cache cache("key", 60s, 10);
    EXPECT_FALSE(cache.find(right, 1, filled_at));
    cache.insert(right, account_of("ann"), 1, filled_at);
    EXPECT_EQ(cache.find(right, 1, filled_at + 59s).value().name, "ann");
    EXPECT_FALSE(cache.find(right, 1, filled_at + 60s));
}

TEST(success_cache, takes_any_other_question_for_another)
{
    auth::success_cache cache("key", 60s, 10);
    cache.insert(right, account_of("ann"), 1, filled_at);
    for (const auth::credentials& other : {auth::credentials{"bob", "PLAIN", "pop3", "pw"},
                                           {"ann", "LOGIN", "pop3", "pw"},
                                           {"ann", "PLAIN", "imap", "pw"},
                                           {"ann", "PLAIN", "pop3", "pW"},
                                           {"annP", "LAIN", "pop3", "pw"},
                                           {"ann", "PLAIN", "pop3p", "w"}})
        EXPECT_FALSE(cache.find(other, 1, filled_at));
}

TEST(success_cache, is_void_when_the_users_change)
{
    auth::success_cache cache("key", 60s, 10);
    cache.insert(right, account_of("ann"), 1, filled_at);
    EXPECT_FALSE(cache.find(right, 2, filled_at));
    cache.insert(right, account_of("ann"), 1, filled_at); // a verdict on the users of before
    EXPECT_FALSE(cache.find(right, 2, filled_at));
    cache.insert(right, account_of("ann"), 2, filled_at);
    EXPECT_TRUE(cache.find(right, 2, filled_at));
}

TEST(success_cache, forgets_the_oldest_when_full)
{
    auth::success_cache cache("key", 60s, 2);
    for (const char* const user : {"ann", "bob", "bob", "cid"})
        cache.insert({user, "PLAIN", "pop3", "pw"}, account_of(user), 1, filled_at);
    EXPECT_FALSE(cache.find(right, 1, filled_at));
    EXPECT_TRUE(cache.find({"bob", "PLAIN", "pop3", "pw"}, 1, filled_at));
    EXPECT_TRUE(cache.find({"cid", "PLAIN", "pop3", "pw"}, 1, filled_at));
}

TEST(success_cache, can_be_turned_off)
{
    auth::success_cache cache("key", 0s, 10);
    cache.insert(right, account_of("ann"), 1, filled_at);
    EXPECT_FALSE(cache.find(right, 1, filled_at));
}

} // namespace
