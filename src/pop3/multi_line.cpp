// Byte-stuffing, and TOP's part of a message.
#include "pop3/multi_line.hpp"

namespace pop3 {

void dot_stuffer::convert(std::string_view chunk, std::string& out)
{
    if (chunk.empty()) return;
    if (at_line_start_ && chunk.front() == '.') out += '.';
    // Every run is copied up to the LF whose next octet is a dot: lines themselves are never copied one by one.
    std::size_t copied = 0;
    for (std::size_t lf = chunk.find('\n'); lf != std::string_view::npos; lf = chunk.find('\n', lf + 1)) {
        if (lf + 1 == chunk.size() || chunk[lf + 1] != '.') continue;
        out.append(chunk, copied, lf + 1 - copied);
        out += '.';
        copied = lf + 1;
    }
    out.append(chunk, copied);

    empty_ = false;
    at_line_start_ = chunk.back() == '\n';
    const bool cr_before_last = chunk.size() > 1 ? chunk[chunk.size() - 2] == '\r' : after_cr_;
    after_crlf_ = at_line_start_ && cr_before_last;
    after_cr_ = chunk.back() == '\r';
}

void dot_stuffer::finish(std::string& out) const
{
    out += empty_ || after_crlf_ ? ".\r\n" : "\r\n.\r\n";
}

dot_unstuffer::piece dot_unstuffer::next(std::string_view received)
{
    if (received.empty()) return {};
    return at_line_start_ && received.front() == '.' ? at_dot(received) : run(received, 0);
}

dot_unstuffer::piece dot_unstuffer::at_dot(std::string_view received)
{
    const std::string_view behind = received.substr(1);
    if (behind.empty() || behind == "\r") return {};
    const std::size_t line_end = behind.starts_with("\r\n") ? 2 : behind.starts_with('\n') ? 1 : 0;
    if (line_end == 0) return run(received, after_bare_lf_ && crlf_only_ && behind.front() != '.' ? 0 : 1);
    if (!crlf_only_ || (line_end == 2 && !after_bare_lf_))
        return {.octets = {}, .used = 1 + line_end, .ended = true};
    if (behind.size() == line_end) return {};
    passed_dot_line_ = true;
    return run(received, 0);
}

dot_unstuffer::piece dot_unstuffer::run(std::string_view received, std::size_t skipped)
{
    // find() looks for the LF with memchr: a line costs one call, not one step for each octet.
    const std::size_t lf = received.find("\n.", skipped);
    const std::size_t used = lf == received.npos ? received.size() : lf + 1;
    const std::string_view octets = received.substr(skipped, used - skipped);
    at_line_start_ = octets.back() == '\n';
    after_bare_lf_ = at_line_start_ && !(octets.size() > 1 ? octets[octets.size() - 2] == '\r' : after_cr_);
    after_cr_ = octets.back() == '\r';
    return {.octets = octets, .used = used, .ended = false};
}

std::string_view top_limiter::pass(std::string_view chunk)
{
    std::size_t used = 0;
    while (!done() && used < chunk.size()) {
        const std::size_t lf = chunk.find('\n', used);
        const std::string_view part = chunk.substr(used, lf == std::string_view::npos ? lf : lf - used);
        if (!in_body_ && !part.empty()) {
            line_is_blank_ = line_is_blank_ && !line_has_octets_ && part == "\r";
            line_has_octets_ = true;
        }
        if (lf == std::string_view::npos) return chunk;
        used = lf + 1;
        if (in_body_)
            --lines_left_;
        else if (line_is_blank_)
            in_body_ = true;
        line_is_blank_ = true;
        line_has_octets_ = false;
    }
    return chunk.substr(0, used);
}

} // namespace pop3
