// Rotation of ticket keys, by the calls that use them: no timer.
#include "net/tls/ticket_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace net {

namespace {

std::optional<ticket_key> make_key(ticket_keys::time_point now)
{
    ticket_key key;
    key.made = now;
    if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
        RAND_priv_bytes(key.cipher_key.data(), static_cast<int>(key.cipher_key.size())) != 1 ||
        RAND_priv_bytes(key.mac_key.data(), static_cast<int>(key.mac_key.size())) != 1)
        return std::nullopt;
    return key;
}

} // namespace

ticket_key::~ticket_key()
{
    OPENSSL_cleanse(cipher_key.data(), cipher_key.size());
    OPENSSL_cleanse(mac_key.data(), mac_key.size());
}

std::optional<ticket_key> ticket_keys::current(time_point now)
{
    const std::lock_guard guard(mutex_);
    drop_expired(now);
    if (keys_.empty() || now - keys_.front().made >= rotation) {
        auto fresh = make_key(now);
        if (!fresh) return std::nullopt;
        keys_.insert(keys_.begin(), *fresh);
    }
    return keys_.front();
}

std::optional<ticket_keys::match> ticket_keys::find(std::span<const unsigned char> name, time_point now)
{
    const std::lock_guard guard(mutex_);
    drop_expired(now);
    const auto found =
        std::ranges::find_if(keys_, [&](const auto& key) { return std::ranges::equal(key.name, name); });
    if (found == keys_.end()) return std::nullopt;
    return match{.key = *found, .old = now - found->made >= rotation};
}

void ticket_keys::drop_expired(time_point now)
{
    std::erase_if(keys_, [&](const auto& key) { return now - key.made >= rotation * (1 + old_keys); });
}

} // namespace net
