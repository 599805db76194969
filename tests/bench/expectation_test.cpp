// What came against what must come.
#include "base/encoding.hpp"
#include "expectation.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace {

bench::stored_copy hold(const std::vector<std::string>& messages)
{
    bench::holding_builder builder;
    for (const std::string& message : messages) {
        builder.octets(std::string_view(message).substr(0, 3));
        builder.octets(std::string_view(message).substr(3));
        builder.end_message();
    }
    return std::move(builder).build();
}

std::string hexadecimal(const bench::digest& sum)
{
    return base::to_hex({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

class expectation : public testing::Test {
protected:
    bool load(const std::string& text)
    {
        const auto path = folder_.path() + "/expected";
        std::ofstream(path) << text;
        expected_ = {};
        return expected_.load(path);
    }

    support::temporary_directory folder_;
    bench::expectations expected_;
};

TEST_F(expectation, knows_the_sum_that_the_maker_of_the_mail_writes)
{
    // SHA-256 over the sorted SHA-256 of "abc" and of "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".
    const auto held = hold({"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "abc"});
    EXPECT_EQ(held.messages, 2);
    EXPECT_EQ(held.octets, 59);
    EXPECT_EQ(hexadecimal(held.sum), "96e670fdd000777f688398c4bd443542461149d9582bde658fc7fc1ed0fc828c");
}

TEST_F(expectation, takes_messages_in_any_order_and_notices_all_else)
{
    const auto held = hold({"one message", "another one"});
    ASSERT_TRUE(load("ann 2 22 " + hexadecimal(held.sum) + "\n"));
    EXPECT_EQ(expected_.compare("ann", hold({"another one", "one message"})), "");
    EXPECT_EQ(expected_.compare("ann", hold({"another one", "one messagf"})),
              "ann: other octets than expected");
    EXPECT_EQ(expected_.compare("ann", hold({"another one"})), "ann: 1 messages, expected 2");
    EXPECT_EQ(expected_.compare("ann", hold({"another one", "one message."})), "ann: 23 octets, expected 22");
    EXPECT_EQ(expected_.compare("ann", hold({"one message", "one message"})),
              "ann: other octets than expected");
    EXPECT_EQ(expected_.compare("bob", held), "nothing is expected of bob");
}

TEST_F(expectation, refuses_a_file_with_a_line_that_is_none)
{
    const std::string good = "ann 0 0 " + std::string(64, '0') + "\n";
    EXPECT_TRUE(load(good));
    for (const char* const bad : {"ann 0 0 00\n", "ann 0 x 00\n", "ann\n", "\n"})
        EXPECT_FALSE(load(good + bad)) << bad;
    EXPECT_FALSE(load(""));
    EXPECT_FALSE(bench::expectations().load(folder_.path() + "/absent"));
}

} // namespace
