// EXTERNAL: the certificate's identity, as itself.
#include "sasl/server_mechanisms.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_view_literals;

TEST(external, acts_as_the_certificate_says)
{
    sasl::external exchange("ann@example.org");
    EXPECT_EQ(std::get<sasl::challenge>(exchange.begin(std::nullopt)).octets, "");
    EXPECT_EQ(std::get<sasl::verify_external>(exchange.respond("")).authorization, "");
    EXPECT_EQ(std::get<sasl::authenticated>(exchange.verified(true)).user, "ann@example.org");
}

TEST(external, never_falls_back_to_the_name_that_was_asked_for)
{
    for (const bool driver_allows : {true, false}) {
        sasl::external exchange("ann@example.org");
        EXPECT_EQ(std::get<sasl::verify_external>(exchange.begin("bob@example.org")).authorization,
                  "bob@example.org");
        EXPECT_EQ(std::get<sasl::rejected>(exchange.verified(driver_allows)).user, "ann@example.org");
    }
}

TEST(external, refuses_what_is_no_name)
{
    for (const std::string_view name : {"a\0b"sv, "\xFF"sv}) {
        sasl::external exchange("ann@example.org");
        EXPECT_TRUE(std::get<sasl::rejected>(exchange.begin(name)).malformed);
    }
}

} // namespace
