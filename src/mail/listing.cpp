// Building a listing.
#include "mail/listing.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mail {

std::uint64_t listing::memory_octets() const
{
    return octets_.memory_octets() + id_begins_.capacity() * sizeof id_begins_.front() + ids_.capacity() +
           surrogates_.capacity() * sizeof surrogates_.front();
}

std::optional<std::uint64_t> listing::surrogate_octets(std::size_t index) const
{
    const auto found =
        std::ranges::lower_bound(surrogates_, index, {}, [](const auto& entry) { return entry.first; });
    if (found == surrogates_.end() || found->first != index) return std::nullopt;
    return found->second;
}

void listing::builder::reserve(std::size_t messages, std::size_t id_octets)
{
    out_.octets_.reserve(messages);
    out_.id_begins_.reserve(messages + 1);
    out_.ids_.reserve(id_octets);
}

void listing::builder::add(std::string_view unique_id, std::uint64_t octets,
                           std::optional<std::uint64_t> surrogate_octets)
{
    if (out_.ids_.size() + unique_id.size() > UINT32_MAX)
        throw std::length_error("a listing of over 4 GiB of unique-ids");
    out_.ids_ += unique_id;
    out_.id_begins_.push_back(static_cast<std::uint32_t>(out_.ids_.size()));
    if (surrogate_octets) // an index fits: a unique-id has an octet at least
        out_.surrogates_.emplace_back(static_cast<std::uint32_t>(out_.octets_.size()), *surrogate_octets);
    out_.octets_.push_back(octets);
    out_.total_octets_ += octets;
    out_.total_octets_with_surrogates_ += surrogate_octets.value_or(octets);
}

listing listing::builder::build() &&
{
    return std::move(out_);
}

} // namespace mail
