// From which networks each user has logged in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

namespace server {

/// Works with keyed prints of accounts and networks, never with the names. Bounded: the last `networks_each`
/// networks of the last `accounts_max` accounts, so that a user with many networks pushes out his own only.
/// For one thread at a time. In memory alone: after a restart everybody is a stranger until his first log-in.
class known_networks {
public:
    explicit known_networks(std::size_t accounts_max) : accounts_max_(accounts_max) {}

    void remember(std::uint64_t account, std::uint64_t network);
    bool knows(std::uint64_t account, std::uint64_t network) const;
    bool knows_network(std::uint64_t network) const { return users_of_.contains(network); }

private:
    static constexpr std::size_t networks_each = 8; // at home, at work, on the way
    struct entry {
        std::uint64_t account;
        std::array<std::uint64_t, networks_each> networks; ///< latest first; 0: none
    };
    void forget(std::uint64_t network);

    const std::size_t accounts_max_;
    std::list<entry> entries_; ///< latest first
    std::unordered_map<std::uint64_t, std::list<entry>::iterator> by_account_;
    std::unordered_map<std::uint64_t, std::size_t> users_of_; ///< users known from a network
};

} // namespace server
