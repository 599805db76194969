// Seals blocks of a database, each for its place.
#pragma once

#include "disk/sealed/secret_octets.hpp"

#include <cstdint>
#include <span>

namespace disk {

/// A block that was copied to another place does not open there.
struct block_place {
    enum class kind : unsigned char { page = 'p', log_head = 'h', log_frame = 'f' };
    kind what;
    std::uint64_t number = 0;
};

class page_cipher {
public:
    static constexpr std::size_t trailer_octets = 24 + 16; // nonce and tag

    explicit page_cipher(std::string_view key) : key_(key) {}

    /// `sealed` is longer than `plain` by trailer_octets. A new random nonce each time.
    void seal(std::span<const unsigned char> plain, std::span<unsigned char> sealed, block_place where) const;
    /// False, and nothing told, where it is not what was sealed for that place with this key.
    bool open(std::span<const unsigned char> sealed, std::span<unsigned char> plain, block_place where) const;

private:
    disk::secret_octets key_;
};

} // namespace disk
