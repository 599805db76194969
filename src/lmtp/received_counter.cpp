// Counting Received fields.
#include "lmtp/received_counter.hpp"

#include "base/ascii.hpp"

namespace lmtp {
namespace {

constexpr std::string_view field = "received:";
constexpr std::size_t not_here = std::string_view::npos;

} // namespace

void received_counter::take(std::string_view chunk)
{
    if (end_.found()) return;
    for (const char octet : chunk.substr(0, end_.find(chunk))) take_octet(octet);
}

void received_counter::take_octet(char octet)
{
    const bool line_ended = last_ == '\r' && octet == '\n';
    last_ = octet;
    if (line_ended) {
        matched_ = 0;
    } else if (matched_ != not_here) {
        const bool blank_before_colon = matched_ + 1 == field.size() && (octet == ' ' || octet == '\t');
        if (blank_before_colon) return; // RFC 5322, section 4.5: obsolete, and still seen
        matched_ = base::lower(octet) == field[matched_] ? matched_ + 1 : not_here;
        if (matched_ == field.size()) {
            ++count_;
            matched_ = not_here;
        }
    }
}

} // namespace lmtp
