// Secrets in the desktop's Secret Service.
#include "client/secret.hpp"

#include <libsecret/secret.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace client {

namespace {

constexpr unsigned answer_seconds = 60; // a locked keyring asks a person first

base::error no_keyring(const std::string& why)
{
    return {base::failure::refused, true, "no keyring",
            "the keyring cannot be used: " + why +
                "; unlock it and try again, or use a password command or a password file"};
}

// libsecret would start a bus of its own, or wait; where there is no session there is nobody to ask.
base::result<> check_session()
{
    const char* address = std::getenv("DBUS_SESSION_BUS_ADDRESS");
    if (address != nullptr && *address != '\0') return {};
    const char* folder = std::getenv("XDG_RUNTIME_DIR");
    if (folder != nullptr && g_file_test((std::string(folder) + "/bus").c_str(), G_FILE_TEST_EXISTS) != FALSE)
        return {};
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
class patience {
public:
    patience() : stop_(g_cancellable_new())
    {
        thread_ = g_thread_new(
            "keyring",
            [](gpointer self) -> gpointer {
                static_cast<patience*>(self)->watch();
                return nullptr;
            },
            this);
    }
    ~patience()
    {
        g_mutex_lock(&mutex_);
        done_ = true;
        g_cond_signal(&changed_);
        g_mutex_unlock(&mutex_);
        g_thread_join(thread_);
        g_object_unref(stop_);
        g_mutex_clear(&mutex_);
        g_cond_clear(&changed_);
    }
    patience(const patience&) = delete;
    patience& operator=(const patience&) = delete;
    GCancellable* cancellable() const { return stop_; }

private:
    void watch()
    {
        const gint64 until = g_get_monotonic_time() + gint64{answer_seconds} * G_TIME_SPAN_SECOND;
        g_mutex_lock(&mutex_);
        while (!done_ && g_cond_wait_until(&changed_, &mutex_, until) != FALSE) {
        }
        if (!done_) g_cancellable_cancel(stop_);
        g_mutex_unlock(&mutex_);
    }

    GMutex mutex_{};
    GCond changed_{};
    bool done_ = false;
    GCancellable* stop_;
    GThread* thread_ = nullptr;
};

struct free_error {
    void operator()(GError* error) const { g_error_free(error); }
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
    const patience limit;
    GError* raw = nullptr;
    gchar* found = secret_password_lookup_sync(&schema(), limit.cancellable(), &raw, "service", "restante",
                                               "account", account.c_str(), nullptr);
    const error_holder error(raw);
    if (error) return base::fail(no_keyring(text_of(*error)));
    if (found == nullptr)
        return base::fail({base::failure::vanished, false, "no secret",
                           "the keyring has no secret for the account \"" + account + "\"; store one first"});
    std::string secret(found);
    secret_password_free(found); // wipes it
    return secret;
}

base::result<> keep_in_keyring(const std::string& account, const std::string& secret)
{
    if (auto session = check_session(); !session) return session;
    const patience limit;
    GError* raw = nullptr;
    const auto label = "Restante: " + account;
    secret_password_store_sync(&schema(), SECRET_COLLECTION_DEFAULT, label.c_str(), secret.c_str(),
                               limit.cancellable(), &raw, "service", "restante", "account", account.c_str(),
                               nullptr);
    const error_holder error(raw);
    if (error) return base::fail(no_keyring(text_of(*error)));
    return {};
}

base::result<> forget_in_keyring(const std::string& account)
{
    if (auto session = check_session(); !session) return session;
    const patience limit;
    GError* raw = nullptr;
    secret_password_clear_sync(&schema(), limit.cancellable(), &raw, "service", "restante", "account",
                               account.c_str(), nullptr);
    const error_holder error(raw);
    if (error) return base::fail(no_keyring(text_of(*error)));
    return {};
}

} // namespace client
