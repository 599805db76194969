// When a kept snapshot holds, and what is in it.
#include "fixture.hpp"
#include "mail/surrogate.hpp"
#include "store/maildir/snapshot.hpp"
#include "store/maildir/snapshots.hpp"
#include "support/octet_by_octet.hpp"

#include <algorithm>
#include <cerrno>

namespace {

class maildir_snapshots : public maildir_test {
protected:
    std::uint64_t hits() const { return store_->snapshot_counts().hits; }
    /// How many operations a log-in takes.
    std::size_t operations_to_open()
    {
        disk_.heal(); // counts anew
        open();
        return disk_.operations();
    }
};

using strings = std::vector<std::string>;

constexpr store::maildrop_policy with_surrogates{.list_surrogates = true};
// A message as another program keeps it, and what a client without UTF8 gets of it.
const std::string greeting_file = "Subject: gr\u00fc\u00dfe\nX: plain\n\nbody\n";
const std::string greeting_surrogate =
    mail::surrogate("Subject: gr\u00fc\u00dfe\r\nX: plain\r\n\r\n") + "body\r\n";

} // namespace

TEST_F(maildir_snapshots, hold_while_nothing_changes)
{
    deliver("a\r\n");
    settle();
    unique_ids();
    EXPECT_EQ(hits(), 0U);
    unique_ids();
    EXPECT_EQ(hits(), 1U);
    deliver("b\r\n");
    settle();
    EXPECT_EQ(unique_ids().size(), 2U);
    EXPECT_EQ(hits(), 1U);
}

TEST_F(maildir_snapshots, of_a_fresh_time_stamp_are_not_trusted)
{
    deliver("a\r\n");
    EXPECT_EQ(unique_ids().size(), 1U);
    plant("new/2.other", "b\n"); // in the same tick of the clock: the time stamp is the same
    EXPECT_EQ(unique_ids().size(), 2U);
    EXPECT_EQ(hits(), 0U);
}

