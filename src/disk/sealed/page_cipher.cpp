// XChaCha20-Poly1305: its nonce is long enough to be drawn at random for ever.
#include "disk/sealed/page_cipher.hpp"

#include <sodium.h>

#include <array>

namespace disk {

namespace {

constexpr std::size_t nonce_octets = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(page_cipher::trailer_octets == nonce_octets + crypto_aead_xchacha20poly1305_ietf_ABYTES);

std::array<unsigned char, 9> octets_of(block_place where)
{
    std::array<unsigned char, 9> out{static_cast<unsigned char>(where.what)};
    for (std::size_t i = 0; i < 8; ++i) out[i + 1] = static_cast<unsigned char>(where.number >> (8 * i));
    return out;
}

} // namespace

void page_cipher::seal(std::span<const unsigned char> plain, std::span<unsigned char> sealed,
                       block_place where) const
{
    const auto bound = octets_of(where);
    unsigned char* const nonce = sealed.data() + plain.size();
    randombytes_buf(nonce, nonce_octets);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(sealed.data(), nonce + nonce_octets, nullptr,
                                                        plain.data(), plain.size(), bound.data(),
                                                        bound.size(), nullptr, nonce, key_.span().data());
}

bool page_cipher::open(std::span<const unsigned char> sealed, std::span<unsigned char> plain,
                       block_place where) const
{
    const auto bound = octets_of(where);
    const unsigned char* const nonce = sealed.data() + plain.size();
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
               plain.data(), nullptr, sealed.data(), plain.size(), nonce + nonce_octets, bound.data(),
               bound.size(), nonce, key_.span().data()) == 0;
}

} // namespace disk
