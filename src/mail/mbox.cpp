// mboxrd, written.
#include "mail/mbox.hpp"

#include "mail/mbox_line.hpp"

namespace mail {

namespace {

constexpr std::string_view from_word = "From ";
constexpr std::size_t block = 64 * 1024; // handed on at once
} // namespace

base::result<> mbox_writer::begin(std::string_view sender, base::wall_time date)
{
    line_ends_ = {};
    undecided_ = true;
    line_begun_ = false;
    quotes_ = matched_ = 0;
    return into_(format_mbox_line(sender, date) + "\n");
}

base::result<> mbox_writer::octets(std::string_view canonical)
{
    std::string lines;
    line_ends_.convert(canonical, lines);
    quote(lines);
    if (out_.size() < block) return {};
    auto written = into_(out_);
    out_.clear();
    return written;
}

base::result<> mbox_writer::end()
{
    std::string lines;
    line_ends_.finish(lines);
    quote(lines);
    if (undecided_) decide(false);
    if (line_begun_) out_ += '\n';
    out_ += '\n';
    auto written = into_(out_);
    out_.clear();
    return written;
}

void mbox_writer::quote(std::string_view lines)
{
    while (!lines.empty()) {
        if (!undecided_) {
            const std::size_t end = lines.find('\n');
            const std::size_t taken = end == std::string_view::npos ? lines.size() : end + 1;
            out_ += lines.substr(0, taken);
            lines.remove_prefix(taken);
            undecided_ = end != std::string_view::npos;
            line_begun_ = !undecided_;
        } else if (matched_ == 0 && lines.front() == '>') {
            ++quotes_;
            lines.remove_prefix(1);
            line_begun_ = true;
        } else if (lines.front() == from_word[matched_]) {
            ++matched_;
            lines.remove_prefix(1);
            line_begun_ = true;
            if (matched_ == from_word.size()) decide(true);
        } else {
            decide(false);
        }
    }
}

void mbox_writer::decide(bool is_from)
{
    out_.append(quotes_ + (is_from ? 1 : 0), '>');
    out_ += from_word.substr(0, matched_);
    quotes_ = matched_ = 0;
    undecided_ = false;
}

} // namespace mail
