// SHA-256 by OpenSSL, piece by piece.
#include "ledger/content_hash.hpp"

#include "base/encoding.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace ledger {

namespace {

// SHA-256 on memory fails only where OpenSSL itself is broken or out of memory: no caller could go on.
void must(int answer)
{
    if (answer != 1) throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

} // namespace

std::string content_hash::text() const
{
    return base::to_hex(view());
}

std::optional<content_hash> content_hash::from_octets(std::string_view octets)
{
    content_hash hash;
    if (octets.size() != hash.octets.size()) return std::nullopt;
    std::ranges::copy(octets, hash.octets.begin());
    return hash;
}

content_hasher::content_hasher() : context_(EVP_MD_CTX_new())
{
    must(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1 ? 1 : 0);
}

content_hasher::~content_hasher()
{
    EVP_MD_CTX_free(context_);
}

void content_hasher::add(std::string_view octets)
{
    must(EVP_DigestUpdate(context_, octets.data(), octets.size()));
}

content_hash content_hasher::finish()
{
    content_hash hash;
    must(EVP_DigestFinal_ex(context_, hash.octets.data(), nullptr));
    must(EVP_DigestInit_ex(context_, EVP_sha256(), nullptr));
    return hash;
}

content_hash hash_of(std::string_view octets)
{
    content_hasher hasher;
    hasher.add(octets);
    return hasher.finish();
}

} // namespace ledger
