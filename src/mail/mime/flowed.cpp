// Soft line ends out (RFC 3676, sections 4.1 to 4.5).
#include "mail/mime/flowed.hpp"

#include <algorithm>

namespace mail::mime {
namespace {

struct flowed_line {
    std::size_t quotes = 0;
    std::string_view text;
    bool soft = false; ///< the next line of as many quotes belongs to it
};

flowed_line read_line(std::string_view line)
{
    flowed_line found;
    found.quotes = std::min(line.size(), line.find_first_not_of('>'));
    line.remove_prefix(found.quotes);
    if (line.starts_with(' ')) line.remove_prefix(1); // space-stuffed
    found.text = line;
    found.soft = line.ends_with(' ') && line != "-- ";
    return found;
}

} // namespace

std::string unflowed(std::string_view text, bool delete_space)
{
    std::string out;
    out.reserve(text.size());
    bool within = false; // a paragraph whose last line was soft
    std::size_t quotes = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.size(), text.find('\n'));
        const flowed_line line = read_line(text.substr(0, end));
        const bool last = end == text.size();
        text.remove_prefix(last ? end : end + 1);
        if (within && (line.quotes != quotes || line.text.empty() ||
                       line.text == "-- ")) { // nothing of it follows: its end is a hard one
            out += '\n';
            within = false;
        }
        if (!within) {
            out.append(line.quotes, '>');
            if (line.quotes > 0 && !line.text.empty()) out += ' ';
        }
        out += line.soft && delete_space ? line.text.substr(0, line.text.size() - 1) : line.text;
        within = line.soft && !last;
        quotes = line.quotes;
        if (!within && !last) out += '\n';
    }
    return out;
}

} // namespace mail::mime
