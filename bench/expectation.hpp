// What each maildrop holds, as the maker of the mail says, and whether that is what came.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

using digest = std::array<unsigned char, 32>;

/// The messages of one maildrop, in no order: servers order mail differently.
struct stored_copy {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0; ///< canonical
    digest sum{};             ///< SHA-256 over the SHA-256 of each message, sorted
};

/// Takes messages piece by piece.
class holding_builder {
public:
    holding_builder();
    ~holding_builder();
    holding_builder(const holding_builder&) = delete;
    holding_builder& operator=(const holding_builder&) = delete;

    void octets(std::string_view piece);
    void end_message();
    stored_copy build() &&;

private:
    void* hash_; // OpenSSL's EVP_MD_CTX
    std::vector<digest> digests_;
    std::uint64_t octets_ = 0;
};

/// A file of lines "USER MESSAGES OCTETS SUM-IN-HEXADECIMAL".
class expectations {
public:
    /// False where the file cannot be read or a line is none.
    bool load(const std::string& path);
    bool empty() const { return holdings_.empty(); }
    /// Empty where `copy` is what `user` has; else what differs.
    std::string compare(const std::string& user, const stored_copy& copy) const;

private:
    std::unordered_map<std::string, stored_copy> holdings_;
};

} // namespace bench
