// Fuzzes the passes over line ends and dots: in any cuts they give what one octet after another gives.
#include "fuzz/require.hpp"
#include "mail/octet_rewriting.hpp"
#include "pop3/multi_line.hpp"
#include "pop3/outgoing_message.hpp"
#include "support/octet_by_octet.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace {

using fuzz::require;

std::string encoded(mail::form stored, std::string_view text, std::mt19937& random)
{
    pop3::message_encoder encoder(stored);
    std::string out;
    support::cut_anyhow(text, random, [&](std::string_view piece) { encoder.convert(piece, out); });
    encoder.finish(out);
    return out;
}

void all_ways_agree(std::string_view text)
{
    std::string padded(text);
    padded.resize((text.size() + mail::mask_octets - 1) / mail::mask_octets * mail::mask_octets);
    std::vector<mail::octet_masks> first(padded.size() / mail::mask_octets), other(first.size());
    mail::octet_maskings().front().run(padded.data(), first);
    for (const auto& way : mail::octet_maskings()) {
        way.run(padded.data(), other);
        const auto same = [](const auto& a, const auto& b) {
            return a.lf == b.lf && a.cr == b.cr && a.dot == b.dot;
        };
        require(std::ranges::equal(first, other, same), "two ways of finding octets differ");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    if (count == 0) return 0;
    std::mt19937 random(octets[0]);
    const std::string_view text(reinterpret_cast<const char*>(octets) + 1, count - 1);
    all_ways_agree(text);

    const std::string canonical = support::crlf_octet_by_octet(text);
    require(encoded(mail::form::lf, text, random) == support::stuffed_octet_by_octet(canonical), "LF form");
    require(encoded(mail::form::as_received, text, random) == support::stuffed_octet_by_octet(text),
            "as received");

    mail::to_crlf up;
    mail::to_lf down;
    mail::crlf_counter counter;
    std::string with_crs, without_crs;
    support::cut_anyhow(text, random, [&](std::string_view piece) { up.convert(piece, with_crs); });
    support::cut_anyhow(text, random, [&](std::string_view piece) { down.convert(piece, without_crs); });
    support::cut_anyhow(text, random, [&](std::string_view piece) { counter.count(piece); });
    down.finish(without_crs);
    const auto expected = support::lf_octet_by_octet(text);
    require(with_crs == canonical && counter.octets() == canonical.size(), "to CRLF");
    require(without_crs == expected.octets && down.lossless() == expected.lossless, "to LF");
    return 0;
}
