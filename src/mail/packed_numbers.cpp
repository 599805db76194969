// The few that are large stand apart.
#include "mail/packed_numbers.hpp"

#include <algorithm>

namespace mail {

void packed_numbers::push_back(std::uint64_t number)
{
    if (number >= stands_elsewhere) large_.emplace_back(small_.size(), number);
    small_.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(number, stands_elsewhere)));
}

std::uint64_t packed_numbers::large(std::size_t index) const
{
    return std::ranges::lower_bound(large_, index, {}, [](const auto& entry) { return entry.first; })->second;
}

std::uint64_t packed_numbers::memory_octets() const
{
    return small_.capacity() * sizeof small_.front() + large_.capacity() * sizeof large_.front();
}

} // namespace mail
