// Room that the connections of one network thread share, so that one which waits holds none.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace server {

/// One for each network thread, used by that thread alone.
class thread_buffers {
public:
    /// Few system calls for a large message, and little enough for a core's second-level cache.
    static constexpr std::size_t piece_octets = std::size_t{64} * 1024;

    using piece = std::array<char, piece_octets>;

    /// What a socket just gave. Nothing in it outlives the next co_await.
    piece received;

    /// A piece for what the store reads, which may outlive a co_await; given back when destroyed, on the same thread.
    class loan {
    public:
        explicit loan(thread_buffers& buffers) : buffers_(buffers), piece_(buffers.take_piece()) {}
        ~loan() { buffers_.give_back(std::move(piece_)); }
        loan(const loan&) = delete;
        loan& operator=(const loan&) = delete;
        std::span<char> octets() const { return *piece_; }

    private:
        thread_buffers& buffers_;
        std::unique_ptr<piece> piece_;
    };

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
    std::unique_ptr<piece> take_piece()
    {
        if (pieces_.empty()) return std::make_unique_for_overwrite<piece>();
        auto taken = std::move(pieces_.back());
        pieces_.pop_back();
        return taken;
    }
    void give_back(std::unique_ptr<piece> returned)
    {
        if (pieces_.size() < pieces_kept_max) pieces_.push_back(std::move(returned));
    }

    static constexpr std::size_t pieces_kept_max = 16;
    static constexpr std::size_t idle_octets = 1024;
    static constexpr std::size_t kept_octets_max = std::size_t{1} << 20U;

    std::string kept_;
    std::vector<std::unique_ptr<piece>> pieces_; ///< not lent
};

} // namespace server
