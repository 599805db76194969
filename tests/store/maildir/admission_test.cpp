// Counting the octets of a file, however it is read and whatever was expected of it.
#include "store/maildir/admission.hpp"
#include "support/octet_by_octet.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

/// Octets in memory that are read in pieces of at most `piece_max`.
class file_of final : public disk::file {
public:
    file_of(std::string octets, std::size_t piece_max) : octets_(std::move(octets)), piece_max_(piece_max) {}

    base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) override
    {
        ++reads;
        const auto rest = std::string_view(octets_).substr(std::min<std::uint64_t>(offset, octets_.size()));
        return rest.copy(into.data(), std::min(into.size(), piece_max_));
    }
    base::result<> write(std::string_view) override { return {}; }
    base::result<> sync() override { return {}; }
    base::result<> close() override { return {}; }
    base::result<disk::status> status() override { return disk::status{}; }
    base::result<> set_modified(base::wall_time) override { return {}; }
    base::result<> shorten(std::uint64_t) override { return {}; }

    int reads = 0;

private:
    std::string octets_;
    std::size_t piece_max_;
};

} // namespace

TEST(maildir_admission, counts_alike_whatever_was_expected)
{
    for (const std::size_t octets :
         {0UZ, 1UZ, 2UZ, 63UZ, 64UZ, 4095UZ, 262'143UZ, 262'144UZ, 262'145UZ, 600'000UZ}) {
        std::string text;
        while (text.size() < octets) text += text.size() % 7 == 0 ? "\r\n" : "ab\n";
        text.resize(octets);
        const std::string canonical = support::crlf_octet_by_octet(text);
        const std::uint64_t expected = canonical.size() + (text.empty() || text.ends_with('\n') ? 0 : 2);
        for (const std::uint64_t told :
             {std::uint64_t{0}, std::uint64_t{1}, text.size() - 1, text.size(), text.size() + 1})
            for (const std::size_t piece_max : {1000UZ, 1'000'000UZ}) {
                file_of file(text, piece_max);
                const auto counted = store::maildir::count_octets(file, told);
                ASSERT_TRUE(counted);
                EXPECT_EQ(counted->stored, text.size());
                EXPECT_EQ(counted->canonical, expected) << octets << ", told " << told;
            }
    }
}

TEST(maildir_admission, reads_a_small_file_once)
{
    file_of file("a\nb\n", 1000);
    ASSERT_TRUE(store::maildir::count_octets(file, 4));
    EXPECT_EQ(file.reads, 1);
}
