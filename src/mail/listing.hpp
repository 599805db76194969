// What waits in a maildrop, frozen: the snapshot that a session works on.
#pragma once

#include "mail/packed_numbers.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mail {

/// An immutable list of messages in order of arrival. Shared between sessions and threads; a million
/// messages take under 80 MB, so the unique-ids lie in one string.
class listing {
public:
    class builder;

    std::size_t size() const { return octets_.size(); }
    bool empty() const { return size() == 0; }
    /// Sum over all messages, 64 bits wide.
    std::uint64_t total_octets() const { return total_octets_; }
    /// Canonical octets (CRLF line ends, no dot-stuffing) of the message at `index`, 0-based.
    std::uint64_t octets(std::size_t index) const { return octets_[index]; }
    /// Of an internationalised message, where that is known: octets with its surrogate header section
    /// (mail/surrogate.hpp). Nothing for all others.
    std::optional<std::uint64_t> surrogate_octets(std::size_t index) const;
    /// total_octets() with the surrogates in place of their messages.
    std::uint64_t total_octets_with_surrogates() const { return total_octets_with_surrogates_; }
    /// A unique-id (mail/unique_id.hpp) valid as long as the listing.
    std::string_view unique_id(std::size_t index) const
    {
        return std::string_view(ids_).substr(id_begins_[index], id_begins_[index + 1] - id_begins_[index]);
    }

    /// What lies on the heap.
    std::uint64_t memory_octets() const;

private:
    packed_numbers octets_;
    std::vector<std::uint32_t> id_begins_{0};
    std::string ids_;
    std::vector<std::pair<std::uint32_t, std::uint64_t>>
        surrogates_; ///< index and octets, ascending: few have one
    std::uint64_t total_octets_ = 0;
    std::uint64_t total_octets_with_surrogates_ = 0;
};

/// Makes a listing, message by message. At most 4 GiB of unique-ids, which 61 million messages need.
class listing::builder {
public:
    /// `id_octets`: of all unique-ids together, where that is known.
    void reserve(std::size_t messages, std::size_t id_octets = 0);
    void add(std::string_view unique_id, std::uint64_t octets,
             std::optional<std::uint64_t> surrogate_octets = std::nullopt);
    listing build() &&;

private:
    listing out_;
};

} // namespace mail
