// Copies text, changed at single octets, without looking at each: for line ends and dots.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace mail {

// Where LF, CR and dots stand, 64 octets at a time: what all dealings with line ends begin with.

constexpr std::size_t mask_octets = 64;

/// Bit i is set where octet i of the 64 is that octet.
struct octet_masks {
    std::uint64_t lf;
    std::uint64_t cr;
    std::uint64_t dot;
};

/// Fills `out` from 64 octets each, beginning at `octets`.
using octet_masker = void (*)(const char* octets, std::span<octet_masks> out);

/// One way to do it.
struct octet_masking {
    std::string_view name;
    octet_masker run;
};

/// All ways that this machine can go, the portable one first, the fastest last. They give the same masks.
std::span<const octet_masking> octet_maskings();

/// By the fastest way.
void find_octets(const char* octets, std::span<octet_masks> out);

/// What happens at an octet that is chosen.
enum class octet_change {
    precede, ///< another octet goes before it: a dot before a dot, a CR before everything else
    remove,
};

namespace detail {

/// 2 KiB: what is found and what is read lie in the first-level cache.
constexpr std::size_t rewriting_blocks = 32;

/// Copies `octets` octets from `from`, changed where `changes` has bits. Reads and writes up to 64 octets beyond.
template <octet_change change>
inline char* copy_changed(const char* from, std::size_t octets, std::uint64_t changes, char* to)
{
    std::size_t copied = 0;
    while (changes != 0) {
        const auto offset = static_cast<std::size_t>(std::countr_zero(changes));
        changes &= changes - 1;
        std::memcpy(to, from + copied, mask_octets); // of constant size: no call, and no branch on the length
        to += offset - copied;
        copied = offset;
        if constexpr (change == octet_change::precede)
            *to++ = from[offset] == '.' ? '.' : '\r';
        else
            ++copied;
    }
    std::memcpy(to, from + copied, mask_octets);
    return to + (octets - copied);
}

/// `text` has at most 64 octets for each of `masks`, and can be read for 64 octets beyond the last block.
template <octet_change change, typename chooser>
void rewrite_blocks(std::string_view text, bool lf_follows, std::span<octet_masks> masks, std::string& out,
                    chooser& choose)
{
    const char* const from = text.data();
    find_octets(from, masks);
    // The choice stands where the masks stood. Its state lies in registers meanwhile: hence the copy.
    chooser chosen = choose;
    for (std::size_t i = 0; i + 1 < masks.size(); ++i)
        masks[i].lf = chosen(masks[i], (masks[i + 1].lf & 1) != 0);
    masks.back().lf = chosen(masks.back(), lf_follows);
    choose = chosen;

    const std::size_t size = out.size();
    // At worst each octet becomes two. What is given up again costs nothing: it is not filled.
    out.resize_and_overwrite(size + 2 * text.size() + mask_octets, [&](char* begin, std::size_t) {
        char* to = begin + size;
        const char* block = from;
        for (const octet_masks& changes : masks.first(masks.size() - 1)) {
            to = copy_changed<change>(block, mask_octets, changes.lf, to);
            block += mask_octets;
        }
        to = copy_changed<change>(block, text.size() - static_cast<std::size_t>(block - from),
                                  masks.back().lf, to);
        return static_cast<std::size_t>(to - begin);
    });
}

} // namespace detail

/// Appends `chunk` to `out`, changed at the octets that `choose(masks, lf_follows)` gives for each 64 octets in
/// turn, as a mask. `lf_follows`: the octet behind the 64 is LF. Bits beyond the end of `chunk` are 0 in what is given
/// to `choose`, which is copied: its outcome is returned.
template <octet_change change, typename chooser>
chooser rewrite(std::string_view chunk, std::string& out, chooser choose)
{
    constexpr std::size_t octets_max = detail::rewriting_blocks * mask_octets;
    // One line end in 16 octets and the last block's worst: text seldom needs to grow it twice.
    out.reserve(out.size() + chunk.size() + chunk.size() / 16 + std::min(chunk.size(), octets_max) +
                mask_octets);
    std::array<octet_masks, detail::rewriting_blocks> masks;
    while (chunk.size() >= 2 * mask_octets) {
        const std::size_t blocks = std::min(chunk.size() / mask_octets - 1, masks.size());
        const std::size_t octets = blocks * mask_octets;
        detail::rewrite_blocks<change>(chunk.substr(0, octets), chunk[octets] == '\n',
                                       std::span(masks).first(blocks), out, choose);
        chunk.remove_prefix(octets);
    }
    if (chunk.empty()) return choose;
    std::array<char, 3 * mask_octets> padded{};
    std::ranges::copy(chunk, padded.begin());
    const std::size_t blocks = (chunk.size() + mask_octets - 1) / mask_octets;
    detail::rewrite_blocks<change>(std::string_view(padded.data(), chunk.size()), false,
                                   std::span(masks).first(blocks), out, choose);
    return choose;
}

} // namespace mail
