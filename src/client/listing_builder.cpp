// From the lines of UIDL and LIST to one listing.
#include "client/listing_builder.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace client {

namespace {

/// Indexes of `list`, sorted by what `key` gives, in their own order where that is equal.
template <typename List, typename Key>
std::vector<std::size_t> sorted_indexes(const List& list, Key key)
{
    std::vector<std::size_t> out(list.size());
    std::iota(out.begin(), out.end(), std::size_t{0});
    std::ranges::sort(out, [&](std::size_t a, std::size_t b) {
        const auto left = key(list[a]), right = key(list[b]);
        return left != right ? left < right : a < b;
    });
    return out;
}

} // namespace

bool listing_builder::add_unique_id(std::string_view line)
{
    const auto parsed = pop3::parse_listed_unique_id(line);
    if (!parsed || parsed->number == 0) return ++left_out_ <= limits_.messages;
    unique_id_octets_ += parsed->unique_id.size();
    if (ids_.size() == limits_.messages || unique_id_octets_ > limits_.unique_id_octets) return false;
    ids_.push_back({.number = parsed->number, .unique_id = std::string(parsed->unique_id)});
    return true;
}

bool listing_builder::add_octets(std::string_view line)
{
    const auto parsed = pop3::parse_listed_octets(line);
    if (!parsed || parsed->number == 0) return ++left_out_ <= limits_.messages;
    if (sizes_.size() == limits_.messages) return false;
    sizes_.push_back(*parsed);
    return true;
}

maildrop_listing listing_builder::build(bool unique_ids)
{
    settle_repeated_numbers();
    join_sizes();
    flag_repeated_ids();
    return {.messages = std::move(ids_), .unique_ids = unique_ids};
}

void listing_builder::settle_repeated_numbers()
{
    const auto order = sorted_indexes(ids_, [](const listed_message& message) { return message.number; });
    std::vector<bool> repeated(ids_.size());
    for (std::size_t i = 1; i < order.size(); ++i) {
        listed_message& first = ids_[order[i - 1]];
        listed_message& second = ids_[order[i]];
        if (first.number != second.number) continue;
        repeated[order[i - 1]] = true;
        if (first.unique_id == second.unique_id && !first.ambiguous) continue; // said twice
        second.ambiguous = true;
        second.unique_id.clear();
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
        if (repeated[i]) continue;
        if (kept != i) ids_[kept] = std::move(ids_[i]);
        ++kept;
    }
    left_out_ += ids_.size() - kept;
    ids_.resize(kept);
}

void listing_builder::join_sizes()
{
    const auto number = [this](std::size_t i) { return sizes_[i].number; };
    const auto order = sorted_indexes(sizes_, [](const pop3::listed_octets& size) { return size.number; });
    std::vector<bool> joined(sizes_.size());
    for (listed_message& message : ids_) {
        const auto found = std::ranges::lower_bound(order, message.number, {}, number);
        if (found == order.end() || number(*found) != message.number) continue;
        message.octets = sizes_[*found].octets;
        joined[*found] = true;
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i > 0 && number(order[i]) == number(order[i - 1]))
            ++left_out_; // the first word holds
        else if (!joined[order[i]] && ids_.size() < limits_.messages)
            ids_.push_back({.number = number(order[i]), .unique_id = {}, .octets = sizes_[order[i]].octets});
    }
}

void listing_builder::flag_repeated_ids()
{
    const auto order = sorted_indexes(
        ids_, [](const listed_message& message) { return std::string_view(message.unique_id); });
    for (std::size_t i = 1; i < order.size(); ++i) {
        listed_message& first = ids_[order[i - 1]];
        listed_message& second = ids_[order[i]];
        if (first.unique_id.empty() || first.unique_id != second.unique_id) continue;
        first.ambiguous = second.ambiguous = true;
    }
}

} // namespace client
