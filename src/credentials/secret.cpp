// Secrets from a command or a file.
#include "credentials/secret.hpp"

#include "base/library.hpp"
#include "credentials/child_process.hpp"
#include "net/descriptor.hpp"

#include <fcntl.h>
#include <libsecret/secret.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
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

constexpr auto command_limit = std::chrono::minutes(1); // a passphrase prompt waits for a person
constexpr std::size_t secret_octets_max = 65536;        // the longest are certificates and tokens

base::error no_secret(std::string text)
{
    return base::permanent_error(base::failure::refused, std::move(text));
}

// The first line of `all`, which is wiped. Nothing where it is empty.
base::result<std::string> first_line(std::string& text, const std::string& source)
{
    std::string line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.pop_back();
    explicit_bzero(text.data(), text.size());
    if (line.empty()) return base::fail(no_secret(source + " gives no secret: its first line is empty"));
    if (line.find('\0') != std::string::npos)
        return base::fail(no_secret(source + " gives no secret: its first line holds a NUL"));
    return line;
}

std::string octal(unsigned mode)
{
    std::string digits;
    for (unsigned shift = 6;; shift -= 3) {
        digits += static_cast<char>('0' + ((mode >> shift) & 7U));
        if (shift == 0) return "0" + digits;
    }
}

base::result<std::string> read_to_end(int descriptor, const std::string& source)
{
    std::string text;
    std::array<char, 4096> piece{};
    for (;;) {
        const ssize_t got = read(descriptor, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail(base::error_from_errno(errno, "read " + source));
        if (got == 0) break;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > secret_octets_max)
            return base::fail(no_secret(source + " is too long for a secret"));
    }
    explicit_bzero(piece.data(), piece.size());
    return text;
}

} // namespace

base::result<std::string> secret_of_command(const std::string& command)
{
    // In our own process group, so that a prompt on the terminal may read from it.
    auto child = child_process::start({.argv = {"/bin/sh", "-c", command},
                                       .feeds = false,
                                       .listens = true,
                                       .own_group = false,
                                       .limit = command_limit});
    if (!child) return base::fail(child.error());
    auto printed = child->read_all(secret_octets_max);
    if (!printed) return printed;
    auto ended = child->finish();
    if (!ended) return base::fail(ended.error());
    if (ended->exit_status != 0) {
        explicit_bzero(printed->data(), printed->size());
        const auto ending = ended->signal != 0 ? "was ended by signal " + std::to_string(ended->signal)
                                               : "exited with " + std::to_string(ended->exit_status);
        return base::fail(no_secret("the password command " + ending + "; run it by hand to see why"));
    }
    return first_line(*printed, "the password command");
}

base::result<std::string> secret_of_file(const std::string& path)
{
    const net::descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.valid())
        return base::fail(no_secret("cannot open the password file " + path + ": " + std::strerror(errno)));
    struct stat found{};
    if (fstat(file.get(), &found) != 0)
        return base::fail(
            no_secret("cannot ask about the password file " + path + ": " + std::strerror(errno)));
    if (!S_ISREG(found.st_mode)) return base::fail(no_secret(path + " is not a regular file"));
    if (found.st_uid != geteuid())
        return base::fail(no_secret(path + " belongs to another user; make it your own"));
    if ((found.st_mode & 07177U) != 0)
        return base::fail(no_secret(path + " has mode " + octal(found.st_mode & 0777U) +
                                    "; others might read or change it: chmod 600 it"));
    auto text = read_to_end(file.get(), path);
    if (!text) return text;
    return first_line(*text, path);
}

namespace {

constexpr std::chrono::seconds answer_seconds{60}; // a locked keyring asks a person first

base::error no_keyring(const std::string& reason)
{
    return base::temporary_error(
        base::failure::refused,
        "the keyring cannot be used: " + reason +
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
    base::library library("libsecret-1.so.0");
    library.find("secret_password_lookup_sync", calls.password_lookup_sync);
    library.find("secret_password_store_sync", calls.password_store_sync);
    library.find("secret_password_clear_sync", calls.password_clear_sync);
    library.find("secret_password_free", calls.password_free);
    library.find("g_cancellable_new", calls.cancellable_new);
    library.find("g_cancellable_cancel", calls.cancellable_cancel);
    library.find("g_object_unref", calls.object_unref);
    library.find("g_error_free", calls.error_free);
    calls.trouble = library.trouble();
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
