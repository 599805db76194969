// Room that the connections of one network thread share, so that one which waits holds none.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace server {

/// One for each network thread, used by that thread alone.
class thread_buffers {
public:
    /// Few system calls for a large message, and little enough for a core's second-level cache.
    static constexpr std::size_t piece_octets = std::size_t{64} * 1024;

    /// What a socket or a file just gave. Nothing in it outlives the next co_await.
    std::array<char, piece_octets> received, stored;

    /// Takes the room that was kept, where `output` has none of its own to speak of. What it holds stays.
    void lend(std::string& output)
    {
        if (output.capacity() >= kept_.capacity()) return;
        kept_.assign(output);
        std::swap(output, kept_);
        kept_.clear();
    }
    /// Keeps the room of an empty `output` that has grown: the connection is about to wait for its peer.
    void take_back(std::string& output)
    {
        if (output.capacity() <= idle_octets) return;
        std::string none;
        if (output.capacity() > kept_.capacity() && output.capacity() <= kept_octets_max)
            std::swap(output, kept_);
        std::swap(output, none);
    }

private:
    static constexpr std::size_t idle_octets = 1024;
    static constexpr std::size_t kept_octets_max = std::size_t{1} << 20U;

    std::string kept_;
};

} // namespace server
