// Reading and making the names of message files.
#include "store/maildir/name.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "mail/unique_id.hpp"

#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

namespace store::maildir {

namespace {

constexpr std::uint64_t microseconds_per_second = 1'000'000;
// A clock that was set back by more than this is followed: names must not stay in the future for ever.
constexpr std::uint64_t set_back_ignored_microseconds = 10 * microseconds_per_second;
constexpr std::size_t host_octets_max = 16; // only for people: the random part makes the name unique
constexpr std::size_t random_octets = 8;
constexpr std::size_t random_letters = 11; // these octets in base64url
constexpr char wire_mark = 'E';            // the end of the last line is counted
constexpr char content_mark = 'R';

/// The number at the start of `text`, which is cut off it; nothing where there is none or it has over 64 bits.
std::optional<std::uint64_t> take_number(std::string_view& text)
{
    constexpr std::size_t safe_digits =
        std::numeric_limits<std::uint64_t>::digits10; // no such number overflows
    std::uint64_t number = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && base::is_digit(text[digits]); ++digits) {
        const auto digit = static_cast<std::uint64_t>(text[digits] - '0');
        if (digits >= safe_digits && number > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
            return std::nullopt;
        number = number * 10 + digit;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    return number;
}

/// The value of ",S=" or ",W=": digits up to the next ',' or the end, as Maildir++ writes them.
std::optional<std::uint64_t> size_of(std::string_view base, std::string_view key)
{
    const auto offset = base.find(key);
    if (offset == std::string_view::npos) return std::nullopt;
    std::string_view rest = base.substr(offset + key.size());
    const auto number = take_number(rest);
    if (!number || (!rest.empty() && rest.front() != ',')) return std::nullopt;
    return number;
}

bool is_base64url(std::string_view text)
{
    return std::ranges::all_of(text,
                               [](char c) { return base::is_letter_or_digit(c) || c == '-' || c == '_'; });
}

/// Takes `letter` and the number behind it off the front.
bool take_field(std::string_view& text, char letter)
{
    if (!text.starts_with(letter)) return false;
    text.remove_prefix(1);
    return take_number(text).has_value();
}

std::string first_label(std::string_view host)
{
    std::string out(host.substr(0, host.find('.')).substr(0, host_octets_max));
    const auto plain = [](char c) { return base::is_letter_or_digit(c) || c == '-'; };
    std::ranges::replace_if(out, [&](char c) { return !plain(c); }, '-');
    return out.empty() ? "localhost" : out;
}

} // namespace

std::optional<parsed_name> parse_name(std::string_view name)
{
    parsed_name out;
    out.base = base_of(name);
    if (out.base.empty()) return std::nullopt;
    out.info = name.substr(out.base.size());
    out.arrival_microseconds = arrival_microseconds_of(out.base);
    out.stored_octets = stored_octets_of(out.base);
    out.canonical_octets = canonical_octets_of(out.base);
    return out;
}

std::string_view base_of(std::string_view name)
{
    if (name.starts_with('.')) return {};
    return name.substr(0, name.find(':'));
}

std::optional<std::uint64_t> arrival_microseconds_of(std::string_view base)
{
    const auto seconds = take_number(base);
    // 9999-12-31: later ones are no times, and must not overflow the product below
    constexpr std::uint64_t arrival_seconds_max = 253'402'300'799;
    if (!seconds || *seconds > arrival_seconds_max || !base.starts_with('.')) return std::nullopt;
    base.remove_prefix(1);
    std::uint64_t microseconds = 0;
    const std::string_view unique = base.substr(0, base.find('.'));
    if (const auto offset = unique.find('M'); offset != std::string_view::npos) {
        std::string_view rest = unique.substr(offset + 1);
        if (const auto found = take_number(rest); found && *found < microseconds_per_second)
            microseconds = *found;
    }
    return *seconds * microseconds_per_second + microseconds;
}

std::optional<std::uint64_t> stored_octets_of(std::string_view base)
{
    return size_of(base, ",S=");
}

std::optional<std::uint64_t> canonical_octets_of(std::string_view base)
{
    return size_of(base, ",W=");
}

size_claim size_claim_of(std::string_view base)
{
    if (!take_number(base) || !base.starts_with('.')) return size_claim::none;
    base.remove_prefix(1);
    if (!take_field(base, 'M') || !take_field(base, 'P')) return size_claim::none;
    if (base.size() <= 1 + random_letters || base[1 + random_letters] != '.' ||
        !is_base64url(base.substr(1, random_letters)))
        return size_claim::none;
    if (base.front() == wire_mark) return size_claim::wire;
    return base.front() == content_mark ? size_claim::content : size_claim::none;
}

std::uint64_t to_microseconds(base::wall_time time)
{
    const auto count = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

std::string unique_id_of(std::string_view base)
{
    return mail::is_unique_id(base) ? std::string(base) : hashed_unique_id(base);
}

std::string hashed_unique_id(std::string_view base)
{
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(base.data()), base.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return base::to_base64url(digest);
}

name_maker::name_maker(const base::clock& clock, base::random& random, std::string_view host)
    : clock_(clock), random_(random), host_(first_label(host)), process_(std::to_string(::getpid()))
{
}

std::string name_maker::temporary()
{
    return beginning(next_microseconds(), content_mark) + '.' + host_;
}

std::string name_maker::delivered(std::uint64_t stored_octets, std::uint64_t canonical_octets)
{
    return with_sizes(beginning(next_microseconds(), wire_mark), stored_octets, canonical_octets);
}

std::string name_maker::kept(std::uint64_t stored_octets, std::uint64_t canonical_octets)
{
    return with_sizes(beginning(next_microseconds(), content_mark), stored_octets, canonical_octets);
}

std::string name_maker::kept(std::uint64_t stored_octets, std::uint64_t canonical_octets,
                             base::wall_time arrival)
{
    return with_sizes(beginning(to_microseconds(arrival), content_mark), stored_octets, canonical_octets);
}

std::string name_maker::with_sizes(std::string out, std::uint64_t stored_octets,
                                   std::uint64_t canonical_octets)
{
    const std::string sizes =
        ",S=" + std::to_string(stored_octets) + ",W=" + std::to_string(canonical_octets);
    const std::size_t used = out.size() + 1 + sizes.size();
    // Sizes of over 12 digits leave no room at all; the unique-id is then a hash, which is as good.
    const std::size_t room = used < mail::unique_id_octets_max ? mail::unique_id_octets_max - used : 1;
    out += '.';
    out += std::string_view(host_).substr(0, room);
    return out + sizes;
}

std::string name_maker::beginning(std::uint64_t now, char mark)
{
    // With a one in front that is cut off again: six digits, zeros and all.
    const std::string microseconds =
        std::to_string(microseconds_per_second + now % microseconds_per_second).substr(1);
    return std::to_string(now / microseconds_per_second) + ".M" + microseconds + 'P' + process_ + mark +
           base::to_base64url(random_.octets(random_octets));
}

std::uint64_t name_maker::next_microseconds()
{
    const std::uint64_t now = to_microseconds(clock_.now());
    const std::lock_guard lock(mutex_);
    const bool stands_still =
        now <= last_microseconds_ && last_microseconds_ - now < set_back_ignored_microseconds;
    last_microseconds_ = stands_still ? last_microseconds_ + 1 : now;
    return last_microseconds_;
}

namespace {

constexpr std::string_view info_start = ":2,";

struct letter {
    char flag;
    bool message_marks::* mark;
};
constexpr std::array letters{letter{'D', &message_marks::draft},     letter{'F', &message_marks::flagged},
                             letter{'P', &message_marks::forwarded}, letter{'R', &message_marks::answered},
                             letter{'S', &message_marks::seen},      letter{'T', &message_marks::trashed}};

std::string_view flags_in(std::string_view info)
{
    return info.starts_with(info_start) ? info.substr(info_start.size()) : std::string_view();
}

} // namespace

message_marks marks_of(std::string_view info)
{
    message_marks out;
    for (const letter& one : letters) out.*one.mark = flags_in(info).contains(one.flag);
    return out;
}

std::string info_with(std::string_view info, const message_marks& marks)
{
    std::string flags(flags_in(info));
    for (const letter& one : letters) {
        std::erase(flags, one.flag);
        if (marks.*one.mark) flags += one.flag;
    }
    std::ranges::sort(flags);
    return std::string(info_start) + flags;
}

} // namespace store::maildir
