// Line ends and byte-stuffing, at once or step by step.
#include "pop3/outgoing_message.hpp"

#include "mail/octet_rewriting.hpp"

#include <algorithm>
#include <utility>

namespace pop3 {
namespace {

/// Octets that another one precedes on the wire.
struct preceded_octets {
    std::uint64_t crs_missing;   ///< all bits: an LF without CR gets one
    std::uint64_t after_cr;      ///< 1: the octet before the next 64 is CR
    std::uint64_t at_line_start; ///< 1: the next 64 begin a line

    std::uint64_t operator()(const mail::octet_masks& here, bool)
    {
        const std::uint64_t bare_lfs = here.lf & ~(here.cr << 1 | after_cr);
        const std::uint64_t first_dots = here.dot & (here.lf << 1 | at_line_start);
        after_cr = here.cr >> 63;
        at_line_start = here.lf >> 63;
        return (bare_lfs & crs_missing) | first_dots;
    }
};

} // namespace

void message_encoder::convert(std::string_view stored, std::string& out)
{
    if (stored.empty()) return;
    const bool lf_form = stored_ == mail::form::lf;
    mail::rewrite<mail::octet_change::precede>(stored, out,
                                               preceded_octets{.crs_missing = lf_form ? ~std::uint64_t{0} : 0,
                                                               .after_cr = after_cr_,
                                                               .at_line_start = at_line_start_});
    empty_ = false;
    at_line_start_ = stored.back() == '\n';
    const bool cr_before_last = stored.size() > 1 ? stored[stored.size() - 2] == '\r' : after_cr_;
    after_crlf_ = at_line_start_ && (lf_form || cr_before_last);
    after_cr_ = stored.back() == '\r';
}

void message_encoder::finish(std::string& out) const
{
    out += empty_ || after_crlf_ ? ".\r\n" : "\r\n.\r\n";
}

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
