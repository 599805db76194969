// Building a listing.
#include "mail/listing.hpp"

#include <stdexcept>
#include <utility>

namespace mail {

std::uint64_t listing::memory_octets() const
{
    return octets_.memory_octets() + id_begins_.capacity() * sizeof id_begins_.front() + ids_.capacity();
}

void listing::builder::reserve(std::size_t messages, std::size_t id_octets)
{
    out_.octets_.reserve(messages);
    out_.id_begins_.reserve(messages + 1);
    out_.ids_.reserve(id_octets);
}

void listing::builder::add(std::string_view unique_id, std::uint64_t octets)
{
    if (out_.ids_.size() + unique_id.size() > UINT32_MAX)
        throw std::length_error("a listing of over 4 GiB of unique-ids");
    out_.ids_ += unique_id;
    out_.id_begins_.push_back(static_cast<std::uint32_t>(out_.ids_.size()));
    out_.octets_.push_back(octets);
    out_.total_octets_ += octets;
}

listing listing::builder::build() &&
{
    return std::move(out_);
}

} // namespace mail
