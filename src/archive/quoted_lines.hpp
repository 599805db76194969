// Counts the lines of an mbox that begin with ">From ", which two traditions read differently.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace archive {

/// Fed with the file, cut anywhere. Any number of ">" before "From " counts.
class quoted_line_counter {
public:
    void count(std::string_view piece)
    {
        for (const char c : piece) octet(c);
    }
    std::uint64_t lines() const { return lines_; }

private:
    void octet(char c)
    {
        constexpr std::string_view mark = "From ";
        if (c == '\n') {
            matched_ = 0;
            quoted_ = false;
            in_mark_ = true;
        } else if (in_mark_ && matched_ == 0 && c == '>') {
            quoted_ = true;
        } else if (in_mark_ && quoted_ && c == mark[matched_]) {
            if (++matched_ < mark.size()) return;
            ++lines_;
            in_mark_ = false;
        } else {
            in_mark_ = false;
        }
    }

    std::uint64_t lines_ = 0;
    std::size_t matched_ = 0;
    bool quoted_ = false;
    bool in_mark_ = true; // at the beginning of a line, or in what may become ">From "
};

} // namespace archive
