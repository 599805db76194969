// The key of an encrypted archive, and the file that keeps it under a passphrase (docs/formats.md).
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "disk/sealed/secret_octets.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace disk {

/// What one guess of the passphrase costs (Argon2id).
struct passphrase_cost {
    std::uint64_t passes = 3;
    std::uint64_t octets = 256ULL << 20;
};

/// 32 random octets from which all other keys of one archive follow. Changing the passphrase changes the file only.
class sealing_key {
public:
    static constexpr std::string_view file_name = "key";

    static sealing_key make(base::random& random);
    /// `credentials` where the passphrase is wrong (or the file was changed: the two cannot be told apart), `vanished`
    /// where there is no file, `malformed` where it is no key file.
    static base::result<sealing_key> read(directory& directory, std::string_view passphrase);
    static base::result<sealing_key> unwrap(std::string_view file, std::string_view passphrase);

    /// Puts the key file in its place, durable; one that is there is replaced. `refused` for an empty passphrase.
    base::result<> write(directory& directory, std::string_view passphrase, base::random& random,
                         const passphrase_cost& cost = {}) const;
    base::result<std::string> wrap(std::string_view passphrase, base::random& random,
                                   const passphrase_cost& cost = {}) const;

    enum class purpose : std::uint8_t { files = 1, database = 2 };
    /// 32 octets; who has one of them knows nothing of the others.
    secret_octets sub_key(purpose purpose) const;

private:
    explicit sealing_key(secret_octets master) : master_(std::move(master)) {}

    secret_octets master_;
};

} // namespace disk
