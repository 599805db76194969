// The keys that session tickets are sealed with: a new one each hour, two old ones still open tickets.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace net {

struct ticket_key {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher_key{}; ///< AES-256-CBC
    std::array<unsigned char, 32> mac_key{};    ///< HMAC-SHA-256
    std::chrono::steady_clock::time_point made;

    ticket_key() = default;
    ticket_key(const ticket_key&) = default;
    ticket_key& operator=(const ticket_key&) = default;
    ~ticket_key(); ///< wipes
};

/// Shared by the contexts that follow each other over reloads. Safe to call from any thread. Keys never reach
/// a disk: who takes one reads the traffic of resumed TLS 1.2 sessions, and three hours are all it is good
/// for.
class ticket_keys {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr auto rotation = std::chrono::hours(1);
    static constexpr std::size_t old_keys = 2;
    /// A ticket made at the end of its key's hour lives as long as the old key does.
    static constexpr auto ticket_lifetime = rotation * old_keys;

    /// The key to seal with; nothing when the random generator fails.
    std::optional<ticket_key> current(time_point now);

    struct match {
        ticket_key key;
        bool old = false; ///< the client should get a fresh ticket
    };
    std::optional<match> find(std::span<const unsigned char> name, time_point now);

private:
    void drop_expired(time_point now);

    std::mutex mutex_;
    std::vector<ticket_key> keys_; // the newest first
};

} // namespace net
