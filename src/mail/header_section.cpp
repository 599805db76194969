// Finding the empty line.
#include "mail/header_section.hpp"

namespace mail {

std::size_t header_section_end::find(std::string_view chunk)
{
    std::size_t used = 0;
    while (used < chunk.size() && !found()) {
        if (matched_ == 0) { // in a line: only its end matters
            used = chunk.find('\r', used);
            if (used == std::string_view::npos) return chunk.size();
        }
        const char octet = chunk[used++];
        const bool expects_cr = matched_ % 2 == 0;
        if (octet == (expects_cr ? '\r' : '\n')) {
            ++matched_;
        } else {
            matched_ = octet == '\r' ? 1 : 0;
        }
    }
    return used;
}

std::string_view header_section_of(std::string_view message)
{
    header_section_end end;
    return message.substr(0, end.find(message));
}

} // namespace mail
