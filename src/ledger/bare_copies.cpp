// Looked up by the sender's fields, then compared in full.
#include "ledger/bare_copies.hpp"

#include "mail/header_section.hpp"
#include "mail/line_ends.hpp"

#include <algorithm>

namespace ledger {

base::result<std::vector<bare_match>> bare_copies::find(const bare_message& served)
{
    if (auto done = read_all(); !done) return base::fail(done.error());
    std::vector<bare_match> found;
    const auto [first, last] = by_sender_fields_.equal_range(sender_fields_hash(served));
    for (auto entry = first; entry != last; ++entry) {
        const auto& [hash, held] = entry->second;
        if (std::ranges::find(found, hash, &bare_match::hash) != found.end()) continue;
        const auto header = header_of(held.key);
        if (!header || !same_header_but_added(*header, served) || held.octets < header->header_octets)
            continue;
        found.push_back({hash, held, held.octets - header->header_octets + served.header_octets});
    }
    return found;
}

base::result<> bare_copies::read_all()
{
    if (read_) return {};
    read_ = true;
    return book_.each_copy(account_, [&](const stored_copy& held, const content_hash& hash) {
        if (const auto header = header_of(held.key))
            by_sender_fields_.emplace(sender_fields_hash(*header), std::pair(hash, held));
    });
}

std::optional<bare_message> bare_copies::header_of(const std::string& key)
{
    constexpr std::size_t header_piece_octets = 16u << 10;
    auto message = mail_.open(key);
    if (!message) return std::nullopt;
    bare_message_reader reader;
    mail::header_section_end end;
    mail::to_crlf to_crlf;
    std::string buffer(header_piece_octets, '\0');
    for (std::uint64_t offset = 0; offset < bare_header_octets_max && !end.found();) {
        const auto got = (*message)->read(buffer, offset);
        if (!got) return std::nullopt;
        if (*got == 0) break;
        offset += *got;
        std::string canonical;
        if ((*message)->form() == mail::form::lf)
            to_crlf.convert(std::string_view(buffer).substr(0, *got), canonical);
        else
            canonical = buffer.substr(0, *got);
        reader.add(canonical.substr(0, end.find(canonical)));
    }
    return reader.finish();
}

} // namespace ledger
