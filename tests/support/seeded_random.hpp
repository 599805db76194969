// Random octets that are the same in every run.
#pragma once

#include "base/random.hpp"

#include <mutex>
#include <random>

namespace support {

class seeded_random final : public base::random {
public:
    explicit seeded_random(std::uint64_t seed = 1) : engine_(seed) {}

    void fill(std::span<std::byte> octets) override
    {
        const std::lock_guard guard(mutex_);
        for (std::byte& octet : octets) octet = static_cast<std::byte>(engine_() & 0xFF);
    }

private:
    std::mutex mutex_;
    std::mt19937_64 engine_;
};

} // namespace support
