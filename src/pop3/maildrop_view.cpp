// Marks and counts.
#include "pop3/maildrop_view.hpp"

#include <cassert>
#include <utility>

namespace pop3 {

maildrop_view::maildrop_view(opened_maildrop maildrop, bool surrogates)
    : maildrop_(std::move(maildrop)), surrogates_(surrogates)
{
    assert(maildrop_.listing && "an opened maildrop has a listing");
    all_octets_ =
        surrogates_ ? maildrop_.listing->total_octets_with_surrogates() : maildrop_.listing->total_octets();
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
    const auto& listing = *maildrop_.listing;
    return (surrogates_ ? listing.surrogate_octets(index) : std::nullopt).value_or(listing.octets(index));
}

bool maildrop_view::internationalised(std::size_t index) const
{
    return maildrop_.listing->surrogate_octets(index).has_value();
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
    if (!surrogates_) return;
    surrogates_ = false;
    all_octets_ = maildrop_.listing->total_octets();
    marked_octets_ = 0;
    for (const std::size_t index : marked()) marked_octets_ += octets(index);
}

} // namespace pop3
