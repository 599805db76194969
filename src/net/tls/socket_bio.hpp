// OpenSSL's way to a non-blocking socket: what it writes within one turn leaves in one send.
#pragma once

#include <cstddef>
#include <span>
#include <string>

struct bio_st;

namespace net {

/// OpenSSL hands over each record by itself. A send for each would be a system call, and a packet that wakes the
/// peer; so they are gathered where the turn has room, and only what has not been sent at its end is kept.
class socket_bio {
public:
    /// The socket stays the caller's.
    explicit socket_bio(int socket) : socket_(socket) {}
    socket_bio(const socket_bio&) = delete;
    socket_bio& operator=(const socket_bio&) = delete;

    /// For SSL_set_bio, which owns it then; this object must outlive it. Null: no memory.
    bio_st* make();

    /// Some calls into OpenSSL, and where their octets are gathered.
    class turn {
    public:
        turn(socket_bio& bio, std::span<char> room) : of_(bio) { of_.room_ = room; }
        ~turn() { of_.end_turn(); }
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;

    private:
        socket_bio& of_;
    };

    std::size_t room() const { return room_.size() - end_; } ///< left in this turn
    std::size_t unsent() const { return kept_.size() + (end_ - begin_); }
    /// The kernel has refused some of what is unsent.
    bool full() const { return full_; }
    /// Sends as much as the kernel takes now; how many octets. `flags`: of send(2).
    std::size_t send(int flags = 0);
    /// Why the latest send failed for good; 0: it did not.
    int error() const { return error_; }

private:
    struct calls; // OpenSSL's, into this object

    void gather(std::span<const char> octets);
    void keep();
    void end_turn();

    int socket_;
    std::string kept_;     // of earlier turns; goes first
    std::span<char> room_; // what is gathered lies from begin_ to end_
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    int error_ = 0;
    bool full_ = false;
};

} // namespace net
