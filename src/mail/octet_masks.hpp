// Where LF, CR and dots stand, 64 octets at a time: what all dealings with line ends begin with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mail {

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

} // namespace mail
