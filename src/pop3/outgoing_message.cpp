// One pass, or three steps.
#include "pop3/outgoing_message.hpp"

#include <algorithm>
#include <utility>

namespace pop3 {

outgoing_message::outgoing_message(mail::form stored, std::optional<std::uint64_t> body_lines,
                                   std::size_t replaced, std::optional<std::string> surrogate)
    : stored_(stored), replaced_(replaced), surrogate_(std::move(surrogate))
{
    if (body_lines)
        limiter_.emplace(*body_lines);
    else if (!surrogate_)
        encoder_.emplace(stored);
}

void outgoing_message::convert(std::string_view stored, std::string& out)
{
    if (encoder_) return encoder_->convert(stored, out);
    if (surrogate_) add(*std::exchange(surrogate_, std::nullopt), out);
    if (stored_ == mail::form::lf) {
        canonical_.clear();
        to_crlf_.convert(stored, canonical_);
        stored = canonical_;
    }
    const auto skipped = std::min(replaced_, stored.size());
    replaced_ -= skipped;
    add(stored.substr(skipped), out);
}

void outgoing_message::finish(std::string& out) const
{
    if (encoder_)
        encoder_->finish(out);
    else
        stuffer_.finish(out);
}

void outgoing_message::add(std::string_view canonical, std::string& out)
{
    stuffer_.convert(limiter_ ? limiter_->pass(canonical) : canonical, out);
}

} // namespace pop3
