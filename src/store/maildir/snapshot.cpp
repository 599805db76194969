// Packing and unpacking messages.
#include "store/maildir/snapshot.hpp"

#include "base/encoding.hpp"
#include "mail/unique_id.hpp"
#include "store/maildir/name.hpp"

#include <openssl/sha.h>

#include <bit>
#include <cassert>
#include <concepts>
#include <cstring>
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

namespace {

static_assert(std::endian::native == std::endian::little,
              "the numbers of the file are copied as they lie in memory");

// The digit is the version. It also counts up when mail::surrogate() comes to write other octets than before.
constexpr std::string_view magic = "RSTSNAP3";
constexpr std::uint64_t settled_bit = 1;
constexpr std::uint64_t names_trusted_bit = 2;
constexpr std::uint8_t current_bit = 1; // of a message's last octet
constexpr std::uint8_t as_received_bit = 2;
constexpr std::uint8_t header_known_bit = 4;
constexpr std::uint8_t surrogate_bit = 8;
constexpr std::size_t head_octets = magic.size() + 11 * sizeof(std::uint64_t);
constexpr std::size_t entry_octets = 2 * sizeof(std::uint64_t) + 4;
constexpr std::uint64_t snapshot_file_octets_max =
    1ULL << 30; // eleven million messages; larger maildrops are scanned

std::string checksum_of(std::string_view octets)
{
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

template <std::integral Number>
void put(std::string& out, Number number)
{
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put(std::string& out, base::wall_time time)
{
    put(out, std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

/// Takes values off the front; after it ran short all further values are zero and good() is false.
class reader {
public:
    explicit reader(std::string_view octets) : octets_(octets) {}

    template <std::integral Number>
    Number number()
    {
        Number out{};
        const auto from = text(sizeof out);
        if (good_) std::memcpy(&out, from.data(), from.size());
        return out;
    }

    base::wall_time time() { return base::wall_time(std::chrono::nanoseconds(number<std::int64_t>())); }

    std::string_view text(std::uint64_t octets)
    {
        if (octets > octets_.size()) {
            good_ = false;
            return {};
        }
        const auto out = octets_.substr(0, octets);
        octets_.remove_prefix(octets);
        return out;
    }

    bool good() const { return good_; }
    std::size_t left() const { return octets_.size(); }

private:
    std::string_view octets_;
    bool good_ = true;
};

bool is_file_name_part(std::string_view text)
{
    return text.find('/') == std::string_view::npos && text.find('\0') == std::string_view::npos;
}

std::uint8_t bits_of(const snapshot& snapshot, std::size_t index)
{
    const auto header = snapshot.header(index);
    const bool surrogate = header && header->surrogate_octets;
    return static_cast<std::uint8_t>((snapshot.folder(index) == folder::current ? current_bit : 0) |
                                     (snapshot.form(index) == mail::form::as_received ? as_received_bit : 0) |
                                     (header ? header_known_bit : 0) | (surrogate ? surrogate_bit : 0));
}

bool is_plausible(const snapshot_message& message)
{
    const auto& [id, base, info, where, stored_octets, octets, form, header] = message;
    return mail::is_unique_id(id) && !base.empty() && base_of(base).size() == base.size() &&
           (info.empty() || info.starts_with(':')) && is_file_name_part(base) && is_file_name_part(info) &&
           base.size() + info.size() <= name_octets_max && octets >= stored_octets &&
           // a CR for each LF where there are any to come, and the end of the last line
           octets - stored_octets <= (form == mail::form::lf ? stored_octets : 0) + 2;
}

/// Of a regular file of that owner; nothing otherwise.
std::optional<std::string> read_file_of(std::uint32_t owner, disk::directory& maildrop)
{
    const auto file = maildrop.open(snapshot_file_name);
    if (!file) return std::nullopt;
    const auto status = (*file)->status();
    if (!status || status->owner != owner || status->octets > snapshot_file_octets_max) return std::nullopt;
    // The whole room at once, and not filled before: a large maildrop's file has some hundred megabytes.
    std::string out;
    bool whole = true;
    out.resize_and_overwrite(status->octets, [&](char* to, std::size_t octets) {
        std::size_t done = 0;
        while (whole && done < octets) {
            const auto got = (*file)->read({to + done, octets - done}, done);
            whole = got && *got > 0;
            if (whole) done += *got;
        }
        return done;
    });
    if (!whole) return std::nullopt;
    return out;
}

} // namespace

std::string encode_snapshot(const snapshot& snapshot)
{
    std::uint64_t texts_octets = 0;
    std::string surrogates;
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        texts_octets +=
            snapshot.listing().unique_id(i).size() + snapshot.own_base(i).size() + snapshot.info(i).size();
        if (const auto octets = snapshot.listing().surrogate_octets(i)) put(surrogates, *octets);
    }
    const auto& origin = snapshot.origin();
    std::string out;
    out.reserve(head_octets + snapshot.size() * entry_octets + surrogates.size() + texts_octets +
                SHA256_DIGEST_LENGTH);
    out += magic;
    put(out, (origin.settled ? settled_bit : 0) | (origin.names_trusted ? names_trusted_bit : 0));
    put(out, origin.directories.fresh_inode);
    put(out, origin.directories.current_inode);
    put(out, origin.directories.fresh_modified);
    put(out, origin.directories.current_modified);
    put(out, origin.imported.inode);
    put(out, origin.imported.octets);
    put(out, origin.imported.modified);
    put(out, std::uint64_t{snapshot.size()});
    put(out, std::uint64_t{surrogates.size()});
    put(out, texts_octets);
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        put(out, snapshot.listing().octets(i));
        put(out, snapshot.stored_octets(i));
        put(out, static_cast<std::uint8_t>(snapshot.listing().unique_id(i).size()));
        put(out, static_cast<std::uint8_t>(snapshot.own_base(i).size()));
        put(out, static_cast<std::uint8_t>(snapshot.info(i).size()));
        put(out, bits_of(snapshot, i));
    }
    out += surrogates;
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        out += snapshot.listing().unique_id(i);
        out += snapshot.own_base(i);
        out += snapshot.info(i);
    }
    out += checksum_of(out);
    return out;
}

std::optional<snapshot> decode_snapshot(std::string_view octets)
{
    if (octets.size() < SHA256_DIGEST_LENGTH || !octets.starts_with(magic)) return std::nullopt;
    const auto body = octets.substr(0, octets.size() - SHA256_DIGEST_LENGTH);
    if (octets.substr(body.size()) != checksum_of(body)) return std::nullopt;

    // The checksum guards against damage, not against a program that writes nonsense: all is checked still.
    reader in(body.substr(magic.size()));
    snapshot_origin origin;
    const auto bits = in.number<std::uint64_t>();
    origin.settled = (bits & settled_bit) != 0;
    origin.names_trusted = (bits & names_trusted_bit) != 0;
    origin.directories.fresh_inode = in.number<std::uint64_t>();
    origin.directories.current_inode = in.number<std::uint64_t>();
    origin.directories.fresh_modified = in.time();
    origin.directories.current_modified = in.time();
    origin.imported.inode = in.number<std::uint64_t>();
    origin.imported.octets = in.number<std::uint64_t>();
    origin.imported.modified = in.time();
    const auto count = in.number<std::uint64_t>();
    const auto surrogates_octets = in.number<std::uint64_t>();
    const auto texts_octets = in.number<std::uint64_t>();
    if (!in.good() || count > in.left() / entry_octets) return std::nullopt;
    reader messages(in.text(count * entry_octets));
    reader surrogates(in.text(surrogates_octets));
    if (!in.good() || in.left() != texts_octets) return std::nullopt;
    snapshot::builder out;
    out.reserve(count, texts_octets);
    for (std::uint64_t i = 0; i < count; ++i) {
        snapshot_message message;
        message.octets = messages.number<std::uint64_t>();
        message.stored_octets = messages.number<std::uint64_t>();
        message.unique_id = in.text(messages.number<std::uint8_t>());
        message.base = in.text(messages.number<std::uint8_t>());
        message.info = in.text(messages.number<std::uint8_t>());
        const unsigned flags = messages.number<std::uint8_t>();
        message.folder = (flags & current_bit) == 0 ? folder::fresh : folder::current;
        if ((flags & header_known_bit) != 0) message.header.emplace();
        if ((flags & surrogate_bit) != 0) message.header = header_facts{surrogates.number<std::uint64_t>()};
        message.form = (flags & as_received_bit) != 0 ? mail::form::as_received : mail::form::lf;
        if (message.base.empty()) message.base = message.unique_id;
        if (!in.good() || flags >= 2 * surrogate_bit || !is_plausible(message)) return std::nullopt;
        out.add(message);
    }
    if (in.left() != 0 || !surrogates.good() || surrogates.left() != 0) return std::nullopt;
    return std::move(out).build(origin);
}

std::shared_ptr<const snapshot> read_snapshot_file(folders& maildrop)
{
    const auto octets = read_file_of(maildrop.owner, *maildrop.maildrop);
    if (!octets) return nullptr;
    auto decoded = decode_snapshot(*octets);
    return decoded ? std::make_shared<const snapshot>(std::move(*decoded)) : nullptr;
}

base::result<> write_snapshot_file(folders& maildrop, const snapshot& snapshot, base::random& random)
{
    const std::string temporary = std::string(snapshot_file_name) + '.' + base::to_hex(random.octets(8));
    auto created = maildrop.maildrop->create(temporary);
    if (!created) return base::fail(created.error());
    auto done = (*created)->write(encode_snapshot(snapshot));
    if (done) done = (*created)->close();
    if (done) done = maildrop.maildrop->replace(temporary, *maildrop.maildrop, snapshot_file_name);
    if (!done) static_cast<void>(maildrop.maildrop->remove(temporary));
    return done;
}

} // namespace store::maildir
