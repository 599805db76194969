// The hash of a header section.
#include "ledger/header_hash.hpp"

#include <algorithm>

namespace ledger {

namespace {
constexpr std::string_view header_line_end = "\r\n";
}

void header_hasher::add(std::string_view octets)
{
    const std::string_view header = octets.substr(0, end_.find(octets));
    if (header.size() < header_line_end.size()) {
        held_ += header;
        const std::size_t over = held_.size() - std::min(held_.size(), header_line_end.size());
        hasher_.add(std::string_view(held_).substr(0, over));
        held_.erase(0, over);
        return;
    }
    hasher_.add(held_);
    hasher_.add(header.substr(0, header.size() - header_line_end.size()));
    held_ = header.substr(header.size() - header_line_end.size());
}

std::string header_hasher::finish()
{
    if (!end_.found()) {
        hasher_.add(held_);
        if (!held_.empty() && held_ != header_line_end) hasher_.add(header_line_end);
    }
    end_ = {};
    held_.clear();
    return std::string(hasher_.finish().view());
}

} // namespace ledger
