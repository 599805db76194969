// Line ends, one pass each, 64 octets at a time.
#include "mail/line_ends.hpp"

#include "mail/octet_rewriting.hpp"

#include <algorithm>
#include <array>

namespace mail {
namespace {

/// LFs that no CR precedes.
struct bare_lfs {
    std::uint64_t after_cr; ///< 1: the octet before the next 64 is CR

    std::uint64_t operator()(const octet_masks& masks, bool)
    {
        const std::uint64_t bare = masks.lf & ~(masks.cr << 1 | after_cr);
        after_cr = masks.cr >> 63;
        return bare;
    }
};

/// CRs of line ends: those before an LF that no other CR precedes.
struct removable_crs {
    std::uint64_t after_cr;      ///< 1: the octet before the next 64 is CR
    std::uint64_t after_two_crs; ///< 1: and so is the one before that
    std::uint64_t lost = 0;      ///< not 0: there was an LF with no CR or with two before it

    std::uint64_t operator()(const octet_masks& masks, bool lf_follows)
    {
        const std::uint64_t behind_cr = masks.cr << 1 | after_cr;
        const std::uint64_t behind_two_crs = (masks.cr & behind_cr) << 1 | after_two_crs;
        const std::uint64_t before_lf = masks.lf >> 1 | std::uint64_t{lf_follows} << 63;
        lost |= masks.lf & (~behind_cr | behind_two_crs);
        after_cr = masks.cr >> 63;
        after_two_crs = (masks.cr & behind_cr) >> 63;
        return masks.cr & before_lf & ~behind_cr;
    }
};

} // namespace

void to_crlf::convert(std::string_view chunk, std::string& out)
{
    if (chunk.empty()) return;
    rewrite<octet_change::precede>(chunk, out, bare_lfs{.after_cr = after_cr_});
    after_cr_ = chunk.back() == '\r';
}

void to_lf::convert(std::string_view chunk, std::string& out)
{
    if (chunk.empty()) return;
    const bool cr_before = held_cr_;
    const bool two_crs_before = after_cr_;
    if (cr_before && (chunk.front() != '\n' || two_crs_before)) out += '\r';
    held_cr_ = chunk.back() == '\r';
    after_cr_ = held_cr_ && (chunk.size() > 1 ? chunk[chunk.size() - 2] == '\r' : cr_before);
    if (held_cr_) chunk.remove_suffix(1);

    const auto done = rewrite<octet_change::remove>(
        chunk, out, removable_crs{.after_cr = cr_before, .after_two_crs = two_crs_before});
    if (done.lost != 0) lossless_ = false;
}

void to_lf::finish(std::string& out)
{
    if (held_cr_) out += '\r';
    held_cr_ = after_cr_ = false;
}

void crlf_counter::count(std::string_view chunk)
{
    if (chunk.empty()) return;
    octets_ += chunk.size();
    bare_lfs choose{.after_cr = after_cr_};
    after_cr_ = chunk.back() == '\r';
    std::array<octet_masks, 32> masks;
    const auto count_in = [&](const char* begin, std::size_t blocks) {
        find_octets(begin, std::span(masks).first(blocks));
        for (const octet_masks& block : std::span(masks).first(blocks))
            // There is seldom more than one: taking them one by one beats counting without an instruction for it.
            for (std::uint64_t bare = choose(block, false); bare != 0; bare &= bare - 1) ++octets_;
    };
    while (chunk.size() >= mask_octets) {
        const std::size_t blocks = std::min(chunk.size() / mask_octets, masks.size());
        count_in(chunk.data(), blocks);
        chunk.remove_prefix(blocks * mask_octets);
    }
    std::array<char, mask_octets> last{};
    std::ranges::copy(chunk, last.begin());
    count_in(last.data(), 1);
}

} // namespace mail
