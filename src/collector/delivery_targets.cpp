// From an account's configuration to where its mail goes besides the archive, and who judges it before.
#include "collector/delivery_targets.hpp"

#include "collector/server_link.hpp"
#include "credentials/secret.hpp"
#include "deliver/clamd.hpp"
#include "deliver/mail_target.hpp"
#include "deliver/mbox_target.hpp"
#include "deliver/program_target.hpp"
#include "net/dial/dial.hpp"

#include <fmt/format.h>

namespace collector {

namespace {

constexpr auto local_dial_limit = std::chrono::seconds(10);

using stop_signal = std::shared_ptr<const net::interrupt>;

base::error unusable(const std::string& reason)
{
    return {base::failure::malformed, false, reason, reason};
}

// "/path" or "HOST:PORT"
base::result<client::dialler> dialler_to(const std::string& address, std::uint16_t default_port,
                                         const stop_signal& stop)
{
    if (address.starts_with('/'))
        return client::dialler([address, stop] { return net::dial_path(address, local_dial_limit, stop); });
    const auto host = config::parse_host_and_port(address);
    if (!host) return base::fail(unusable("\"" + address + "\" is neither HOST:PORT nor a /path"));
    net::dial_settings settings;
    settings.host = host->host;
    settings.port = host->port != 0 ? host->port : default_port;
    return client::dialler([settings, stop] { return net::dial(settings, stop); });
}

std::string recipients_of(const config::target_configuration& target)
{
    std::string out;
    for (const auto& recipient : target.recipients) out += (out.empty() ? "" : ", ") + recipient;
    return out;
}

base::result<std::unique_ptr<deliver::delivery_target>>
open_mail_target(archive_folder& folder, const config::target_configuration& target, const stop_signal& stop)
{
    const bool lmtp = target.kind == config::target_configuration::kind::lmtp;
    deliver::mail_target_settings settings;
    settings.name =
        fmt::format("{}:{} to {}", lmtp ? "lmtp" : "smtp", target.destination, recipients_of(target));
    settings.protocol = lmtp ? lmtp::protocol::lmtp : lmtp::protocol::smtp;
    settings.sender = target.sender;
    settings.recipients = target.recipients;
    settings.added = {.received = target.add_received, .delivered_to = target.add_delivered_to};
    settings.user = target.user;
    if (!target.password_command.empty())
        settings.secret = [command = target.password_command] {
            return credentials::secret_of_command(command);
        };
    if (!lmtp) {
        settings.tls = target.tls;
        settings.plaintext_allowed = target.tls == client::tls_mode::none;
        const auto host = config::parse_host_and_port(target.destination);
        settings.host = host ? host->host : "";
        auto trust = net::tls_client::load({.pins = {}, .alpn = {}}, read_trust({.ca = target.ca}));
        if (!trust) return base::fail(trust.error());
        settings.trust = std::move(*trust);
    }
    constexpr std::uint16_t lmtp_port = 24;         // RFC 2033 gives none; what servers use
    constexpr std::uint16_t submissions_port = 465; // RFC 8314, section 7.3
    constexpr std::uint16_t submission_port = 587;  // RFC 6409, section 3.1
    const auto port = lmtp                                       ? lmtp_port
                      : target.tls == client::tls_mode::implicit ? submissions_port
                                                                 : submission_port;
    auto dial = dialler_to(target.destination, port, stop);
    if (!dial) return base::fail(dial.error());
    return std::make_unique<deliver::mail_target>(std::move(settings), std::move(*dial), folder.clock());
}

base::result<std::unique_ptr<deliver::delivery_target>>
open_target(archive_folder& folder, const config::target_configuration& target, const stop_signal& stop)
{
    switch (target.kind) {
    case config::target_configuration::kind::lmtp:
    case config::target_configuration::kind::smtp: return open_mail_target(folder, target, stop);
    case config::target_configuration::kind::program:
        return std::make_unique<deliver::program_target>(
            deliver::program_target_settings{
                .name = "program:" + target.command.front(),
                .argv = target.command,
                .recipient = target.recipients.size() == 1 ? target.recipients.front() : "",
                .added = {.received = target.add_received, .delivered_to = target.add_delivered_to}},
            folder.clock());
    case config::target_configuration::kind::mbox:
        return std::make_unique<deliver::mbox_target>(folder.files(), target.destination, folder.clock());
    }
    return base::fail(unusable("a target of no kind"));
}

/// LMTP answers for each recipient by itself (RFC 2033, section 4.2), so each is a target of its own: what one took is
/// not given to it again since another did not.
std::vector<config::target_configuration> apart(const config::target_configuration& target)
{
    if (target.kind != config::target_configuration::kind::lmtp || target.recipients.size() < 2)
        return {target};
    std::vector<config::target_configuration> out;
    for (const std::string& recipient : target.recipients) {
        out.push_back(target);
        out.back().recipients = {recipient};
    }
    return out;
}

base::result<std::unique_ptr<deliver::virus_scanner>> open_scanner(const std::string& address,
                                                                   const stop_signal& stop)
{
    constexpr std::uint16_t clamd_port = 3310;
    auto dial = dialler_to(address.substr(address.find(':') + 1), clamd_port, stop);
    if (!dial) return base::fail(dial.error());
    return std::make_unique<deliver::clamd>(std::move(*dial));
}

} // namespace

base::result<delivery_parts> open_delivery(archive_folder& folder,
                                           const config::account_configuration& account,
                                           const std::shared_ptr<const net::interrupt>& stop)
{
    delivery_parts out;
    for (const auto& configured : account.targets)
        for (const auto& destination : apart(configured)) {
            auto target = open_target(folder, destination, stop);
            if (!target) return base::fail(target.error());
            out.targets.push_back(std::move(*target));
        }
    const auto& scanner = folder.configuration().scanner;
    if (scanner.empty()) return out;
    auto opened = open_scanner(scanner, stop);
    if (!opened) return base::fail(opened.error());
    out.scanner = std::move(*opened);
    return out;
}

} // namespace collector
