// Comparing octets: 16 at a time in any processor, 32 or 64 where it has the instructions.
#include "mail/octet_rewriting.hpp"

#include <immintrin.h>

#include <cstring>

#if defined(__x86_64__)
#endif

namespace mail {

namespace {

// The compilers' own vectors: the instructions that every processor of the kind has, without naming them.
using octets16 = unsigned char __attribute__((vector_size(16)));
using numbers2 = std::uint64_t __attribute__((vector_size(16)));

/// Bit i is set where octet i of the 16 is `octet`.
std::uint64_t equal_octets(octets16 octets, unsigned char octet)
{
    constexpr octets16 bit_of_place = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    constexpr std::uint64_t ones =
        0x0101010101010101; // as a factor: the highest octet is the sum of all eight
    const auto equal = reinterpret_cast<octets16>(octets == (octets16{} + octet));
    const auto bits = reinterpret_cast<numbers2>(equal & bit_of_place);
    return (bits[0] * ones) >> 56 | ((bits[1] * ones) >> 56) << 8;
}

void find_portably(const char* octets, std::span<octet_masks> out)
{
    for (octet_masks& masks : out) {
        masks = {};
        for (unsigned i = 0; i < mask_octets; i += sizeof(octets16)) {
            octets16 sixteen;
            std::memcpy(&sixteen, octets + i, sizeof sixteen);
            masks.lf |= equal_octets(sixteen, '\n') << i;
            masks.cr |= equal_octets(sixteen, '\r') << i;
            masks.dot |= equal_octets(sixteen, '.') << i;
        }
        octets += mask_octets;
    }
}

#if defined(__x86_64__)

[[gnu::target("avx2")]] void find_by_avx2(const char* octets, std::span<octet_masks> out)
{
    const __m256i lf = _mm256_set1_epi8('\n');
    const __m256i cr = _mm256_set1_epi8('\r');
    const __m256i dot = _mm256_set1_epi8('.');
    for (octet_masks& masks : out) {
        const auto* const from = reinterpret_cast<const __m256i*>(octets);
        const __m256i low = _mm256_loadu_si256(from);
        const __m256i high = _mm256_loadu_si256(from + 1);
        const auto low_lf = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, lf)));
        const auto low_cr = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, cr)));
        const auto low_dot = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, dot)));
        const auto high_lf = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, lf)));
        const auto high_cr = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, cr)));
        const auto high_dot = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, dot)));
        masks.lf = low_lf | std::uint64_t{high_lf} << 32;
        masks.cr = low_cr | std::uint64_t{high_cr} << 32;
        masks.dot = low_dot | std::uint64_t{high_dot} << 32;
        octets += mask_octets;
    }
}

[[gnu::target("avx512f,avx512bw")]] void find_by_avx512(const char* octets, std::span<octet_masks> out)
{
    const __m512i lf = _mm512_set1_epi8('\n');
    const __m512i cr = _mm512_set1_epi8('\r');
    const __m512i dot = _mm512_set1_epi8('.');
    for (octet_masks& masks : out) {
        const __m512i all = _mm512_loadu_si512(octets);
        masks.lf = _mm512_cmpeq_epi8_mask(all, lf);
        masks.cr = _mm512_cmpeq_epi8_mask(all, cr);
        masks.dot = _mm512_cmpeq_epi8_mask(all, dot);
        octets += mask_octets;
    }
}

#endif

constexpr octet_masking ways[] = {
    {"portable", find_portably},
#if defined(__x86_64__)
    {"AVX2", find_by_avx2},
    {"AVX-512", find_by_avx512},
#endif
};

} // namespace

std::span<const octet_masking> octet_maskings()
{
    const std::span<const octet_masking> maskings(ways);
#if defined(__x86_64__)
    // Read from memory that the runtime filled at start: nothing to remember here.
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) return maskings;
    if (__builtin_cpu_supports("avx2")) return maskings.first(2);
#endif
    return maskings.first(1);
}

void find_octets(const char* octets, std::span<octet_masks> out)
{
    octet_maskings().back().run(octets, out);
}

} // namespace mail
