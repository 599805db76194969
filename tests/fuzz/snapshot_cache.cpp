// Any octets as a cache file: as they are, and under a good checksum.
#include "store/maildir/snapshot.hpp"

#include <openssl/sha.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace store::maildir;

namespace {

void check(std::string_view octets)
{
    const auto read = decode_snapshot(octets);
    if (!read) return;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < read->size(); ++i) {
        if (read->name(i).empty() || read->listing().unique_id(i).empty()) std::abort();
        total += read->listing().octets(i);
    }
    if (total != read->listing().total_octets()) std::abort();
    const auto again = decode_snapshot(encode_snapshot(*read));
    if (!again || again->size() != read->size()) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    std::string text(reinterpret_cast<const char*>(octets), count);
    check(text);
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(octets, count, reinterpret_cast<unsigned char*>(digest.data()));
    check(text + digest);
    return 0;
}
