// Other programs at work in the same Maildir, some of them hostile.
#include "base/random.hpp"
#include "disk/posix.hpp"
#include "fixture.hpp"
#include "support/temporary_directory.hpp"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace {

using strings = std::vector<std::string>;

class maildir_editors : public maildir_test {
protected:
    void move(const std::string& from, const std::string& to)
    {
        const auto contents = disk_.contents("/mail/ann/" + from).value();
        disk_.erase("/mail/ann/" + from);
        plant(to, contents);
    }
};

/// A Maildir on the real disk, with `messages` messages in cur/.
struct real_maildir {
    explicit real_maildir(int messages)
    {
        store::maildir_store::initialise_root(files, root).value();
        for (const char* name : {"new", "cur", "tmp"}) std::filesystem::create_directories(drop + "/" + name);
        for (int i = 0; i < messages; ++i)
            std::ofstream(drop + "/cur/" + std::to_string(1'000'000'000 + i) +
                          ".M000001P1EAbCdEfGhIjK.host,S=2,W=3:2,")
                << "a\n";
    }

    support::temporary_directory folder;
    const std::string root = folder.path() + "/mail";
    const std::string drop = root + "/ann";
    disk::posix_file_system files;
    base::system_clock clock;
    base::system_random random;
    support::memory_log log;
    store::maildir_store store{files, root, clock, random, log, "host"};
};

} // namespace

TEST_F(maildir_editors, what_is_no_message_is_skipped_and_told_once)
{
    plant("new/1.good", "a\n");
    disk_.plant(disk::kind::symbolic_link, "/mail/ann/new/2.link");
    disk_.plant(disk::kind::other, "/mail/ann/cur/3.fifo:2,S");
    disk_.plant_directory("/mail/ann/cur/4.directory");
    plant("cur/5.foreign:2,S", "secret\n");
    disk_.set_owner("/mail/ann/cur/5.foreign:2,S", 4711);
    plant("new/.nfs0001", "x\n");
    for (int round = 0; round < 3; ++round) EXPECT_EQ(unique_ids(), strings{"1.good"});
    for (const auto* name : {"2.link", "3.fifo", "4.directory", "5.foreign"})
        EXPECT_EQ(log_.count(name), 1U) << name;
}

TEST_F(maildir_editors, a_packed_message_is_kept_from_clients_and_told)
{
    plant("new/1.good", "BZ is no magic\n");
    plant("cur/2.gzip,S=1000,W=1020:2,S", std::string("\x1F\x8B\x08\0\0", 5));
    plant("cur/3.crypt", "CRYPTED\x03\x07\x01\x02");
    plant("cur/4.short", "\x1F");
    for (int round = 0; round < 2; ++round) EXPECT_EQ(unique_ids(), (strings{"1.good", "4.short"}));
    EXPECT_EQ(log_.count("compressed (gzip"), 1U);
    EXPECT_EQ(log_.count("encrypted by Dovecot"), 1U);
}

TEST_F(maildir_editors, of_two_files_of_one_base_name_the_other_is_told)
{
    plant("new/1.twice", "new\n");
    plant("cur/1.twice:2,S", "current\n");
    settle();
    for (int round = 0; round < 2; ++round) EXPECT_EQ(unique_ids(), strings{"1.twice"});
    EXPECT_EQ(log_.count("another file has the same base name"), 1U);
    EXPECT_EQ(log_.count("file=1.twice reason"), 1U);
}

TEST_F(maildir_editors, a_name_with_sizes_opens_no_door)
{
    const std::string name = ".M000001P1EAbCdEfGhIjK.host,S=2,W=3"; // as this program makes them
    disk_.plant(disk::kind::symbolic_link, "/mail/ann/new/1" + name);
    plant("new/2" + name, "a\n");
    disk_.set_owner("/mail/ann/new/2" + name, 4711);
    plant("new/3" + name, "a\n");
    {
        const auto session = open();
        for (const std::size_t i : {0UZ, 1UZ})
            EXPECT_EQ(session->open(i).error().kind, base::failure::storage);
        EXPECT_TRUE(session->open(2));
    }
    EXPECT_EQ(unique_ids(), strings{"3" + name}) << "from then on they are not listed";
}