TEST_F(maildir_snapshots, make_a_log_in_cost_the_same_whatever_the_number)
{
    settle();
    open();
    const auto with_none = operations_to_open();
    for (int i = 0; i < 2000; ++i)
        plant("cur/" + std::to_string(1'700'000'000 + i) + ".x,S=2,W=3:2,S", "a\n");
    settle();
    open();
    EXPECT_EQ(operations_to_open(), with_none);
    restart();
    open(); // from the cache file
    EXPECT_EQ(hits(), 1U);
    EXPECT_EQ(operations_to_open(), with_none);
    EXPECT_LT(with_none, 20U);
}

TEST_F(maildir_snapshots, count_a_foreign_message_once)
{
    plant("cur/1.foreign:2,S", "a\nb\r\n");
    plant("new/2.whole", "a\r\n");
    settle();
    auto session = open();
    EXPECT_EQ(session->listing()->octets(0), 6U);
    EXPECT_EQ(session->listing()->octets(1), 3U);
    EXPECT_EQ(canonical(*session->open(0).value()), "a\r\nb\r\n");
    EXPECT_EQ(session->open(1).value()->form(), mail::form::as_received);
    session.reset();
    plant("new/3.more", "c\n");
    settle();
    for (int round = 0; round < 2; ++round) {
        disk_.heal();
        disk_.before_each([](std::size_t, const std::string& text) {
            EXPECT_EQ(text.find("open /mail/ann/cur/1.foreign"), std::string::npos) << text;
        });
        EXPECT_EQ(open()->listing()->total_octets(), 6U + 3U + 3U);
        disk_.before_each({});
        restart(); // the second time out of the cache file
        plant("new/4.again", "d\n");
        disk_.erase("/mail/ann/new/4.again");
        settle();
    }
}

TEST_F(maildir_snapshots, read_each_header_section_once)
{
    plant("cur/1.foreign:2,S", greeting_file);
    plant("new/2.sized,S=8,W=9", "Y: z\n\na\n"); // its name lies
    plant("new/3.sized,S=" + std::to_string(greeting_file.size()) +
              ",W=" + std::to_string(greeting_file.size() + 4),
          greeting_file);
    settle();
    const auto expect_listing = [](const mail::listing& listing) {
        ASSERT_EQ(listing.size(), 3U);
        EXPECT_EQ(listing.surrogate_octets(0), greeting_surrogate.size());
        EXPECT_FALSE(listing.surrogate_octets(1));
        EXPECT_EQ(listing.surrogate_octets(2), greeting_surrogate.size());
        EXPECT_EQ(listing.octets(0), greeting_file.size() + 4);
        EXPECT_EQ(listing.total_octets_with_surrogates(), listing.octets(1) + 2 * greeting_surrogate.size());
    };
    EXPECT_FALSE(open()->listing()->surrogate_octets(0)) << "nobody asked";
    expect_listing(*open(with_surrogates)->listing());
    disk_.heal();
    disk_.before_each([](std::size_t, const std::string& text) {
        EXPECT_EQ(text.find("open /mail/ann/new/"), std::string::npos) << text;
        EXPECT_EQ(text.find("open /mail/ann/cur/"), std::string::npos) << text;
    });
    expect_listing(*open(with_surrogates)->listing());
    disk_.erase("/mail/ann/cur/1.foreign:2,S");
    disk_.plant_file("/mail/ann/cur/1.foreign:2,RS",
                     greeting_file); // renamed by another program
    settle();
    expect_listing(*open(with_surrogates)->listing());
    disk_.before_each({});
}

TEST_F(maildir_snapshots, know_header_sections_after_a_restart_and_without_the_cache_file)
{
    plant("cur/1.foreign:2,S", greeting_file);
    settle();
    open(with_surrogates);
    restart();
    open(with_surrogates);
    EXPECT_EQ(hits(), 1U);
    EXPECT_EQ(open(with_surrogates)->listing()->surrogate_octets(0), greeting_surrogate.size());
    disk_.erase("/mail/ann/.restante-snapshot");
    restart();
    EXPECT_EQ(open(with_surrogates)->listing()->surrogate_octets(0), greeting_surrogate.size());
}

TEST_F(maildir_snapshots, make_a_log_in_with_surrogates_cost_the_same_whatever_the_number)
{
    settle();
    const auto cost = [&] {
        open(with_surrogates);
        disk_.heal(); // counts anew
        open(with_surrogates);
        return disk_.operations();
    };
    const auto with_none = cost();
    for (int i = 0; i < 500; ++i) plant("cur/" + std::to_string(1'700'000'000 + i) + ".x,S=2,W=3:2,S", "a\n");
    settle();
    EXPECT_EQ(cost(), with_none);
    restart();
    EXPECT_EQ(cost(), with_none);
    EXPECT_EQ(hits(), 2U) << "after a restart out of the cache file";
    plant("new/1800000000.y,S=2,W=3", "b\n");
    settle();
    EXPECT_EQ(cost(), with_none);
}

TEST_F(maildir_snapshots, let_no_unreadable_header_section_hinder_a_log_in)
{
    plant("new/1.x,S=" + std::to_string(greeting_file.size()) +
              ",W=" + std::to_string(greeting_file.size() + 4),
          greeting_file);
    settle();
    std::size_t operation = 0;
    restart();
    disk_.heal(); // counts anew
    disk_.before_each([&](std::size_t number, const std::string& text) {
        if (text.contains("open /mail/ann/new/1.x")) operation = number;
    });
    open(with_surrogates);
    disk_.before_each({});
    ASSERT_NE(operation, 0U);
    restart();
    disk_.heal();
    disk_.fail(operation, EIO, support::simulated_disk::repeat::from_then_on);
    EXPECT_EQ(open(with_surrogates)->listing()->size(), 1U);
    disk_.heal();
    EXPECT_EQ(open(with_surrogates)->listing()->surrogate_octets(0), greeting_surrogate.size())
        << "tried again";
}

TEST_F(maildir_snapshots, count_many_foreign_messages_at_once_as_they_count_one)
{
    constexpr std::size_t messages = 3000; // enough for several threads
    std::vector<std::uint64_t> expected;
    for (std::size_t i = 0; i < messages; ++i) {
        std::string contents;
        for (std::size_t line = 0; line < i % 9; ++line) contents += i % 2 == 0 ? "a line\n" : "a line\r\n";
        if (i % 5 == 0) contents += "no end";
        plant("cur/" + std::to_string(100'000 + i) + ".foreign:2,S", contents);
        const std::string wire = support::crlf_octet_by_octet(contents);
        expected.push_back(wire.size() + (wire.empty() || wire.ends_with('\n') ? 0 : 2));
    }
    disk_.plant(disk::kind::symbolic_link, "/mail/ann/cur/200000.link");
    disk_.plant(disk::kind::symbolic_link, "/mail/ann/cur/200001.link");
    settle();
    const auto session = open();
    ASSERT_EQ(session->listing()->size(), messages);
    for (std::size_t i = 0; i < messages; ++i) ASSERT_EQ(session->listing()->octets(i), expected[i]) << i;
    EXPECT_EQ(log_.count("message-skipped"), 2U);
    EXPECT_EQ(session->open(2999).value()->octets(), expected[2999]);
}

TEST_F(maildir_snapshots, leave_none_of_many_out_for_trouble_with_the_disk)
{
    for (std::size_t i = 0; i < 3000; ++i)
        plant("cur/" + std::to_string(100'000 + i) + ".foreign:2,S", "a\n");
    settle();
    disk_.fail(2000, EIO, support::simulated_disk::repeat::from_then_on);
    const auto refused = store_->open_maildrop({"ann"}, {});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().temporary);
    disk_.heal();
    disk_.fail(2000, EIO); // this one succeeds when it is asked again
    EXPECT_EQ(open()->listing()->total_octets(), 3000U * 3);
}

TEST_F(maildir_snapshots, do_without_a_damaged_cache_file)
{
    plant("cur/1.foreign:2,S", "a\nb\r\n");
    settle();
    open();
    const std::string path = "/mail/ann/.restante-snapshot";
    std::string contents = disk_.contents(path).value();
    contents[contents.size() / 2] = static_cast<char>(contents[contents.size() / 2] ^ 1);
    plant(".restante-snapshot", contents);
    restart();
    EXPECT_EQ(unique_ids(), strings{"1.foreign"});
    EXPECT_EQ(hits(), 0U);
    EXPECT_TRUE(store::maildir::decode_snapshot(disk_.contents(path).value())) << "made anew";
}

TEST_F(maildir_snapshots, list_what_is_sent_whatever_foreign_names_say)
{
    struct foreign {
        std::string name, stored, wire;
    };
    const std::vector<foreign> all{
        {"new/1.M1P1.dovecot,S=3,W=4", "a\nb", "a\r\nb\r\n"},
        {"new/2.M1P1.dovecot,S=4,W=6", "a\nb\n", "a\r\nb\r\n"},
        {"cur/3.courier,S=3:2,S", "a\nb", "a\r\nb\r\n"},
        {"cur/4.qmail:2,", "a\nb", "a\r\nb\r\n"},
        {"new/5.crlf,S=4,W=4", "a\r\nb", "a\r\nb\r\n"},
        {"new/6.wrong-size,S=9,W=12", "a\nb\n", "a\r\nb\r\n"},
        {"new/7.wrong-count,S=4,W=7", "a\nb\n", "a\r\nb\r\n"},
        {"new/8.not-as-received,S=4,W=4", "a\nb\n", "a\r\nb\r\n"},
        {"new/9.bare-cr,S=2,W=2", "a\r", "a\r\r\n"},
        {"new/10.empty,S=0,W=0", "", ""},
        // Of this program before it wrote the end of the last line: the sizes are right but for that end.
        {"new/11.M000001P1RAbCdEfGhIjK.host,S=3,W=4", "a\nb", "a\r\nb\r\n"},
        {"new/12.M000001P1RAbCdEfGhIjK.host,S=4,W=6", "a\nb\n", "a\r\nb\r\n"},
        {"new/13.M000001P1RAbCdEfGhIjK.host,S=3,W=3", "a\nb", "a\nb\r\n"},
        {"new/14.M000001P1RAbCdEfGhIjK.host,S=2,W=2", "a\n", "a\n\r\n"},
        {"new/15.M000001P1RAbCdEfGhIjK.host,S=5,W=5", "a\nb\r\n", "a\nb\r\n"},
        {"new/16.M000001P1RAbCdEfGhIjK.host,S=1,W=1", "\n", "\n\r\n"},
    };
    for (const auto& one : all) plant(one.name, one.stored);
    settle();
    for (int round = 0; round < 2; ++round) {
        auto session = open();
        ASSERT_EQ(session->listing()->size(), all.size());
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(session->listing()->octets(i), all[i].wire.size()) << all[i].name;
            const auto message = session->open(i).value();
            EXPECT_EQ(message->octets(), all[i].wire.size()) << all[i].name;
            EXPECT_EQ(wire(*message), all[i].wire) << all[i].name;
            total += all[i].wire.size();
        }
        EXPECT_EQ(session->listing()->total_octets(), total);
        EXPECT_EQ(store_->measure({"ann"})->octets, total);
        session.reset(); // no session outlives its store
        restart();       // the second time out of the cache file
    }
    EXPECT_EQ(hits(), 0U);
    EXPECT_EQ(log_.count("message-octets-differ"), 0U);
}

TEST_F(maildir_snapshots, do_not_believe_the_cache_file_of_an_earlier_version)
{
    plant("new/1.M000001P1RAbCdEfGhIjK.host,S=3,W=4", "a\nb");
    settle();
    open();
    auto contents = disk_.contents("/mail/ann/.restante-snapshot").value();
    ASSERT_TRUE(contents.starts_with("RSTSNAP3"));
    contents[7] = '1';
    plant(".restante-snapshot", contents);
    restart();
    EXPECT_EQ(open()->listing()->octets(0), 6U);
}

TEST_F(maildir_snapshots, read_no_file_whose_name_this_program_made)
{
    deliver("a\r\nb");
    settle();
    disk_.before_each([](std::size_t, const std::string& text) {
        EXPECT_EQ(text.find("open /mail/ann/new/"), std::string::npos) << text;
    });
    EXPECT_EQ(open()->listing()->octets(0), 6U);
    disk_.before_each({});
}

TEST_F(maildir_snapshots, correct_a_name_that_lies)
{
    const std::string name = ".M000001P1EAbCdEfGhIjK.host";
    plant("new/1" + name + ",S=99,W=100", "a\nb\n");
    plant("new/2" + name + ",S=4,W=6", "a\nb\n");
    settle();
    {
        const auto session = open();
        const auto message = session->open(0).value();
        EXPECT_EQ(message->octets(), 6U);
        EXPECT_EQ(message->stored_octets(), 4U);
        EXPECT_EQ(canonical(*message), "a\r\nb\r\n");
        EXPECT_EQ(log_.count("message-octets-differ"), 1U);
    }
    EXPECT_EQ(open()->listing()->total_octets(), 12U);
    EXPECT_EQ(open()->open(0).value()->octets(), 6U);
    EXPECT_EQ(log_.count("message-octets-differ"), 1U);
}

TEST_F(maildir_snapshots, believe_no_impossible_sizes)
{
    plant("new/1.a,S=4,W=3", "a\nb\n");
    plant("new/2.b,S=4,W=9", "a\nb\n");
    plant("new/3.c,S=18446744073709551615,W=18446744073709551615", "a\nb\n");
    EXPECT_EQ(open()->listing()->total_octets(), 18U);
}

TEST_F(maildir_snapshots, keep_long_and_odd_names_apart_by_hash)
{
    plant("new/1." + std::string(100, 'x'), "a\n");
    plant("new/2.with space", "b\n");
    plant("new/no time", "c\n");
    const auto ids = unique_ids();
    ASSERT_EQ(ids.size(), 3U);
    for (const auto& id : ids) EXPECT_EQ(id.size(), 43U);
    EXPECT_EQ(unique_ids(), ids);
}

TEST_F(maildir_snapshots, let_one_name_in_both_folders_be_one_message)
{
    plant("new/1.a", "a\n");
    plant("cur/1.a:2,S", "a\n");
    EXPECT_EQ(unique_ids(), strings{"1.a"});
}

TEST_F(maildir_snapshots, of_a_hundred_thousand_messages_take_16_octets_each_and_their_ids)
{
    constexpr std::uint64_t messages = 100'000;
    std::vector<std::string> bases;
    std::size_t base_octets = 0;
    for (std::uint64_t i = 0; i < messages; ++i) {
        bases.push_back("1732460000.M" + std::to_string(100'000 + i) + "P12345RAbCdEfGhIjK.host,S=" +
                        std::to_string(i) + ",W=" + std::to_string(i + i / 40));
        base_octets += bases.back().size();
    }
    store::maildir::snapshot::builder out;
    out.reserve(messages, base_octets);
    for (std::uint64_t i = 0; i < messages; ++i)
        out.add({.unique_id = bases[i],
                 .base = bases[i],
                 .info = ":2,S",
                 .folder = store::maildir::folder::current,
                 .stored_octets = i,
                 .octets = i + i / 40});
    const auto made = std::move(out).build({});
    // A unique-id has at most 70 octets: under 100 MB for a million.
    EXPECT_LT(made.memory_octets(), base_octets + 16 * messages + messages / 8 + 1000);
    const auto read = store::maildir::decode_snapshot(store::maildir::encode_snapshot(made));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->listing().total_octets(), made.listing().total_octets());
    EXPECT_EQ(read->name(messages - 1), made.name(messages - 1));
}

TEST_F(maildir_snapshots, keep_what_is_unusual)
{
    struct unusual {
        std::string id, base, info;
        store::maildir::folder folder;
        std::uint64_t stored_octets, octets;
    };
    std::vector<unusual> given;
    for (std::size_t i = 0; i < 12'000; ++i) {
        const std::string number = std::to_string(i);
        given.push_back(
            {.id = i % 3 == 0 ? "imported-" + number : number + ".x",
             .base = number + ".x",
             .info = i % 5 == 0 ? "" : ":2," + (i % 2 == 0 ? "S" : number), // more than are remembered
             .folder = i % 7 == 0 ? store::maildir::folder::fresh : store::maildir::folder::current,
             .stored_octets = i % 11 == 0 ? 10'000'000'000 + i : i,
             .octets = i % 11 == 0 ? 15'000'000'000 + i : i + i % 2});
    }
    store::maildir::snapshot::builder out;
    for (const unusual& one : given)
        out.add({.unique_id = one.id,
                 .base = one.base,
                 .info = one.info,
                 .folder = one.folder,
                 .stored_octets = one.stored_octets,
                 .octets = one.octets});
    const auto made = std::move(out).build({});
    const auto read = store::maildir::decode_snapshot(store::maildir::encode_snapshot(made));
    ASSERT_TRUE(read);
    for (const auto* const each : {&made, &*read}) {
        ASSERT_EQ(each->size(), given.size());
        for (std::size_t i = 0; i < given.size(); ++i) {
            ASSERT_EQ(each->listing().unique_id(i), given[i].id);
            ASSERT_EQ(each->base(i), given[i].base);
            ASSERT_EQ(each->info(i), given[i].info);
            ASSERT_EQ(each->folder(i), given[i].folder);
            ASSERT_EQ(each->stored_octets(i), given[i].stored_octets);
            ASSERT_EQ(each->listing().octets(i), given[i].octets);
        }
    }
}

TEST(snapshot_cache, forgets_the_longest_unused)
{
    const auto make = [] { return std::make_shared<const store::maildir::snapshot>(); };
    const auto one = make()->memory_octets();
    store::maildir::snapshot_cache cache(3 * one + 300);
    for (const std::string path : {"a", "b", "c"}) cache.put(path, make());
    const bool had_a = cache.find("a") != nullptr;
    cache.put("d", make());
    cache.put("e", make());
    EXPECT_TRUE(had_a);
    EXPECT_TRUE(cache.find("e"));
    EXPECT_FALSE(cache.find("b"));
    cache.forget("e");
    EXPECT_FALSE(cache.find("e"));
    store::maildir::snapshot_cache none(1);
    none.put("a", make());
    EXPECT_FALSE(none.find("a"));
}
