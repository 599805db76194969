// The snapshot: exact, 64 bits wide, compact.
#include "mail/listing.hpp"

#include <gtest/gtest.h>

TEST(listing, keeps_order_ids_and_a_64_bit_total)
{
    mail::listing::builder builder;
    builder.add("first", 5'000'000'000);
    builder.add("second", 7);
    const mail::listing listing = std::move(builder).build();
    ASSERT_EQ(listing.size(), 2U);
    EXPECT_EQ(listing.unique_id(0), "first");
    EXPECT_EQ(listing.unique_id(1), "second");
    EXPECT_EQ(listing.total_octets(), 5'000'000'007U);
}
