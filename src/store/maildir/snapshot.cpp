// Packing and unpacking messages.
#include "store/maildir/snapshot.hpp"

#include <stdexcept>
#include <utility>

namespace store::maildir {

std::string_view snapshot::base(std::size_t index) const
{
    const place& at = places_[index];
    if (at.base_octets == 0) return listing_.unique_id(index);
    return std::string_view(text_).substr(at.text_begin, at.base_octets);
}

std::string_view snapshot::info(std::size_t index) const
{
    const place& at = places_[index];
    return std::string_view(text_).substr(at.text_begin + at.base_octets, at.info_octets);
}

mail::form snapshot::form(std::size_t index) const
{
    return listing_.octets(index) == stored_octets(index) ? mail::form::as_received : mail::form::lf;
}

std::uint64_t snapshot::memory_octets() const
{
    const std::uint64_t ids = size() == 0 ? 0
                                          : static_cast<std::uint64_t>(listing_.unique_id(size() - 1).data() +
                                                                       listing_.unique_id(size() - 1).size() -
                                                                       listing_.unique_id(0).data());
    constexpr std::uint64_t listing_octets = sizeof(std::uint64_t) + sizeof(std::uint32_t); // a message
    return sizeof(snapshot) + size() * (sizeof(place) + listing_octets) + text_.capacity() + ids;
}

void snapshot::builder::reserve(std::size_t messages)
{
    out_.places_.reserve(messages);
    listing_.reserve(messages);
}

void snapshot::builder::add(const snapshot_message& message)
{
    const bool base_is_id = message.base == message.unique_id;
    if (out_.text_.size() > UINT32_MAX) throw std::length_error("a snapshot of over 4 GiB of names");
    out_.places_.push_back({.stored_octets = message.stored_octets,
                            .text_begin = static_cast<std::uint32_t>(out_.text_.size()),
                            .base_octets = static_cast<std::uint8_t>(base_is_id ? 0 : message.base.size()),
                            .info_octets = static_cast<std::uint8_t>(message.info.size()),
                            .folder = message.folder});
    if (!base_is_id) out_.text_ += message.base;
    out_.text_ += message.info;
    listing_.add(message.unique_id, message.octets);
}

snapshot snapshot::builder::build(const snapshot_origin& origin) &&
{
    out_.origin_ = origin;
    out_.listing_ = std::move(listing_).build();
    return std::move(out_);
}

} // namespace store::maildir
