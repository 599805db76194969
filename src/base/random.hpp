// The seam for unpredictable octets: salts, nonces, keys, names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace base {

/// A source of octets that nobody can guess. Safe to call from any thread.
class random {
public:
    virtual ~random() = default;
    virtual void fill(std::span<std::byte> octets) = 0;

    std::uint64_t number();            ///< 64 random bits
    std::string octets(std::size_t n); ///< n random octets
};

/// The kernel's generator, getrandom(2).
class system_random final : public random {
public:
    void fill(std::span<std::byte> octets) override;
};

} // namespace base
