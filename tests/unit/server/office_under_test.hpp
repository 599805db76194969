// A whole post office in this process: memory store, users of the test's choice, ports that the kernel picks.
#pragma once

#include "auth/local_authenticator.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "server/post_office.hpp"
#include "store/memory/memory_store.hpp"
#include "store/pooled_store.hpp"
#include "support/memory_certificates.hpp"
#include "support/memory_log.hpp"
#include "support/temporary_directory.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace server::testing {

/// "ann" and "ben" with the passwords "ann's secret" and "ben's secret"; mail for example.org; the alias
/// "both".
class known_users final : public auth::user_directory {
public:
    known_users();

    base::result<std::optional<auth::user>> find(std::string_view name) const override;
    base::result<std::vector<auth::route>> resolve(std::string_view address) const override;
    base::result<bool> local_domain(std::string_view domain) const override;
    std::uint64_t generation() const override { return 0; }
    base::result<std::vector<std::string>> names() const override;

    /// The directory is down: every question about a user or an address fails for a time, with this kind of error.
    std::optional<base::failure> down;

    /// Before the office runs.
    auth::user& operator[](const std::string& name) { return users_.at(name); }

private:
    std::map<std::string, auth::user, std::less<>> users_;
};

/// What is asked in the place of the office's own.
struct substitutes {
    store::store* mail = nullptr;
    server::login_delays* login_delays = nullptr;
    connection_limits* pop3_connections = nullptr;
};

enum class door { pop3, pop3s, lmtp, smtp };

class office_under_test {
public:
    using adjustment = std::function<void(settings&)>;

    /// By default: plain POP3 with STLS that takes passwords, POP3S, LMTP, SMTP with STARTTLS, metrics, admin
    /// socket; this machine is exempt from delays; nothing is watched or swept.
    explicit office_under_test(const adjustment& adjust = {}, std::function<void(known_users&)> users = {},
                               hooks calls = {}, const substitutes& others = {});
    /// Stops, gently and then at once.
    ~office_under_test();

    std::uint16_t port(door which) const;
    void stop_and_wait();
    /// Puts a message of exactly these octets into a maildrop.
    void post(const std::string& user, std::string_view octets);
    std::uint64_t messages(const std::string& user);
    /// A fresh certificate in the place of the old one.
    void replace_certificate();

    support::temporary_directory folder;
    base::system_clock clock;
    base::system_random random;
    support::memory_log log;
    store::memory_store mail{clock};
    base::worker_pool disk_pool{2, 1024};
    store::pooled_store pooled_mail{mail, disk_pool};
    known_users users;
    auth::local_authenticator authenticator;
    support::memory_certificates certificates;
    local_limits limits{random};
    settings site;
    std::unique_ptr<post_office> shared_state;

private:
    std::thread running_;
};

} // namespace server::testing
