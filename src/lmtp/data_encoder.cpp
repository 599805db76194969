// Dot-stuffing in runs.
#include "lmtp/data_encoder.hpp"

namespace lmtp {

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

} // namespace lmtp