TEST_F(maildir_editors, a_renamed_message_is_found_and_an_expunged_one_told)
{
    for (const auto* name : {"new/1.a", "new/2.b", "cur/3.c:2,", "cur/4.d:2,"}) plant(name, name);
    const auto session = open();
    move("new/1.a", "cur/1.a:2,S");
    move("cur/3.c:2,", "cur/3.c:2,FRS");
    disk_.erase("/mail/ann/new/2.b");
    EXPECT_EQ(canonical(*session->open(0).value()), "new/1.a");
    EXPECT_EQ(session->open(1).error().kind, base::failure::vanished);
    EXPECT_EQ(canonical(*session->open(2).value()), "cur/3.c:2,");
    move("cur/1.a:2,S", "cur/1.a:2,ST");
    const std::vector<std::size_t> marked{0, 1, 2};
    const auto removed = session->remove(marked, "s").value();
    EXPECT_EQ(removed.removed, 3U);
    EXPECT_TRUE(removed.not_removed.empty());
    EXPECT_EQ(disk_.contents("/mail/ann/cur/4.d:2,"), "cur/4.d:2,") << "unmarked";
    EXPECT_FALSE(disk_.contents("/mail/ann/cur/1.a:2,ST"));
}

TEST_F(maildir_editors, a_name_that_never_stands_still_is_an_error_and_no_loss)
{
    plant("cur/1.a:2,", "a\n");
    const auto session = open();
    int n = 0;
    std::string now = "cur/1.a:2,";
    disk_.before_each([&](std::size_t, const std::string& text) {
        if (!text.starts_with("open /mail/ann/cur/1.a") && !text.starts_with("remove ")) return;
        const std::string next = "cur/1.a:2," + std::to_string(++n);
        move(now, next);
        now = next;
    });
    EXPECT_TRUE(session->open(0).error().temporary);
    const std::vector<std::size_t> marked{0};
    const auto removed = session->remove(marked, "s").value();
    EXPECT_EQ(removed.not_removed, marked);
    disk_.before_each({});
    EXPECT_EQ(disk_.contents("/mail/ann/" + now), "a\n");
}

TEST_F(maildir_editors, all_are_found_though_each_look_at_one_finds_the_others_renamed)
{
    constexpr int messages = 60;
    std::vector<std::string> now;
    for (int i = 0; i < messages; ++i) {
        now.push_back("cur/" + std::to_string(100 + i) + ".foreign:2,");
        plant(now.back(), "a\n");
    }
    int renamed = 0;
    disk_.before_each([&](std::size_t, const std::string& text) {
        if (!text.starts_with("open /mail/ann/cur/")) return;
        for (std::string& name : now) {
            if (text == "open /mail/ann/" + name) continue;
            const std::string next = name.substr(0, name.find(':')) + ":2," + std::to_string(++renamed);
            move(name, next);
            name = next;
        }
    });
    EXPECT_EQ(unique_ids().size(), std::size_t{messages});
    disk_.before_each({});
    EXPECT_GT(renamed, messages);
}

TEST_F(maildir_editors, a_message_renamed_during_the_scan_is_missed_by_none)
{
    for (int i = 0; i < 20; ++i) plant("cur/" + std::to_string(100 + i) + ".x:2,", "a\n");
    int n = 0;
    std::set<std::string> names;
    for (int i = 0; i < 20; ++i) names.insert("cur/" + std::to_string(100 + i) + ".x:2,");
    disk_.between_names([&](const std::string&, const std::string&) {
        if (n >= 300) return;
        // Each time another name is changed, so that it jumps to another place of the listing.
        const auto at = std::next(names.begin(), n % 20);
        const std::string old = *at;
        const std::string fresh = old.substr(0, old.find(':')) + ":2," + std::to_string(++n);
        names.erase(at);
        names.insert(fresh);
        move(old, fresh);
    });
    EXPECT_EQ(unique_ids().size(), 20U);
    EXPECT_GT(n, 20);
}

TEST_F(maildir_editors, a_root_without_its_marker_is_refused_and_left_alone)
{
    disk_.erase("/mail/.restante-mail-root");
    const auto before = disk_.files();
    const auto refused = store_->open_maildrop({"bob"}, {});
    EXPECT_EQ(refused.error().kind, base::failure::storage);
    EXPECT_TRUE(refused.error().temporary);
    const std::vector<store::delivery_recipient> to{{{"bob"}, {}, ""}};
    EXPECT_FALSE(store_->begin_delivery(to, std::nullopt));
    EXPECT_FALSE(store_->measure({"bob"}));
    EXPECT_FALSE(store_->sweep({"bob"}, {}));
    EXPECT_FALSE(store_->undelete({"bob"}, {}));
    EXPECT_EQ(disk_.files(), before);
    disk_.erase("/mail");
    EXPECT_TRUE(store_->open_maildrop({"bob"}, {}).error().temporary);
}

