// What the factories of errors fill in.
#include "base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

using base::failure;

TEST(error, is_for_good_or_for_a_time_by_the_name_of_its_factory)
{
    const auto lasting = base::permanent_error(failure::malformed, "line 3 is no key");
    EXPECT_EQ(lasting.kind, failure::malformed);
    EXPECT_FALSE(lasting.temporary);
    EXPECT_EQ(lasting.operator_text, "line 3 is no key");
    EXPECT_EQ(lasting.peer_text, "") << "what an operator reads is not for a peer";
    const auto passing = base::temporary_error(failure::login_delay, "logged in 3 s ago", "7");
    EXPECT_TRUE(passing.temporary);
    EXPECT_EQ(passing.operator_text, "logged in 3 s ago");
    EXPECT_EQ(passing.peer_text, "7");
}

TEST(error, of_a_number_says_what_was_tried)
{
    const auto gone = base::error_from_errno(ENOENT, "open 'x'");
    EXPECT_EQ(gone.kind, failure::vanished);
    EXPECT_TRUE(gone.temporary);
    EXPECT_EQ(gone.operator_text, "open 'x': No such file or directory");
    EXPECT_FALSE(base::error_from_errno(EEXIST, "make 'x'").temporary);
}
