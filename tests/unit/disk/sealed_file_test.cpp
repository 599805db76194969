// Encrypted files and their key: what comes back is what was written, and nothing else is ever told.
#include "disk/posix.hpp"
#include "disk/sealed/sealed_file_system.hpp"
#include "disk/sealed/sealed_form.hpp"
#include "disk/sealed/sealing_key.hpp"
#include "support/manual_clock.hpp"
#include "support/outcome.hpp"
#include "support/seeded_random.hpp"
#include "support/simulated_disk.hpp"

#include <gtest/gtest.h>

namespace {

using base::failure;
using support::kind_of;
namespace form = disk::sealed_form;

constexpr disk::passphrase_cost cheap{.passes = 1, .octets = 8192}; // the least that libsodium takes

class sealed_files : public testing::Test {
protected:
    static disk::secret_octets key(char with = 'k') { return disk::secret_octets(std::string(32, with)); }

    base::result<> put(std::string_view name, std::string_view contents)
    {
        auto created = top_->create(name);
        if (!created) return base::fail(created.error());
        if (auto written = (*created)->write(contents); !written) return written;
        if (auto synced = (*created)->sync(); !synced) return synced;
        return (*created)->close();
    }
    base::result<std::string> get(std::string_view name) { return disk::read_whole(*top_, name, 1 << 20); }
    std::string on_disk(const std::string& name) { return disk_.contents("/top/" + name).value(); }
    void change(const std::string& name, std::string contents)
    {
        disk_.erase("/top/" + name);
        disk_.plant_file("/top/" + name, std::move(contents));
    }

    support::manual_clock clock_;
    support::simulated_disk disk_{clock_};
    disk::sealed_file_system sealed_{disk_, key()};
    std::unique_ptr<disk::directory> top_ = [this] {
        disk_.plant_directory("/top");
        return sealed_.open("/top").value();
    }();
};

std::string text_of(std::size_t octets)
{
    std::string out;
    while (out.size() < octets) out += "a known word " + std::to_string(out.size()) + ' ';
    out.resize(octets);
    return out;
}

} // namespace