TEST(maildir_editors_on_disk, no_message_is_missed_or_doubled_while_all_are_renamed)
{
    constexpr int messages = 1000;
    real_maildir real(messages);
    std::atomic<bool> done = false;
    std::thread renamer([&] {
        // Bounded: it ends by itself when the scans below do, or after this many rounds.
        for (int round = 0; round < 1000 && !done; ++round)
            for (int i = 0; i < messages && !done; ++i) {
                const std::string base = real.drop + "/cur/" + std::to_string(1'000'000'000 + i) +
                                         ".M000001P1EAbCdEfGhIjK.host,S=2,W=3:2,";
                const auto flag = [](int r) { return r == 0 ? std::string() : "a" + std::to_string(r); };
                ASSERT_EQ(::rename((base + flag(round)).c_str(), (base + flag(round + 1)).c_str()), 0);
            }
    });
    for (int scan = 0; scan < 20; ++scan) {
        const auto session = real.store.open_maildrop({"ann"}, {}).value();
        std::set<std::string_view> ids;
        for (std::size_t i = 0; i < session->listing()->size(); ++i)
            ids.insert(session->listing()->unique_id(i));
        EXPECT_EQ(session->listing()->size(), static_cast<std::size_t>(messages));
        EXPECT_EQ(ids.size(), static_cast<std::size_t>(messages));
        const auto message = session->open(static_cast<std::size_t>(scan) * 7);
        EXPECT_TRUE(message || message.error().temporary);
    }
    done = true;
    renamer.join();
}

// Two operators, or one with two terminals: whatever either brings back is safe from expiry.
TEST(maildir_editors_on_disk, undeletes_at_one_time_note_all_that_comes_back)
{
    constexpr int rounds = 50;
    real_maildir real(2 * rounds);
    std::filesystem::create_directory(real.drop + "/.restante-held");
    int number = 0;
    std::vector<std::filesystem::path> letters;
    for (const auto& entry : std::filesystem::directory_iterator(real.drop + "/cur"))
        letters.push_back(entry.path());
    for (const auto& path : letters) {
        const std::string session = (number % 2 == 0 ? "a" : "b") + std::to_string(number / 2);
        std::filesystem::rename(path,
                                real.drop + "/.restante-held/5," + session + "," + path.filename().string());
        ++number;
    }
    const auto bring_back = [&](const std::string& who) {
        for (int round = 0; round < rounds; ++round) {
            const auto done = real.store.undelete(
                {"ann"},
                {.session = who + std::to_string(round), .since = {}, .safe_for = std::chrono::hours(1)});
            ASSERT_TRUE(done) << done.error().operator_text;
            EXPECT_EQ(done->put_back, 1U);
        }
    };
    std::thread other([&] { bring_back("b"); });
    bring_back("a");
    other.join();
    std::ifstream file(real.drop + "/restante-put-back");
    int lines = -1; // the first names the format
    for (std::string line; std::getline(file, line);) ++lines;
    EXPECT_EQ(lines, 2 * rounds);
}

TEST(maildir_editors_on_disk, a_message_swapped_for_a_link_never_leads_out)
{
    real_maildir real(1);
    const std::string secret = real.folder.path() + "/secret";
    std::ofstream(secret) << "root:x:0:0\n";
    const std::string name = real.drop + "/cur/1000000000.M000001P1EAbCdEfGhIjK.host,S=2,W=3:2,";
    std::atomic<bool> done = false;
    std::thread swapper([&] {
        for (int round = 0; round < 100'000 && !done; ++round) {
            std::filesystem::remove(name);
            std::filesystem::create_symlink(secret, name);
            std::filesystem::remove(name);
            std::ofstream(name) << "a\n";
        }
    });
    const auto session = real.store.open_maildrop({"ann"}, {}).value();
    for (int i = 0; i < 2000 && session->listing()->size() == 1; ++i) {
        const auto message = session->open(0);
        if (!message) continue;
        std::string octets(32, '\0');
        const auto got = (*message)->read(octets, 0);
        EXPECT_TRUE(!got || octets.find("root") == std::string::npos);
    }
    done = true;
    swapper.join();
}

TEST(maildir_editors_on_disk, a_fifo_does_not_block)
{
    real_maildir real(0);
    ASSERT_EQ(::mkfifo((real.drop + "/new/1.fifo").c_str(), 0600), 0);
    ASSERT_EQ(::mkfifo((real.drop + "/new/2.M000001P1EAbCdEfGhIjK.host,S=2,W=3").c_str(), 0600), 0);
    const auto session = real.store.open_maildrop({"ann"}, {}).value();
    ASSERT_EQ(session->listing()->size(), 1U);
    EXPECT_EQ(session->open(0).error().kind, base::failure::storage);
}
