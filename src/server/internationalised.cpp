// Header sections are read to their end and no further.
#include "server/internationalised.hpp"

#include "mail/header_section.hpp"
#include "mail/line_ends.hpp"
#include "mail/surrogate.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace server {
namespace {

constexpr std::size_t header_octets_max = 1U << 20U;
constexpr std::size_t piece_octets = 16 * 1024; // most header sections fit into one

} // namespace

base::result<std::string> read_header_section(store::stored_message& message)
{
    std::string header;
    std::string canonical;
    mail::to_crlf to_crlf;
    mail::header_section_end end;
    std::array<char, piece_octets> piece;
    std::uint64_t offset = 0;
    while (!end.found()) {
        const auto got = message.read(piece, offset);
        if (!got) return base::fail(got.error());
        if (*got == 0) break;
        offset += *got;
        std::string_view octets(piece.data(), *got);
        if (message.form() == mail::form::lf) {
            canonical.clear();
            to_crlf.convert(octets, canonical);
            octets = canonical;
        }
        header += octets.substr(0, end.find(octets));
        if (header.size() > header_octets_max) return std::string();
    }
    return header;
}

internationalised_messages look_for_internationalised(store::maildrop& maildrop, bool with_surrogates)
{
    const auto listing = maildrop.listing();
    internationalised_messages out;
    out.which.assign(listing->size(), false);
    if (with_surrogates) out.surrogate_octets.assign(listing->size(), 0);
    for (std::size_t index = 0; index < listing->size(); ++index) {
        const auto message = maildrop.open(index);
        if (!message) continue;
        const auto header = read_header_section(**message);
        if (!header || !mail::internationalised(*header)) continue;
        out.which[index] = true;
        if (with_surrogates)
            out.surrogate_octets[index] =
                (*message)->octets() - header->size() + mail::surrogate(*header).size();
    }
    return out;
}

} // namespace server
