// Header sections are read to their end and no further.
#include "store/stored_message.hpp"

#include "mail/header_section.hpp"
#include "mail/line_ends.hpp"
#include "mail/surrogate.hpp"

#include <array>

namespace store {
namespace {

constexpr std::size_t header_octets_max = 1U << 20U;
constexpr std::size_t piece_octets = 16 * 1024; // most header sections fit into one

} // namespace

base::result<std::string> read_header_section(stored_message& message)
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

base::result<std::optional<std::uint64_t>> count_surrogate_octets(stored_message& message)
{
    const auto header = read_header_section(message);
    if (!header) return base::fail(header.error());
    if (!mail::internationalised(*header)) return std::nullopt;
    return mail::octets_with_surrogate(message.octets(), *header, mail::surrogate(*header));
}

} // namespace store
