// Composes a post office as `cli` does, with test doubles only for users and the log.
#include "unit/server/office_under_test.hpp"

#include "net/tls/context.hpp"
#include "sasl/scram.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace server::testing {
namespace {

auth::user make_user(const std::string& name)
{
    auth::user made;
    made.account.name = name;
    const std::string secret = name + "'s secret";
    made.password_hash = "{PLAIN}" + secret;
    made.scram_sha_256 = sasl::derive_scram_keys(sasl::hash::sha_256, secret, "0123456789abcdef", 4096);
    made.scram_sha_1 = sasl::derive_scram_keys(sasl::hash::sha_1, secret, "0123456789abcdef", 4096);
    return made;
}

listener_settings listener(service which, tls_mode tls)
{
    listener_settings made;
    made.service = which;
    made.address = net::parse_listen_address("127.0.0.1:0").value();
    // Told apart by their texts, since a reload matches listeners by them.
    made.address.text +=
        " " + std::to_string(static_cast<int>(which)) + std::to_string(static_cast<int>(tls));
    made.tls = tls;
    made.plaintext_allowed = which == service::pop3 && tls == tls_mode::start_tls;
    return made;
}

base::error directory_down(base::failure kind)
{
    return {.kind = kind, .temporary = true, .peer_text = {}, .operator_text = "the directory is down"};
}

template <typename Value>
Value need(base::result<Value> got)
{
    if (!got) throw std::runtime_error(got.error().operator_text);
    if constexpr (!std::is_void_v<Value>) return *std::move(got);
}

} // namespace

known_users::known_users()
{
    for (const std::string name : {"ann", "ben"}) users_.emplace(name, make_user(name));
}

base::result<std::optional<auth::user>> known_users::find(std::string_view name) const
{
    if (down) return base::fail(directory_down(*down));
    const auto found = users_.find(name);
    if (found == users_.end()) return std::nullopt;
    return found->second;
}

base::result<std::vector<auth::route>> known_users::resolve(std::string_view address) const
{
    if (down) return base::fail(directory_down(*down));
    const std::string_view local = address.substr(0, address.find('@'));
    if (local == "both")
        return std::vector<auth::route>{{users_.at("ann").account, ""}, {users_.at("ben").account, ""}};
    const auto found = users_.find(local);
    if (found == users_.end())
        return base::fail({.kind = base::failure::unknown_user,
                           .temporary = false,
                           .peer_text = {},
                           .operator_text = "no such user"});
    return std::vector<auth::route>{{found->second.account, ""}};
}

base::result<bool> known_users::local_domain(std::string_view domain) const
{
    if (down) return base::fail(directory_down(*down));
    return domain == "example.org";
}

base::result<std::vector<std::string>> known_users::names() const
{
    std::vector<std::string> out;
    for (const auto& [name, user] : users_) out.push_back(name);
    return out;
}

office_under_test::office_under_test(const adjustment& adjust, std::function<void(known_users&)> change_users,
                                     hooks calls, const substitutes& others)
    : authenticator(users, clock, random, {})
{
    std::signal(SIGPIPE, SIG_IGN); // as cli does
    if (change_users) change_users(users);
    replace_certificate();
    site.host_name = "post.example.org";
    site.version = "test";
    site.threads = 2;
    site.disk_threads = 2;
    site.hash_threads = 1;
    site.listeners = {listener(service::pop3, tls_mode::start_tls),
                      listener(service::pop3, tls_mode::implicit), listener(service::lmtp, tls_mode::none),
                      listener(service::smtp, tls_mode::start_tls)};
    site.metrics = net::parse_listen_address("127.0.0.1:0").value();
    site.admin_socket_path = folder.path() + "/admin";
    site.tls.emplace();
    site.tls->certificate = {.chain_path = "chain.pem", .key_path = "key.pem"};
    site.limits.exempt_networks = {net::network::parse("127.0.0.0/8").value()};
    site.deadlines.lock_retry = milliseconds(5);
    site.watch_every = milliseconds(0);
    site.sweep_every = milliseconds(0);
    if (adjust) adjust(site);
    const shared_limits counts{others.pop3_connections ? *others.pop3_connections : limits.pop3_connections,
                               limits.lmtp_connections, limits.smtp_connections,
                               others.login_delays ? *others.login_delays : limits.login_delays,
                               limits.throttle};
    shared_state =
        std::make_unique<post_office>(site,
                                      environment{others.mail ? *others.mail : pooled_mail, disk_pool, users,
                                                  authenticator, clock, random, log, certificates, counts},
                                      std::move(calls));
    need(shared_state->open());
    running_ = std::thread([this] { shared_state->run(); });
}

office_under_test::~office_under_test()
{
    if (!running_.joinable()) return;
    shared_state->stop();
    shared_state->stop();
    running_.join();
}

void office_under_test::stop_and_wait()
{
    shared_state->stop();
    running_.join();
}

std::uint16_t office_under_test::port(door which) const
{
    return shared_state->listening().at(static_cast<std::size_t>(which)).port;
}

void office_under_test::post(const std::string& user, std::string_view octets)
{
    const std::array<store::delivery_recipient, 1> to{{{.name = {user}, .policy = {}, .header = {}}}};
    auto delivery = need(mail.begin_delivery(to, octets.size()));
    need(delivery->write(octets));
    need(delivery->commit().at(0));
}

std::uint64_t office_under_test::messages(const std::string& user)
{
    return need(mail.measure({user})).messages;
}

void office_under_test::replace_certificate()
{
    const auto made = need(net::make_certificate("post.example.org", clock.now()));
    certificates.put("chain.pem", made.chain_pem);
    certificates.put("key.pem", made.key_pem);
}

} // namespace server::testing
