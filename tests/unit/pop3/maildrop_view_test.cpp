// Marks and counts over a frozen listing.
#include "pop3/maildrop_view.hpp"

#include <gtest/gtest.h>

using namespace pop3;

namespace {

opened_maildrop three_messages()
{
    mail::listing::builder listing;
    listing.add("a", 10);
    listing.add("b", std::uint64_t{5} << 32); // 64-bit sums
    listing.add("c", 30);
    opened_maildrop out;
    out.listing = std::make_shared<const mail::listing>(std::move(listing).build());
    return out;
}

std::optional<std::size_t> find(const maildrop_view& view, std::string_view number)
{
    return view.find(*message_number::parse(number));
}

} // namespace

TEST(maildrop_view, numbers_never_move)
{
    maildrop_view view(three_messages(), true);
    EXPECT_EQ(find(view, "3"), 2U);
    EXPECT_FALSE(find(view, "4"));
    EXPECT_FALSE(find(view, "18446744073709551615"));
    view.mark(1);
    EXPECT_FALSE(find(view, "2"));
    EXPECT_EQ(find(view, "3"), 2U);
    EXPECT_EQ(view.count(), 2U);
    EXPECT_EQ(view.octets(), 40U);
    EXPECT_EQ(view.marked(), std::vector<std::size_t>{1});
    view.unmark_all();
    EXPECT_EQ(view.count(), 3U);
    EXPECT_EQ(view.octets(), (std::uint64_t{5} << 32) + 40);
    EXPECT_TRUE(view.marked().empty());
}

TEST(maildrop_view, counts_what_is_sent)
{
    mail::listing::builder listing;
    listing.add("a", 10);
    listing.add("b", std::uint64_t{5} << 32, 7);
    listing.add("c", 30);
    opened_maildrop opened;
    opened.listing = std::make_shared<const mail::listing>(std::move(listing).build());
    maildrop_view view(opened, true);
    EXPECT_EQ(view.octets(1), 7U);
    EXPECT_EQ(view.octets(), 47U);
    view.mark(0);
    EXPECT_EQ(view.octets(), 37U);
    EXPECT_TRUE(view.internationalised(1));
    EXPECT_FALSE(view.internationalised(2));
    view.forget_surrogates();
    EXPECT_EQ(view.octets(1), std::uint64_t{5} << 32);
    EXPECT_EQ(view.octets(), (std::uint64_t{5} << 32) + 30);
    const maildrop_view as_it_came(opened, false);
    EXPECT_EQ(as_it_came.octets(), (std::uint64_t{5} << 32) + 40);
    EXPECT_TRUE(as_it_came.internationalised(1));
}
