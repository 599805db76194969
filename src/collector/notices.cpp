// Telling people what the watcher saw, in every way that restante.toml names.
#include "collector/notices.hpp"

#include "deliver/mail_target.hpp"
#include "net/dial/dial.hpp"

#include <cstdlib>

namespace collector {

namespace {

constexpr std::uint16_t smtp_port = 25;

std::unique_ptr<deliver::notice> by_mail(archive_folder& folder, const std::string& server,
                                         const std::string& recipient)
{
    const auto where = config::parse_host_and_port(server);
    if (!where) return nullptr;
    deliver::mail_target_settings to;
    to.name = "smtp:" + server + " to " + recipient;
    to.protocol = lmtp::protocol::smtp;
    to.host = where->host;
    to.sender = recipient;
    to.recipients = {recipient};
    net::dial_settings dial;
    dial.host = where->host;
    dial.port = where->port != 0 ? where->port : smtp_port;
    auto opens = [dial] { return net::dial(dial, std::make_shared<net::interrupt>()); };
    return std::make_unique<deliver::mail_notice>(
        std::make_shared<deliver::mail_target>(std::move(to), std::move(opens), folder.clock()), recipient,
        recipient, folder.clock());
}

} // namespace

notices::notices(archive_folder& folder, base::log& log) : log_(log)
{
    const auto& how = folder.configuration();
    // Without a session bus there is no desktop to write on.
    if (how.notify_desktop && std::getenv("DBUS_SESSION_BUS_ADDRESS") != nullptr)
        ways_.push_back(std::make_unique<deliver::desktop_notice>());
    if (!how.notify_command.empty())
        ways_.push_back(std::make_unique<deliver::command_notice>(how.notify_command));
    for (const auto& recipient : how.notify_mail)
        if (auto way = by_mail(folder, how.notify_smtp, recipient)) ways_.push_back(std::move(way));
}

void notices::new_mail(const std::string& account, std::uint64_t messages)
{
    tell({.kind = deliver::news::kind::new_mail, .account = account, .messages = messages});
}

void notices::trouble(const std::string& account, const std::string& what)
{
    tell({.kind = deliver::news::kind::trouble, .account = account, .trouble = what});
}

void notices::tell(const deliver::news& what)
{
    const std::scoped_lock guard(mutex_);
    for (const auto& way : ways_)
        if (auto told = way->tell(what); !told)
            log_.error("notice", {{"account", what.account}, {"trouble", told.error().operator_text}});
}

} // namespace collector
