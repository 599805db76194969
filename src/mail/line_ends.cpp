// Line ends, one pass each.
#include "mail/line_ends.hpp"

#include <cstring>

namespace mail {

void to_crlf::convert(std::string_view chunk, std::string& out)
{
    while (!chunk.empty()) {
        const std::size_t end = chunk.find('\n');
        const std::string_view line = chunk.substr(0, end);
        if (!line.empty()) {
            out += line;
            last_ = line.back();
        }
        if (end == std::string_view::npos) return;
        if (last_ != '\r') out += '\r';
        out += '\n';
        last_ = '\n';
        chunk.remove_prefix(end + 1);
    }
}

void to_lf::convert(std::string_view chunk, std::string& out)
{
    for (const char c : chunk) {
        if (c == '\n') {
            if (!held_cr_ || after_cr_) lossless_ = false;
            if (held_cr_ && after_cr_) out += '\r';
            held_cr_ = after_cr_ = false;
            out += '\n';
        } else if (c == '\r') {
            if (held_cr_) out += '\r';
            after_cr_ = held_cr_;
            held_cr_ = true;
        } else {
            if (held_cr_) out += '\r';
            held_cr_ = after_cr_ = false;
            out += c;
        }
    }
}

void to_lf::finish(std::string& out)
{
    if (held_cr_) out += '\r';
    held_cr_ = after_cr_ = false;
}

void crlf_counter::count(std::string_view chunk)
{
    octets_ += chunk.size();
    while (!chunk.empty()) {
        const std::size_t end = chunk.find('\n');
        if (end == std::string_view::npos) {
            last_ = chunk.back();
            return;
        }
        if ((end > 0 ? chunk[end - 1] : last_) != '\r') ++octets_;
        last_ = '\n';
        chunk.remove_prefix(end + 1);
    }
}

} // namespace mail