TEST_F(sealed_files, give_back_what_was_written_and_show_nothing_of_it)
{
    for (const std::size_t octets : {0UZ, 1UZ, 100UZ, form::chunk_octets - 1, form::chunk_octets,
                                     form::chunk_octets + 1, 3 * form::chunk_octets, 200'001UZ}) {
        const std::string name = std::to_string(octets);
        ASSERT_TRUE(put(name, text_of(octets)));
        EXPECT_EQ(get(name).value(), text_of(octets));
        EXPECT_EQ(top_->status(name)->octets, octets);
        EXPECT_EQ(top_->open(name).value()->status()->octets, octets);
        EXPECT_EQ(on_disk(name).find("known word"), std::string::npos);
    }
}

TEST_F(sealed_files, are_read_in_any_order)
{
    const std::string text = text_of(5 * form::chunk_octets + 7);
    ASSERT_TRUE(put("a", text));
    const auto file = top_->open("a").value();
    std::string piece(1000, '\0');
    for (const std::size_t at : {400'000UZ % text.size(), 0UZ, 327'000UZ, 65'000UZ, 65'536UZ, 327'686UZ}) {
        const auto got = file->read(piece, at).value();
        EXPECT_GT(got, 0U);
        EXPECT_EQ(piece.substr(0, got), text.substr(at, got));
    }
    EXPECT_EQ(file->read(piece, text.size()).value(), 0U);
}

TEST_F(sealed_files, are_read_back_while_they_are_written)
{
    const std::string text = text_of(3 * form::chunk_octets);
    const auto file = top_->create("a").value();
    std::string read;
    for (std::size_t at = 0; at < text.size(); at += 10'000) {
        ASSERT_TRUE(file->write(std::string_view(text).substr(at, 10'000)));
        std::string piece(10'000, '\0');
        while (const std::size_t got = file->read(piece, read.size()).value()) read += piece.substr(0, got);
    }
    EXPECT_EQ(read, text);
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(kind_of(file->write("more")), failure::refused);
    EXPECT_EQ(kind_of(file->shorten(1)), failure::refused);
    EXPECT_EQ(kind_of(top_->open_to_append("a")), failure::refused);
    EXPECT_EQ(file->read_cached(read, 0), 0U) << "only read() decrypts";
}

TEST_F(sealed_files, notice_every_octet_that_changes)
{
    const std::string text = text_of(form::chunk_octets + 20);
    ASSERT_TRUE(put("a", text));
    const std::string good = on_disk("a");
    for (std::size_t at = 0; at < good.size(); at += at < 200 || at > form::sealed_chunk_octets ? 1 : 997) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x40);
        change("a", bad);
        EXPECT_EQ(kind_of(get("a")), failure::malformed) << at;
    }
    change("a", good);
    EXPECT_EQ(get("a").value(), text);
}

TEST_F(sealed_files, notice_every_cut_and_what_is_added)
{
    const std::string text = text_of(2 * form::chunk_octets + 20);
    ASSERT_TRUE(put("a", text));
    const std::string good = on_disk("a");
    std::vector<std::size_t> lengths{0, 1, form::head_octets - 1, form::head_octets, form::head_octets + 16};
    for (std::size_t chunk = 1; chunk <= 2; ++chunk)
        for (const int off : {-1, 0, 1, 16, 17, 18})
            lengths.push_back(form::head_octets + chunk * form::sealed_chunk_octets +
                              static_cast<std::size_t>(off));
    lengths.push_back(good.size() - 1);
    for (const std::size_t length : lengths) {
        change("a", good.substr(0, length));
        EXPECT_EQ(kind_of(get("a")), failure::malformed) << length;
    }
    for (const std::size_t more : {1UZ, 17UZ, form::sealed_chunk_octets}) {
        change("a", good + std::string(more, 'x'));
        EXPECT_EQ(kind_of(get("a")), failure::malformed) << more;
    }
}

TEST_F(sealed_files, notice_chunks_that_change_places)
{
    ASSERT_TRUE(put("a", std::string(3 * form::chunk_octets, 'x')));
    std::string swapped = on_disk("a");
    for (std::size_t i = 0; i < form::sealed_chunk_octets; ++i)
        std::swap(swapped[form::head_octets + i], swapped[form::head_octets + form::sealed_chunk_octets + i]);
    change("a", swapped);
    EXPECT_EQ(kind_of(get("a")), failure::malformed);
}

TEST_F(sealed_files, are_nothing_without_the_key_and_do_not_mix)
{
    ASSERT_TRUE(put("a", text_of(100)));
    disk::sealed_file_system other(disk_, key('o'));
    const auto top = other.open("/top").value();
    EXPECT_EQ(kind_of(disk::read_whole(*top, "a", 1000)), failure::malformed);
    EXPECT_EQ(kind_of(top_->link("a", *top, "b")), failure::refused);
    EXPECT_EQ(kind_of(top_->rename("a", *top, "b")), failure::refused);
    const auto plain = disk_.open("/top").value();
    EXPECT_EQ(kind_of(top_->link("a", *plain, "b")), failure::refused);
    const auto again = sealed_.open("/top").value();
    ASSERT_TRUE(top_->link("a", *again, "b"));
    EXPECT_EQ(get("b").value(), text_of(100));
}

TEST_F(sealed_files, keep_the_time_that_was_set)
{
    const auto file = top_->create("a").value();
    ASSERT_TRUE(file->write("letter"));
    const base::wall_time then = base::wall_time(std::chrono::seconds(1'000'000'000));
    ASSERT_TRUE(file->set_modified(then));
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(top_->status("a")->modified, then);
}

TEST_F(sealed_files, never_finished_are_damaged)
{
    {
        const auto file = top_->create("a").value();
        ASSERT_TRUE(file->write(text_of(2 * form::chunk_octets)));
    }
    EXPECT_EQ(kind_of(get("a")), failure::malformed);
}

TEST(sealing_key, opens_with_its_passphrase_alone)
{
    support::seeded_random random;
    const auto key = disk::sealing_key::make(random);
    const std::string file = key.wrap("open sesame", random, cheap).value();
    EXPECT_TRUE(file.starts_with("restante-key 1\nargon2id 1 8192 ")) << file;
    const auto opened = disk::sealing_key::unwrap(file, "open sesame").value();
    using enum disk::sealing_key::purpose;
    EXPECT_EQ(opened.sub_key(files).text(), key.sub_key(files).text());
    EXPECT_NE(opened.sub_key(files).text(), key.sub_key(database).text());
    EXPECT_EQ(kind_of(disk::sealing_key::unwrap(file, "open sesam")), failure::credentials);
    EXPECT_EQ(kind_of(disk::sealing_key::unwrap(file, "")), failure::credentials);
    EXPECT_EQ(kind_of(key.wrap("", random, cheap)), failure::refused);
}

TEST(sealing_key, changes_its_passphrase_and_stays_the_same)
{
    support::manual_clock clock;
    support::simulated_disk disk{clock};
    disk.plant_directory("/archive");
    const auto in = disk.open("/archive").value();
    support::seeded_random random;
    EXPECT_EQ(kind_of(disk::sealing_key::read(*in, "one")), failure::vanished);
    const auto key = disk::sealing_key::make(random);
    ASSERT_TRUE(key.write(*in, "one", random, cheap));
    ASSERT_TRUE(disk::sealing_key::read(*in, "one").value().write(*in, "two", random, cheap));
    EXPECT_EQ(kind_of(disk::sealing_key::read(*in, "one")), failure::credentials);
    const auto opened = disk::sealing_key::read(*in, "two").value();
    EXPECT_EQ(opened.sub_key(disk::sealing_key::purpose::files).text(),
              key.sub_key(disk::sealing_key::purpose::files).text());
}

TEST(sealing_key, takes_no_changed_file)
{
    support::seeded_random random;
    const std::string good = disk::sealing_key::make(random).wrap("p", random, cheap).value();
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        EXPECT_FALSE(disk::sealing_key::unwrap(bad, "p")) << at;
        EXPECT_FALSE(disk::sealing_key::unwrap(good.substr(0, at), "p")) << at;
    }
    EXPECT_FALSE(disk::sealing_key::unwrap(good + '\n', "p"));
    EXPECT_EQ(kind_of(disk::sealing_key::unwrap("restante-key 1\nargon2id 65 8192 AAAA\nwrapped A A\n", "p")),
              failure::malformed);
}
