// libsodium's guarded memory.
#include "disk/sealed/secret_octets.hpp"

#include <sodium.h>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace disk {

secret_octets::secret_octets(std::size_t count) : count_(count)
{
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used on this machine");
    octets_.reset(static_cast<unsigned char*>(sodium_malloc(count)));
    if (!octets_) throw std::bad_alloc();
    sodium_memzero(octets_.get(), count);
}

secret_octets::secret_octets(std::string_view octets) : secret_octets(octets.size())
{
    std::ranges::copy(octets, span().begin());
}

void secret_octets::release::operator()(unsigned char* octets) const
{
    sodium_free(octets);
}

} // namespace disk
