// The cache file: whole, or not believed.
#include "store/maildir/snapshot.hpp"

#include <gtest/gtest.h>

using namespace store::maildir;

namespace {

snapshot some_snapshot()
{
    snapshot::builder out;
    out.add({.unique_id = "1.a,S=3,W=4",
             .base = "1.a,S=3,W=4",
             .info = "",
             .folder = folder::fresh,
             .stored_octets = 3,
             .octets = 4});
    out.add({.unique_id = "imported",
             .base = "2.b",
             .info = ":2,S",
             .folder = folder::current,
             .stored_octets = 9,
             .octets = 9,
             .form = mail::form::as_received,

             .header = header_facts{.surrogate_octets = std::uint64_t{1} << 40}});
    out.add({.unique_id = "3.plain",
             .base = "3.plain",
             .info = "",
             .folder = folder::fresh,
             .stored_octets = 2,
             .octets = 2,
             .header = header_facts{}});
    return std::move(out).build(
        {.directories = {.fresh_inode = 5,
                         .current_inode = 6,
                         .fresh_modified = base::wall_time(std::chrono::nanoseconds(123456789)),
                         .current_modified = base::wall_time(std::chrono::nanoseconds(-1))},
         .imported = {.inode = 7, .octets = 8, .modified = {}},
         .settled = true,
         .names_trusted = false});
}

} // namespace

TEST(snapshot_file, comes_back_as_it_was)
{
    const auto before = some_snapshot();
    const auto after = decode_snapshot(encode_snapshot(before));
    ASSERT_TRUE(after);
    ASSERT_EQ(after->size(), 3U);
    EXPECT_EQ(after->listing().unique_id(0), "1.a,S=3,W=4");
    EXPECT_EQ(after->base(0), "1.a,S=3,W=4");
    EXPECT_EQ(after->form(0), mail::form::lf);
    EXPECT_EQ(after->listing().unique_id(1), "imported");
    EXPECT_EQ(after->name(1), "2.b:2,S");
    EXPECT_EQ(after->folder(1), folder::current);
    EXPECT_EQ(after->form(1), mail::form::as_received);
    EXPECT_EQ(after->listing().total_octets(), 15U);
    EXPECT_FALSE(after->header(0));
    EXPECT_EQ(after->header(1).value().surrogate_octets, std::uint64_t{1} << 40);
    EXPECT_FALSE(after->header(2).value().surrogate_octets);
    EXPECT_FALSE(after->headers_known());
    EXPECT_TRUE(after->origin().directories == before.origin().directories);
    EXPECT_TRUE(after->origin().imported == before.origin().imported);
    EXPECT_TRUE(after->origin().settled);
    EXPECT_FALSE(after->origin().names_trusted);
}

TEST(snapshot_file, believes_no_flipped_bit_and_no_cut)
{
    const std::string good = encode_snapshot(some_snapshot());
    for (std::size_t i = 0; i < good.size() * 8; ++i) {
        std::string bad = good;
        bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
        ASSERT_FALSE(decode_snapshot(bad)) << "bit " << i;
    }
    for (std::size_t n = 0; n < good.size(); ++n) ASSERT_FALSE(decode_snapshot(good.substr(0, n)));
    EXPECT_FALSE(decode_snapshot(good + '\0'));
}

TEST(snapshot_file, believes_no_nonsense_under_a_good_checksum)
{
    for (const std::string base : {"a/b", ".hidden", "..", "a:b"}) {
        snapshot::builder out;
        out.add({.unique_id = "id",
                 .base = base,
                 .info = "",
                 .folder = folder::fresh,
                 .stored_octets = 1,
                 .octets = 1});
        EXPECT_FALSE(decode_snapshot(encode_snapshot(std::move(out).build({})))) << base;
    }
    snapshot::builder out;
    out.add({.unique_id = "id\r\n+OK",
             .base = "1.a",
             .info = "",
             .folder = folder::fresh,
             .stored_octets = 1,
             .octets = 1});
    EXPECT_FALSE(decode_snapshot(encode_snapshot(std::move(out).build({}))));
    const auto believed = [](const std::string& info, std::uint64_t stored_octets, std::uint64_t octets) {
        snapshot::builder one;
        one.add({.unique_id = "id",
                 .base = "1.a",
                 .info = info,
                 .folder = folder::fresh,
                 .stored_octets = stored_octets,
                 .octets = octets});
        return decode_snapshot(encode_snapshot(std::move(one).build({}))).has_value();
    };
    EXPECT_TRUE(believed(":2,S", 5, 12));
    EXPECT_FALSE(believed("2,S", 5, 12)) << "another base";
    EXPECT_FALSE(believed(":2,/", 5, 12));
    EXPECT_FALSE(believed(":2,S", 5, 13)) << "more CRs than octets";
}
