// An open file of the kernel.
#pragma once

#include "disk/posix_calls.hpp"

#include <string>

namespace disk {

class posix_file final : public file {
public:
    /// `name` is for error texts.
    posix_file(owned_descriptor descriptor, std::string name)
        : descriptor_(std::move(descriptor)), name_(std::move(name))
    {
    }

    base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) override;
    base::result<> write(std::string_view octets) override;
    base::result<> sync() override;
    base::result<> close() override;
    base::result<disk::status> status() override;
    base::result<> set_modified(base::wall_time at) override;
    base::result<> shorten(std::uint64_t octets) override;
    std::size_t read_cached(std::span<char> into, std::uint64_t offset) override;

private:
    owned_descriptor descriptor_;
    std::string name_;
};

} // namespace disk
