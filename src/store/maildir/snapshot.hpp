// A maildrop at one moment: the listing, and where each message lies.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "mail/line_ends.hpp"
#include "mail/listing.hpp"
#include "mail/packed_numbers.hpp"
#include "store/maildir/admission.hpp"
#include "store/maildir/place.hpp"
#include "store/maildir/scan.hpp"
#include "store/maildir/unique_ids_file.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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

/// What reading a message's header section showed.
struct header_facts {
    std::optional<std::uint64_t> surrogate_octets{}; ///< as mail::listing has them
};

/// One message, for a snapshot's builder.
struct snapshot_message {
    std::string_view unique_id;
    std::string_view base;
    std::string_view info;
    maildir::folder folder = folder::fresh;
    std::uint64_t stored_octets = 0;
    std::uint64_t octets = 0; ///< canonical, with the end of the last line
    mail::form form = mail::form::lf;
    std::optional<header_facts> header{}; ///< nothing: nobody has read it yet
};

/// Immutable, shared between sessions and threads. 16 octets a message and its unique-id: a base name that is the
/// unique-id, as nearly all are, is not kept twice, and an info like ":2,S" once for all messages.
class snapshot {
public:
    class builder;

    const snapshot_origin& origin() const { return origin_; }
    const mail::listing& listing() const { return listing_; }
    std::size_t size() const { return places_.size(); }
    std::string_view base(std::size_t index) const;
    /// The base, but empty where it is the unique-id.
    std::string_view own_base(std::size_t index) const { return text_at(places_[index] & text_bits); }
    std::string_view info(std::size_t index) const;
    std::string name(std::size_t index) const { return std::string(base(index)).append(info(index)); }
    maildir::folder folder(std::size_t index) const
    {
        return (places_[index] & current_bit) != 0 ? folder::current : folder::fresh;
    }
    std::uint64_t stored_octets(std::size_t index) const
    {
        return listing_.octets(index) - added_octets_[index];
    }
    mail::form form(std::size_t index) const
    {
        return (places_[index] & as_received_bit) != 0 ? mail::form::as_received : mail::form::lf;
    }
    message_octets octets(std::size_t index) const
    {
        return {stored_octets(index), listing_.octets(index), form(index)};
    }
    std::optional<header_facts> header(std::size_t index) const;
    /// Of all messages.
    bool headers_known() const { return headers_unknown_ == 0; }
    std::uint64_t memory_octets() const;

private:
    static constexpr std::uint32_t current_bit = 1U << 31; ///< in cur/
    static constexpr std::uint32_t as_received_bit = 1U << 30;
    static constexpr std::uint32_t text_bits = as_received_bit - 1; ///< an index into texts_

    /// A text in texts_, with its length in front of it.
    std::string_view text_at(std::size_t begin) const;

    snapshot_origin origin_;
    mail::listing listing_;
    mail::packed_numbers added_octets_; ///< CRs, mostly: canonical octets are never fewer than stored ones
    std::vector<bool> header_known_;
    std::size_t headers_unknown_ = 0;
    std::vector<std::uint32_t> places_;
    std::string texts_; ///< pairs of base and info; the base is empty where it is the unique-id
};

class snapshot::builder {
public:
    /// `id_octets`: of all unique-ids together.
    void reserve(std::size_t messages, std::size_t id_octets);
    void add(const snapshot_message& message);
    snapshot build(const snapshot_origin& origin) &&;

private:
    std::uint32_t append_texts(std::string_view base, std::string_view info);
    std::uint32_t place_of(std::string_view info);

    snapshot out_;
    std::map<std::string, std::uint32_t, std::less<>> infos_; ///< where those lie that stand without a base
    mail::listing::builder listing_;
};

// A snapshot as a file, so that a restart costs no scan. Format: docs/formats.md.

constexpr std::string_view snapshot_file_name = ".restante-snapshot"; ///< also how its temporary files begin

std::string encode_snapshot(const snapshot& snapshot);

/// Nothing where `octets` is not, to the last bit, what encode_snapshot() made.
std::optional<snapshot> decode_snapshot(std::string_view octets);

/// Null where there is no file, or one that is damaged, of another version or of another owner: it is made
/// anew then.
std::shared_ptr<const snapshot> read_snapshot_file(folders& maildrop);

/// Replaces the file, whole or not at all, but without waiting for the disk: after a power cut it may be old
/// or damaged, and both show.
base::result<> write_snapshot_file(folders& maildrop, const snapshot& snapshot, base::random& random);

} // namespace store::maildir
