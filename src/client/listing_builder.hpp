// From the lines of UIDL and LIST to one listing, whatever a server puts into them.
#pragma once

#include "client/maildrop.hpp"
#include "pop3/client_session.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace client {

struct listing_limits {
    /// Three times what large providers allow in a maildrop. A message takes about 100 octets of memory here, so that a
    /// server whose listing does not end costs 100 MB at most.
    std::uint64_t messages = 1'000'000;
    /// All unique-ids together: 70 octets for each of so many messages (RFC 1939, section 7).
    std::uint64_t unique_id_octets = 70'000'000;
};

class listing_builder {
public:
    explicit listing_builder(listing_limits limits) : limits_(limits) {}

    // Each takes one line. False: a limit is passed, and the listing cannot be trusted any more. What is no line of a
    // listing is left out and counted.
    bool add_unique_id(std::string_view line);
    bool add_octets(std::string_view line);

    bool empty() const { return ids_.empty() && sizes_.empty(); }
    /// Lines that were none: not two fields, number 0, a size for a number that had one.
    std::uint64_t left_out() const { return left_out_; }
    /// In the order of UIDL; what LIST alone knows follows, without a unique-id. A number that UIDL gave two ids has
    /// none that could be relied on: its id is empty and `ambiguous` is set. Call once.
    maildrop_listing build(bool unique_ids);

private:
    void settle_repeated_numbers();
    void join_sizes();
    void flag_repeated_ids();

    listing_limits limits_;
    std::vector<listed_message> ids_;
    std::vector<pop3::listed_octets> sizes_;
    std::uint64_t unique_id_octets_ = 0;
    std::uint64_t left_out_ = 0;
};

} // namespace client
