// Comparing octets: eight at a time in any processor, 32 or 64 where it has the instructions.
#include "mail/octet_masks.hpp"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mail {
namespace {

/// Bit i is set where octet i of `word` is `octet`.
std::uint64_t equal_octets(std::uint64_t word, char octet)
{
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t low_bits = 0x7F * ones;
    const std::uint64_t zero_where_equal = word ^ (static_cast<unsigned char>(octet) * ones);
    // The high bit of each octet becomes 1 where the octet is 0; nothing is carried from one to the next.
    const std::uint64_t high_bits =
        ~(((zero_where_equal & low_bits) + low_bits) | zero_where_equal | low_bits);
    // The product gathers the eight bits in its highest octet, for the multiplier's bits lie 7 apart.
    return ((high_bits >> 7) * 0x0102040810204080) >> 56;
}

void find_portably(const char* octets, std::span<octet_masks> out)
{
    for (octet_masks& masks : out) {
        masks = {};
        for (unsigned i = 0; i < mask_octets; i += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, octets + i, sizeof word);
            if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
            masks.lf |= equal_octets(word, '\n') << i;
            masks.cr |= equal_octets(word, '\r') << i;
            masks.dot |= equal_octets(word, '.') << i;
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
    const std::span<const octet_masking> all(ways);
#if defined(__x86_64__)
    // Read from memory that the runtime filled at start: nothing to remember here.
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) return all;
    if (__builtin_cpu_supports("avx2")) return all.first(2);
#endif
    return all.first(1);
}

void find_octets(const char* octets, std::span<octet_masks> out)
{
    octet_maskings().back().run(octets, out);
}

} // namespace mail
