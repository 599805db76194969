// Dot-unstuffing in spans as large as the input allows.
#include "lmtp/data_decoder.hpp"

namespace lmtp {

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

} // namespace lmtp
