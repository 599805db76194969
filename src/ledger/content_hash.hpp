// What makes two messages the same: the octets, and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace ledger {

/// SHA-256 of the canonical octets.
struct content_hash {
    std::array<unsigned char, 32> octets{};
    std::string text() const; ///< lower-case hexadecimal
    std::string_view view() const { return {reinterpret_cast<const char*>(octets.data()), octets.size()}; }
    static std::optional<content_hash> from_octets(std::string_view octets);
    friend auto operator<=>(const content_hash&, const content_hash&) = default;
};

/// Fed piece by piece.
class content_hasher {
public:
    content_hasher();
    ~content_hasher();
    content_hasher(const content_hasher&) = delete;
    content_hasher& operator=(const content_hasher&) = delete;
    void add(std::string_view octets);
    content_hash finish(); ///< and begins anew

private:
    evp_md_ctx_st* context_;
};

content_hash hash_of(std::string_view octets);

} // namespace ledger
