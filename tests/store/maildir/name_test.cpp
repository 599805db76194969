// Names in, names out.
#include "mail/unique_id.hpp"
#include "store/maildir/name.hpp"
#include "store/maildir/place.hpp"
#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace store::maildir;

TEST(maildir_name, takes_names_apart)
{
    const auto name = parse_name("1732460000.M123456P77R0.host,S=15,W=18:2,FS");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->base, "1732460000.M123456P77R0.host,S=15,W=18");
    EXPECT_EQ(name->info, ":2,FS");
    EXPECT_EQ(name->arrival_microseconds, 1732460000'123456U);
    EXPECT_EQ(name->stored_octets, 15U);
    EXPECT_EQ(name->canonical_octets, 18U);
}

TEST(maildir_name, believes_nothing_that_is_not_there)
{
    for (const std::string_view none : {"", ".nfs0001", ".", ":2,S"}) EXPECT_FALSE(parse_name(none)) << none;
    const auto plain = parse_name("letter");
    EXPECT_FALSE(plain->arrival_microseconds);
    EXPECT_FALSE(plain->stored_octets);
    EXPECT_FALSE(parse_name("99999999999999999999999.x")->arrival_microseconds) << "over 64 bits";
    EXPECT_FALSE(parse_name("18446744073709551615.x")->arrival_microseconds) << "no time";
    EXPECT_FALSE(parse_name("1.x,S=")->stored_octets);
    EXPECT_FALSE(parse_name("1.x,S=-5")->stored_octets);
    EXPECT_FALSE(parse_name("1.x,S=5x")->stored_octets);
    EXPECT_FALSE(parse_name("1.x:2,S=5")->stored_octets) << "flags are no sizes";
    EXPECT_EQ(parse_name("5.1234567_1.host")->arrival_microseconds, 5'000000U);
    EXPECT_EQ(parse_name("5.M7777777P1.host")->arrival_microseconds, 5'000000U)
        << "seven digits are no microseconds";
}

TEST(maildir_name, gives_every_base_a_unique_id)
{
    EXPECT_EQ(unique_id_of("1.a.host"), "1.a.host");
    EXPECT_EQ(unique_id_of(std::string(70, 'x')), std::string(70, 'x'));
    const std::string long_name(71, 'x');
    EXPECT_EQ(unique_id_of(long_name), hashed_unique_id(long_name));
    EXPECT_EQ(unique_id_of("with space").size(), 43U);
    EXPECT_NE(unique_id_of("with space"), unique_id_of("with  space"));
    EXPECT_TRUE(mail::unique_id::parse(unique_id_of("\x80\xFF")));
}

TEST(name_maker, makes_names_that_are_their_own_unique_ids_and_in_order)
{
    support::manual_clock clock;
    support::seeded_random random;
    name_maker names(clock, random, "mail.very-long-host-name.example.org");
    std::set<std::string> seen;
    std::uint64_t last = 0;
    for (const std::uint64_t octets : {0ULL, 9ULL, 50'000'000ULL, 9'999'999'999ULL}) {
        for (int i = 0; i < 100; ++i) { // the clock stands still
            const std::string name = names.delivered(octets, octets + 9);
            EXPECT_LE(name.size(), mail::unique_id_octets_max) << name;
            EXPECT_EQ(unique_id_of(name), name);
            EXPECT_TRUE(seen.insert(name).second);
            const auto parsed = parse_name(name);
            EXPECT_EQ(parsed->stored_octets, octets);
            EXPECT_EQ(parsed->canonical_octets, octets + 9);
            EXPECT_GT(parsed->arrival_microseconds.value(), last);
            last = parsed->arrival_microseconds.value();
        }
    }
    clock.set(clock.now() - std::chrono::seconds(5));
    EXPECT_GT(parse_name(names.delivered(1, 1))->arrival_microseconds.value(), last) << "set back a little";
    clock.set(clock.now() - std::chrono::hours(24));
    EXPECT_LT(parse_name(names.delivered(1, 1))->arrival_microseconds.value(), last) << "set back for good";
}

TEST(maildir_name, tells_whose_sizes_can_be_believed)
{
    support::manual_clock clock;
    support::seeded_random random;
    name_maker names(clock, random, "host");
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(size_claim_of(names.delivered(5, 6)), size_claim::wire);
        EXPECT_EQ(size_claim_of(names.kept(5, 6)), size_claim::content);
        EXPECT_EQ(size_claim_of(names.kept(5, 6, clock.now())), size_claim::content);
    }
    for (const std::string_view foreign :
         {"", "1", "1.", "1.M", "1.M1", "1.M1P", "1.M1P2", "1.M1P2E", "1.M1P2.host,S=5,W=6",
          "1.M1P2QAbCdEfGhIjK.host,S=5,W=6", "1.M1P2EAbCdEfGhIj.host,S=5,W=6",
          "1.M1P2EAbCdEfGhIjKl.host,S=5,W=6", "1.M1P2EAbCdEfGhI=K.host,S=5,W=6", "1.M1P2EAbCdEfGhIjK",
          "1.P2M1EAbCdEfGhIjK.host", "x.M1P2EAbCdEfGhIjK.host",
          "1.M1P2V0000000000000803I00000000002E_0.host,S=5,W=6"})
        EXPECT_EQ(size_claim_of(foreign), size_claim::none) << foreign;
}

TEST(name_maker, makes_visible_names_when_the_clock_was_never_set)
{
    support::manual_clock clock{base::wall_time{}};
    support::seeded_random random;
    const std::string name = name_maker(clock, random, "host").delivered(1, 1);
    EXPECT_TRUE(name.starts_with("0.M000001P")) << name;
    EXPECT_TRUE(parse_name(name));
}

TEST(name_maker, lets_no_host_name_break_a_file_name)
{
    support::manual_clock clock;
    support::seeded_random random;
    name_maker names(clock, random, "a/b:c,S=1");
    EXPECT_NE(names.delivered(2, 3).find(".a-b-c-S-1,S=2,W=3"), std::string::npos);
    EXPECT_NE(name_maker(clock, random, "").temporary().find(".localhost"), std::string::npos);
}

TEST(maildrop_place, refuses_names_that_lead_elsewhere)
{
    for (const std::string name : {"", "@", "a@", "@b", "..", ".", "../x", "a/b", "a@../b", "..@b", "a@..",
                                   ".a", "a@.b", "a\nb", "a\x7F", "/", "a@b/c"})
        EXPECT_EQ(components_of({name}).error().kind, base::failure::malformed) << name;
    EXPECT_EQ(components_of({std::string("a\0b", 3)}).error().kind, base::failure::malformed);
    EXPECT_EQ(components_of({std::string(256, 'a')}).error().kind, base::failure::malformed);
    EXPECT_EQ(*path_of({"ann@example.org"}), "example.org/ann");
    EXPECT_EQ(*path_of({"a@b@example.org"}), "example.org/a@b");
    EXPECT_EQ(*path_of({"ann"}), "ann");
}
