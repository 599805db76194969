// Building a listing.
#include "mail/listing.hpp"

#include <stdexcept>
#include <utility>

namespace mail {

void listing::builder::reserve(std::size_t messages)
{
    constexpr std::size_t id_octets_typical = 40;
    out_.octets_.reserve(messages);
    out_.id_begins_.reserve(messages + 1);
    out_.ids_.reserve(messages * id_octets_typical);
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
