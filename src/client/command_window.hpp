// How many commands may be under way at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace client {

/// Enough to hide a round trip behind small messages, few enough for a server that is slow to start.
constexpr std::size_t window_start = 8;
/// What may lie unread at the server: less than the smallest socket buffer in use, so that our write() never waits for
/// a server that itself waits for us to read (RFC 2449, section 6.6).
constexpr std::size_t commands_octets_max = 4096;
/// What we asked for and have not read, by the server's sizes: a slow disk here must not fill every buffer on the way.
constexpr std::uint64_t announced_octets_max = 4 * 1024 * 1024;
/// A size that is not told counts as a usual letter's.
constexpr std::uint64_t unknown_octets = 64 * 1024;

class command_window {
public:
    /// `limit`: most commands at once; 1: each waits for the last one's reply.
    command_window(std::size_t limit, std::size_t longest_command_octets)
        : limit_(std::max<std::size_t>(1, std::min(limit, commands_octets_max / longest_command_octets))),
          size_(std::min(window_start, limit_))
    {
    }

    /// Another one of `octets` may be asked for; the first always may.
    bool open(std::uint64_t octets) const
    {
        if (under_way_ == 0) return true;
        return under_way_ < size_ && announced_ <= announced_octets_max &&
               octets <= announced_octets_max - announced_;
    }
    void sent(std::uint64_t octets)
    {
        ++under_way_;
        announced_ += octets;
    }
    void answered(std::uint64_t octets)
    {
        --under_way_;
        announced_ -= octets;
        size_ = std::min(size_ + 1, limit_);
    }
    /// One at a time from here on.
    void fall_back() { size_ = limit_ = 1; }

private:
    std::size_t limit_;
    std::size_t size_;
    std::size_t under_way_ = 0;
    std::uint64_t announced_ = 0;
};

} // namespace client
