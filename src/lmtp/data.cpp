// Dots in runs as long as the input allows, and Received fields.
#include "lmtp/data.hpp"

#include "base/ascii.hpp"

namespace lmtp {
namespace {

constexpr std::string_view received_field = "received:";
constexpr std::size_t not_here = std::string_view::npos;

} // namespace

data_decoder::piece data_decoder::decode(std::string_view input)
{
    std::size_t used = 0;
    for (; used < input.size(); ++used) {
        const char octet = input[used];
        if (position_ == position::line_begin && octet == '.') {
            position_ = position::dot;
        } else if (position_ == position::dot && octet == '\r') {
            position_ = position::dot_cr;
        } else if (position_ == position::dot_cr && octet == '\n') {
            position_ = position::line_begin;
            return {.content = {}, .used = used + 1, .ended = true};
        } else if (position_ == position::dot_cr) {
            position_ =
                position::text_after_cr; // the CR held back was content; it may lie in an earlier chunk
            return {.content = "\r", .used = used, .ended = false};
        } else {
            return decode_text(input, used);
        }
    }
    return {.content = {}, .used = used, .ended = false};
}

data_decoder::piece data_decoder::decode_text(std::string_view input, std::size_t skipped)
{
    const std::string_view text = input.substr(skipped);
    if (position_ == position::text_after_cr && text.front() == '\n') {
        position_ = position::line_begin;
        return {.content = text.substr(0, 1), .used = skipped + 1, .ended = false};
    }
    if (const std::size_t found = text.find("\r\n."); found != std::string_view::npos) {
        position_ = position::line_begin;
        return {.content = text.substr(0, found + 2), .used = skipped + found + 2, .ended = false};
    }
    position_ = text.ends_with("\r\n") ? position::line_begin
                : text.ends_with('\r') ? position::text_after_cr
                                       : position::text;
    return {.content = text, .used = input.size(), .ended = false};
}

void content_form::take(std::string_view chunk)
{
    octets_ += chunk.size();
    for (const char octet : chunk) {
        if (static_cast<unsigned char>(octet) > 127) eight_bit_ = true;
        if (octet == '\0' || (octet == '\n') != after_cr_) binary_ = true;
        after_cr_ = octet == '\r';
        line_octets_ = octet == '\n' ? 0 : line_octets_ + 1;
        if (line_octets_ > text_line_octets_max && (!after_cr_ || line_octets_ != text_line_octets_max + 1))
            binary_ = true;
    }
}

bool data_encoder::convert(std::string_view chunk, std::string& out)
{
    while (!chunk.empty()) {
        if (position_ == position::after_cr) {
            if (chunk.front() != '\n') return false;
            out += '\n';
            chunk.remove_prefix(1);
            position_ = position::line_begin;
            continue;
        }
        if (position_ == position::line_begin && chunk.front() == '.') out += '.';
        const std::size_t run = chunk.find_first_of("\r\n");
        if (run == std::string_view::npos) {
            out += chunk;
            position_ = position::text;
            return true;
        }
        if (chunk[run] == '\n') return false;
        out.append(chunk, 0, run + 1);
        chunk.remove_prefix(run + 1);
        position_ = position::after_cr;
    }
    return true;
}

bool data_encoder::finish(std::string& out) const
{
    if (position_ == position::after_cr) return false;
    out += position_ == position::line_begin ? ".\r\n" : "\r\n.\r\n";
    return true;
}

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
        const bool blank_before_colon =
            matched_ + 1 == received_field.size() && (octet == ' ' || octet == '\t');
        if (blank_before_colon) return; // RFC 5322, section 4.5: obsolete, and still seen
        matched_ = base::lower(octet) == received_field[matched_] ? matched_ + 1 : not_here;
        if (matched_ == received_field.size()) {
            ++count_;
            matched_ = not_here;
        }
    }
}

} // namespace lmtp
