// Settings become a site: certificates are read, contradictions are refused.
#include "server/site.hpp"

#include "server/policies.hpp"

#include <algorithm>
#include <string_view>

namespace server {
namespace {

base::result<> check(const settings& wanted)
{
    std::string faults;
    for (const auto& listener : wanted.listeners) {
        if (listener.tls != tls_mode::none && !wanted.tls)
            faults += "listener " + listener.address.text + " wants TLS, but there is no certificate\n";
        if (listener.service == service::pop3 && listener.tls == tls_mode::none &&
            !listener.plaintext_allowed)
            faults += "listener " + listener.address.text +
                      " has no TLS and allows no plain text: nobody could log in with a password\n";
    }
    if (wanted.limits.connections_max == 0) faults += "limits.connections_max is 0\n";
    if (wanted.limits.early_drop_start_percent >= wanted.limits.early_drop_full_percent)
        faults += "limits: early drop must start below where it is full\n";
    if (faults.empty()) return {};
    faults.pop_back();
    return base::fail(base::permanent_error(base::failure::malformed, std::move(faults)));
}

/// The listeners as they were opened, in that order, each with the present options for its address.
std::vector<listener_settings> matched(const std::vector<listener_settings>& wanted,
                                       const std::vector<listener_settings>& first)
{
    std::vector<listener_settings> out;
    for (const auto& open : first) {
        const auto same = std::ranges::find_if(wanted, [&open](const listener_settings& one) {
            return one.address.text == open.address.text && one.service == open.service &&
                   one.tls == open.tls;
        });
        out.push_back(same == wanted.end() ? open : *same);
    }
    return out;
}

bool same_doors(const std::vector<listener_settings>& wanted, const std::vector<listener_settings>& first)
{
    return std::ranges::is_permutation(
        wanted, first, [](const listener_settings& one, const listener_settings& other) {
            return one.address.text == other.address.text && one.service == other.service &&
                   one.tls == other.tls && one.socket_mode == other.socket_mode;
        });
}

std::string_view text_of(const std::optional<net::listen_address>& address)
{
    return address ? std::string_view(address->text) : std::string_view();
}

template <typename Value>
void keep(Value& wanted, const Value& first, std::string_view name, std::vector<std::string>& differing)
{
    if (wanted == first) return;
    differing.emplace_back(name);
    wanted = first;
}

} // namespace

std::vector<std::string> keep_what_cannot_change(settings& wanted, const settings& first)
{
    std::vector<std::string> differing;
    if (!same_doors(wanted.listeners, first.listeners)) differing.emplace_back("listeners");
    wanted.listeners = matched(wanted.listeners, first.listeners);
    if (text_of(wanted.metrics) != text_of(first.metrics)) differing.emplace_back("listeners.metrics");
    wanted.metrics = first.metrics;
    keep(wanted.threads, first.threads, "threads", differing);
    keep(wanted.disk_threads, first.disk_threads, "disk_threads", differing);
    keep(wanted.hash_threads, first.hash_threads, "hash_threads", differing);
    keep(wanted.limits.disk_queue_max, first.limits.disk_queue_max, "limits.disk_queue_max", differing);
    keep(wanted.limits.hash_queue_max, first.limits.hash_queue_max, "limits.hash_queue_max", differing);
    keep(wanted.admin_socket_path, first.admin_socket_path, "root", differing);
    return differing;
}

base::result<std::shared_ptr<const site>> site::load(server::settings settings,
                                                     certificate_source& certificates,
                                                     const auth::own_times& users, base::wall_time now,
                                                     const site* previous)
{
    if (auto sound = check(settings); !sound) return base::fail(sound.error());
    auto made = std::make_shared<site>();
    if (settings.tls) {
        const auto contents = certificates.read(*settings.tls);
        net::tls_settings tls{.alpn = {"pop3"}, .refuse_unknown_names = settings.tls->refuse_unknown_names};
        auto pop3 = net::tls_context::load(contents, tls, now, previous ? previous->pop3_tls.get() : nullptr);
        if (!pop3) return base::fail(pop3.error());
        made->pop3_tls = *pop3;
        tls.alpn.clear();
        auto mail_in =
            net::tls_context::load(contents, tls, now, previous ? previous->mail_in_tls.get() : nullptr);
        if (!mail_in) return base::fail(mail_in.error());
        made->mail_in_tls = *mail_in;
    }
    made->settings = std::move(settings);
    made->announced = times_before_log_in(made->settings, users);
    return made;
}

std::shared_ptr<const site> site::with_users(const auth::own_times& users) const
{
    auto made = std::make_shared<site>(*this);
    made->announced = times_before_log_in(settings, users);
    return made;
}

} // namespace server
