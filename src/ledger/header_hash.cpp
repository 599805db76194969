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

namespace {

bool is_blank(char octet)
{
    return octet == ' ' || octet == '\t';
}

} // namespace

void each_field(std::string_view header,
                const std::function<void(std::string_view name, std::string_view field)>& tell)
{
    while (!header.empty()) {
        std::size_t end = 0;
        do {
            const std::size_t line_end = header.find('\n', end);
            end = line_end == std::string_view::npos ? header.size() : line_end + 1;
        } while (end < header.size() && is_blank(header[end]));
        const std::string_view field = header.substr(0, end);
        std::string_view name = field.substr(0, std::min(field.find(':'), field.size()));
        if (name.size() == field.size()) name = {};
        while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
        tell(name, field);
        header.remove_prefix(end);
    }
}

std::string value_of(std::string_view field)
{
    std::string value(field.substr(std::min(field.find(':') + 1, field.size())));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
    const auto begin = std::ranges::find_if_not(value, is_blank);
    value.erase(value.begin(), begin);
    while (!value.empty() && is_blank(value.back())) value.pop_back();
    return value;
}

} // namespace ledger
