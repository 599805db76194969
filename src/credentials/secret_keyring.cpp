// Secrets in the desktop's Secret Service.
#include "base/library.hpp"
#include "credentials/secret.hpp"

#include <libsecret/secret.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace credentials {

namespace {

constexpr std::chrono::seconds answer_seconds{60}; // a locked keyring asks a person first

base::error no_keyring(const std::string& why)
{
    return base::temporary_error(
        base::failure::refused,
        "the keyring cannot be used: " + why +
            "; unlock it and try again, or use a password command or a password file");
}

struct keyring_calls {
    decltype(&::secret_password_lookup_sync) password_lookup_sync = nullptr;
    decltype(&::secret_password_store_sync) password_store_sync = nullptr;
    decltype(&::secret_password_clear_sync) password_clear_sync = nullptr;
    decltype(&::secret_password_free) password_free = nullptr;
    decltype(&::g_cancellable_new) cancellable_new = nullptr;
    decltype(&::g_cancellable_cancel) cancellable_cancel = nullptr;
    decltype(&::g_object_unref) object_unref = nullptr;
    decltype(&::g_error_free) error_free = nullptr;
    std::string trouble{}; ///< empty: it is there
};

keyring_calls found_keyring()
{
    keyring_calls calls;
    base::library in("libsecret-1.so.0");
    in.find("secret_password_lookup_sync", calls.password_lookup_sync);
    in.find("secret_password_store_sync", calls.password_store_sync);
    in.find("secret_password_clear_sync", calls.password_clear_sync);
    in.find("secret_password_free", calls.password_free);
    in.find("g_cancellable_new", calls.cancellable_new);
    in.find("g_cancellable_cancel", calls.cancellable_cancel);
    in.find("g_object_unref", calls.object_unref);
    in.find("g_error_free", calls.error_free);
    calls.trouble = in.trouble();
    return calls;
}

/// Loaded at the first use: it brings much with it, and most accounts have their secret elsewhere.
const keyring_calls& keyring()
{
    static const keyring_calls calls = found_keyring();
    return calls;
}

// libsecret would start a bus of its own, or wait; where there is no session there is nobody to ask.
base::result<> check_session()
{
    if (!keyring().trouble.empty()) return base::fail(no_keyring(keyring().trouble));
    const char* address = std::getenv("DBUS_SESSION_BUS_ADDRESS");
    if (address != nullptr && *address != '\0') return {};
    const char* folder = std::getenv("XDG_RUNTIME_DIR");
    if (folder != nullptr && ::access((std::string(folder) + "/bus").c_str(), F_OK) == 0) return {};
    return base::fail(no_keyring("there is no desktop session here (no D-Bus session bus)"));
}

const SecretSchema& schema()
{
    static const SecretSchema fields{
        "org.restante.Account",
        SECRET_SCHEMA_NONE,
        {{"service", SECRET_SCHEMA_ATTRIBUTE_STRING}, {"account", SECRET_SCHEMA_ATTRIBUTE_STRING}},
        0,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        nullptr};
    return fields;
}

// Ends a call whose keyring never answers.
class answer_limit {
public:
    answer_limit() : stop_(keyring().cancellable_new()), thread_([this] { watch(); }) {}
    ~answer_limit()
    {
        {
            const std::lock_guard guard(mutex_);
            done_ = true;
        }
        changed_.notify_one();
        thread_.join();
        keyring().object_unref(stop_);
    }
    answer_limit(const answer_limit&) = delete;
    answer_limit& operator=(const answer_limit&) = delete;
    GCancellable* cancellable() const { return stop_; }

private:
    void watch()
    {
        std::unique_lock guard(mutex_);
        if (!changed_.wait_for(guard, answer_seconds, [this] { return done_; }))
            keyring().cancellable_cancel(stop_);
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false;
    GCancellable* stop_;
    std::thread thread_;
};

struct free_error {
    void operator()(GError* error) const { keyring().error_free(error); }
};
using error_holder = std::unique_ptr<GError, free_error>;

std::string text_of(const GError& error)
{
    return error.message != nullptr ? error.message : "it says nothing";
}

} // namespace

base::result<std::string> secret_of_keyring(const std::string& account)
{
    if (auto session = check_session(); !session) return base::fail(session.error());
    const answer_limit limit;
    GError* raw = nullptr;
    gchar* found = keyring().password_lookup_sync(&schema(), limit.cancellable(), &raw, "service", "restante",
                                                  "account", account.c_str(), nullptr);
    const error_holder error(raw);
    if (error) return base::fail(no_keyring(text_of(*error)));
    if (found == nullptr)
        return base::fail(
            base::permanent_error(base::failure::vanished, "the keyring has no secret for the account \"" +
                                                               account + "\"; store one first"));
    std::string secret(found);
    keyring().password_free(found); // wipes it
    return secret;
}

base::result<> keep_in_keyring(const std::string& account, const std::string& secret)
{
    if (auto session = check_session(); !session) return session;
    const answer_limit limit;
    GError* raw = nullptr;
    const auto label = "Restante: " + account;
    keyring().password_store_sync(&schema(), SECRET_COLLECTION_DEFAULT, label.c_str(), secret.c_str(),
                                  limit.cancellable(), &raw, "service", "restante", "account",
                                  account.c_str(), nullptr);
    const error_holder error(raw);
    if (error) return base::fail(no_keyring(text_of(*error)));
    return {};
}

base::result<> forget_in_keyring(const std::string& account)
{
    if (auto session = check_session(); !session) return session;
    const answer_limit limit;
    GError* raw = nullptr;
    keyring().password_clear_sync(&schema(), limit.cancellable(), &raw, "service", "restante", "account",
                                  account.c_str(), nullptr);
    const error_holder error(raw);
    if (error) return base::fail(no_keyring(text_of(*error)));
    return {};
}

} // namespace credentials
