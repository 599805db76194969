// The form of an encrypted file: a head, then chunks of 64 KiB, the last of which says that it is (docs/formats.md).
#pragma once

#include <cstdint>
#include <string_view>

namespace disk::sealed_form {

constexpr std::string_view magic = "RSTSEAL\x01"; // the last octet is the version
constexpr std::size_t stream_head_octets = 24;    // crypto_secretstream_xchacha20poly1305_HEADERBYTES
constexpr std::size_t head_octets = magic.size() + stream_head_octets;
constexpr std::size_t chunk_octets = 64 * 1024; // what a reader holds in memory; 0.03 % more on disk
constexpr std::size_t overhead_octets = 17;     // crypto_secretstream_xchacha20poly1305_ABYTES
constexpr std::size_t sealed_chunk_octets = chunk_octets + overhead_octets;

/// How many chunks a file of `sealed` octets on disk has: at least one, but for what is no whole file (0).
constexpr std::uint64_t chunks_of(std::uint64_t sealed)
{
    if (sealed < head_octets + overhead_octets) return 0;
    return (sealed - head_octets + sealed_chunk_octets - 1) / sealed_chunk_octets;
}

/// How many octets were sealed; 0 for what is no whole file.
constexpr std::uint64_t plain_octets_of(std::uint64_t sealed)
{
    const auto overhead = head_octets + chunks_of(sealed) * overhead_octets;
    return sealed < head_octets + overhead_octets || sealed < overhead ? 0 : sealed - overhead;
}

} // namespace disk::sealed_form
