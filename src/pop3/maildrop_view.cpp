// Marks and counts.
#include "pop3/maildrop_view.hpp"

#include <cassert>
#include <utility>

namespace pop3 {

maildrop_view::maildrop_view(opened_maildrop maildrop) : maildrop_(std::move(maildrop))
{
    assert(maildrop_.listing && "an opened maildrop has a listing");
    assert(maildrop_.surrogate_octets.empty() || maildrop_.surrogate_octets.size() == size());
    all_octets_ = maildrop_.listing->total_octets();
    if (maildrop_.surrogate_octets.empty()) return;
    all_octets_ = 0;
    for (std::size_t i = 0; i < size(); ++i) all_octets_ += octets(i);
}

std::optional<std::size_t> maildrop_view::find(message_number number) const
{
    if (number.value() > size()) return std::nullopt;
    const auto index = static_cast<std::size_t>(number.value() - 1);
    if (is_marked(index)) return std::nullopt;
    return index;
}

std::uint64_t maildrop_view::octets(std::size_t index) const
{
    // No surrogate is empty, so 0 says that this message has none.
    if (!maildrop_.surrogate_octets.empty() && maildrop_.surrogate_octets[index] != 0)
        return maildrop_.surrogate_octets[index];
    return maildrop_.listing->octets(index);
}

bool maildrop_view::internationalised(std::size_t index) const
{
    return index < maildrop_.internationalised.size() && maildrop_.internationalised[index];
}

void maildrop_view::mark(std::size_t index)
{
    assert(!is_marked(index));
    marked_.resize(size());
    marked_[index] = true;
    ++marked_count_;
    marked_octets_ += octets(index);
}

void maildrop_view::unmark_all()
{
    marked_.clear();
    marked_count_ = 0;
    marked_octets_ = 0;
}

std::vector<std::size_t> maildrop_view::marked() const
{
    std::vector<std::size_t> out;
    out.reserve(marked_count_);
    for (std::size_t i = 0; i < marked_.size(); ++i)
        if (marked_[i]) out.push_back(i);
    return out;
}

void maildrop_view::forget_surrogates()
{
    if (maildrop_.surrogate_octets.empty()) return;
    maildrop_.surrogate_octets.clear();
    all_octets_ = maildrop_.listing->total_octets();
    marked_octets_ = 0;
    for (const std::size_t index : marked()) marked_octets_ += octets(index);
}

} // namespace pop3
