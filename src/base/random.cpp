// Random octets from the kernel.
#include "base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <stdexcept>

namespace base {

std::uint64_t random::number()
{
    std::uint64_t out = 0;
    fill(std::as_writable_bytes(std::span(&out, 1)));
    return out;
}

std::string random::octets(std::size_t n)
{
    std::string out(n, '\0');
    fill(std::as_writable_bytes(std::span(out)));
    return out;
}

void system_random::fill(std::span<std::byte> octets)
{
    while (!octets.empty()) {
        const auto got = ::getrandom(octets.data(), octets.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::runtime_error("the kernel gives no random octets (getrandom)");
        octets = octets.subspan(static_cast<std::size_t>(got));
    }
}

} // namespace base
