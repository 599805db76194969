// Numbers of octets by the million: 64 bits wide, in 32 where they fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mail {

class packed_numbers {
public:
    void reserve(std::size_t numbers) { small_.reserve(numbers); }
    void push_back(std::uint64_t number);

    std::size_t size() const { return small_.size(); }
    std::uint64_t operator[](std::size_t index) const
    {
        return small_[index] != stands_elsewhere ? small_[index] : large(index);
    }
    /// What lies on the heap.
    std::uint64_t memory_octets() const;

private:
    static constexpr std::uint32_t stands_elsewhere = UINT32_MAX;

    std::uint64_t large(std::size_t index) const;

    std::vector<std::uint32_t> small_;
    std::vector<std::pair<std::size_t, std::uint64_t>> large_; ///< index and number, ascending
};

} // namespace mail
