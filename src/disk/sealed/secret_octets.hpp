// Octets that nobody else shall see: in memory that is not swapped out, and overwritten when it is given back.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace disk {

class secret_octets {
public:
    /// Zeros. std::bad_alloc where no more memory can be locked.
    explicit secret_octets(std::size_t count);
    explicit secret_octets(std::string_view octets);

    std::span<unsigned char> span() { return {octets_.get(), count_}; }
    std::span<const unsigned char> span() const { return {octets_.get(), count_}; }
    /// For who takes text; no copy is made.
    std::string_view text() const { return {reinterpret_cast<const char*>(octets_.get()), count_}; }

private:
    struct release {
        void operator()(unsigned char* octets) const;
    };
    std::unique_ptr<unsigned char, release> octets_;
    std::size_t count_;
};

} // namespace disk
