// A maildrop at one moment: the listing, and where each message lies.
#pragma once

#include "mail/line_ends.hpp"
#include "mail/listing.hpp"
#include "store/maildir/place.hpp"
#include "store/maildir/scan.hpp"
#include "store/maildir/unique_ids_file.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace store::maildir {

/// What a snapshot was made from; it holds as long as these are as they were.
struct snapshot_origin {
    directories_state directories;
    unique_ids_state imported;
    /// The directories were settled (scan.hpp); when not, the snapshot serves one session only.
    bool settled = false;
    /// False once a name's ,S= was found wrong: then each new file's size is compared with its name's.
    bool names_trusted = true;

    bool still_holds(const directories_state& now, const unique_ids_state& imported_now) const
    {
        return settled && directories == now && imported == imported_now;
    }
};

/// One message, for a snapshot's builder.
struct snapshot_message {
    std::string_view unique_id;
    std::string_view base;
    std::string_view info;
    maildir::folder folder = folder::fresh;
    std::uint64_t stored_octets = 0;
    std::uint64_t octets = 0; ///< canonical
};

/// Immutable, shared between sessions and threads. About 90 octets a message: a base name that is the
/// unique-id, as nearly all are, is not kept twice.
class snapshot {
public:
    class builder;

    const snapshot_origin& origin() const { return origin_; }
    const mail::listing& listing() const { return listing_; }
    std::size_t size() const { return places_.size(); }
    std::string_view base(std::size_t index) const;
    std::string_view info(std::size_t index) const;
    std::string name(std::size_t index) const { return std::string(base(index)).append(info(index)); }
    maildir::folder folder(std::size_t index) const { return places_[index].folder; }
    std::uint64_t stored_octets(std::size_t index) const { return places_[index].stored_octets; }
    mail::form form(std::size_t index) const;
    std::uint64_t memory_octets() const;

private:
    struct place {
        std::uint64_t stored_octets;
        std::uint32_t text_begin;
        std::uint8_t base_octets; ///< in text_; 0 where the base is the unique-id
        std::uint8_t info_octets;
        maildir::folder folder;
    };

    snapshot_origin origin_;
    mail::listing listing_;
    std::vector<place> places_;
    std::string text_; ///< for each message the base, where it is kept, and the info
};

class snapshot::builder {
public:
    void reserve(std::size_t messages);
    void add(const snapshot_message& message);
    snapshot build(const snapshot_origin& origin) &&;

private:
    snapshot out_;
    mail::listing::builder listing_;
};

} // namespace store::maildir
