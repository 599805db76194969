// Packing and unpacking messages.
#include "store/maildir/snapshot.hpp"

#include "store/maildir/name.hpp"

#include <cassert>
#include <stdexcept>
#include <utility>

namespace store::maildir {

namespace {

constexpr std::size_t infos_max =
    10'000; // remembered while a snapshot is made: letters as flags give millions

} // namespace

std::string_view snapshot::text_at(std::size_t begin) const
{
    return std::string_view(texts_).substr(begin + 1, static_cast<unsigned char>(texts_[begin]));
}

std::string_view snapshot::base(std::size_t index) const
{
    const auto own = own_base(index);
    return own.empty() ? listing_.unique_id(index) : own;
}

std::string_view snapshot::info(std::size_t index) const
{
    const std::size_t begin = places_[index] & text_bits;
    return text_at(begin + 1 + text_at(begin).size());
}

std::optional<header_facts> snapshot::header(std::size_t index) const
{
    if (!header_known_[index]) return std::nullopt;
    return header_facts{listing_.surrogate_octets(index)};
}

std::uint64_t snapshot::memory_octets() const
{
    return sizeof(snapshot) + listing_.memory_octets() + added_octets_.memory_octets() +
           header_known_.capacity() / 8 + places_.capacity() * sizeof places_.front() + texts_.capacity();
}

void snapshot::builder::reserve(std::size_t messages, std::size_t id_octets)
{
    listing_.reserve(messages, id_octets);
    out_.added_octets_.reserve(messages);
    out_.header_known_.reserve(messages);
    out_.places_.reserve(messages);
}

void snapshot::builder::add(const snapshot_message& message)
{
    assert(message.octets >= message.stored_octets);
    const auto place =
        message.base == message.unique_id ? place_of(message.info) : append_texts(message.base, message.info);
    out_.places_.push_back(place | (message.folder == folder::current ? current_bit : 0) |
                           (message.form == mail::form::as_received ? as_received_bit : 0));
    out_.added_octets_.push_back(message.octets - message.stored_octets);
    out_.header_known_.push_back(message.header.has_value());
    if (!message.header) ++out_.headers_unknown_;
    listing_.add(message.unique_id, message.octets,
                 message.header ? message.header->surrogate_octets : std::nullopt);
}

std::uint32_t snapshot::builder::append_texts(std::string_view base, std::string_view info)
{
    const std::size_t begin = out_.texts_.size();
    if (begin > text_bits) throw std::length_error("a snapshot of over 1 GiB of names");
    for (const std::string_view text : {base, info}) {
        assert(text.size() <= name_octets_max);
        out_.texts_ += static_cast<char>(text.size());
        out_.texts_ += text;
    }
    return static_cast<std::uint32_t>(begin);
}

std::uint32_t snapshot::builder::place_of(std::string_view info)
{
    if (const auto known = infos_.find(info); known != infos_.end()) return known->second;
    const auto place = append_texts({}, info);
    if (infos_.size() < infos_max) infos_.emplace(info, place);
    return place;
}

snapshot snapshot::builder::build(const snapshot_origin& origin) &&
{
    out_.origin_ = origin;
    out_.listing_ = std::move(listing_).build();
    return std::move(out_);
}

} // namespace store::maildir
