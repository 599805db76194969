// Any octets as a file name, a held name, a dovecot-uidlist and a file of imported unique-ids.
#include "fuzz/require.hpp"
#include "mail/unique_id.hpp"
#include "store/maildir/dovecot_uidlist.hpp"
#include "store/maildir/held.hpp"
#include "store/maildir/name.hpp"
#include "store/maildir/unique_ids_file.hpp"

#include <cstdint>
#include <string_view>

using namespace store::maildir;

namespace {

using fuzz::require;

void check_name(std::string_view name)
{
    const auto parsed = parse_name(name);
    if (!parsed) return;
    require(!parsed->base.empty() && parsed->base.find(':') == std::string_view::npos);
    require(std::string(parsed->base).append(parsed->info) == name);
    require(mail::unique_id::parse(unique_id_of(parsed->base)).has_value());
    const auto again = parse_name(parsed->base);
    require(again && again->arrival_microseconds == parsed->arrival_microseconds &&
            again->stored_octets == parsed->stored_octets &&
            again->canonical_octets == parsed->canonical_octets);
    const auto held = format_held_name(base::wall_time(std::chrono::seconds(1)), "s", name);
    if (!held) return;
    const auto back = parse_held_name(*held);
    require(back && back->name == name && back->session == "s");
}

void check_uidlist(std::string_view text)
{
    const auto list = parse_dovecot_uidlist(text);
    if (!list) return;
    for (const auto& message : list->messages) {
        require(message.uid != 0 && parse_name(message.base).has_value());
        require(dovecot_unique_id(*list, message, dovecot_unique_id_format::uid_and_validity_hexadecimal)
                    .size() >= 1);
    }
}

void check_unique_ids(std::string_view text)
{
    const auto ids = unique_ids::parse(std::string(text));
    if (!ids) return;
    const std::string a = ids->of("1.a");
    require(mail::unique_id::parse(a).has_value());
    require(a != ids->of("2.b"));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    const std::string_view text(reinterpret_cast<const char*>(octets), count);
    check_name(text);
    static_cast<void>(parse_held_name(text));
    check_uidlist(text);
    check_unique_ids(text);
    return 0;
}
