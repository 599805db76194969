// What one session sees of its maildrop: the frozen listing, and the messages it marked as deleted.
#pragma once

#include "pop3/command.hpp"
#include "pop3/server_session.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pop3 {

/// Messages are named by their 0-based index here; numbers never move while the session lasts. Opening costs
/// the same for any number of messages: marks are kept only once there is one.
class maildrop_view {
public:
    /// `surrogates`: the client gets the surrogate of an internationalised message (RFC 6858).
    maildrop_view(opened_maildrop maildrop, bool surrogates);

    std::size_t size() const { return maildrop_.listing->size(); }
    /// The message with this number, unless there is none or it is marked.
    std::optional<std::size_t> find(message_number number) const;

    /// Not marked: how many, and the sum of their octets.
    std::uint64_t count() const { return size() - marked_count_; }
    std::uint64_t octets() const { return all_octets_ - marked_octets_; }
    /// What RETR sends in this session, before byte-stuffing: a surrogate's octets where one is sent.
    std::uint64_t octets(std::size_t index) const;
    std::string_view unique_id(std::size_t index) const { return maildrop_.listing->unique_id(index); }
    /// Only a client that issued UTF8 may have it as it is (RFC 6856, section 2).
    bool internationalised(std::size_t index) const;

    bool is_marked(std::size_t index) const { return !marked_.empty() && marked_[index]; }
    void mark(std::size_t index);
    void unmark_all();
    std::vector<std::size_t> marked() const; ///< ascending

    /// UTF8 was issued: from here on messages are sent as they are, and sizes are those of the listing.
    void forget_surrogates();

    std::optional<std::uint32_t> expire_days() const { return maildrop_.expire_days; }
    std::chrono::seconds login_delay() const { return maildrop_.login_delay; }

private:
    opened_maildrop maildrop_;
    bool surrogates_;
    std::vector<bool> marked_; // empty, or one a message
    std::size_t marked_count_ = 0;
    // sums of octets(index), kept so that no command costs more for a larger maildrop
    std::uint64_t all_octets_ = 0;
    std::uint64_t marked_octets_ = 0;
};

} // namespace pop3
