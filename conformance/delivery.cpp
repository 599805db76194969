// Deliveries over LMTP, or by a command that reads the message.
#include "conformance/delivery.hpp"

#include "conformance/wire.hpp"
#include "lmtp/client_session.hpp"
#include "lmtp/data.hpp"
#include "net/dial/dial.hpp"

#include <array>
#include <csignal>
#include <cstdio>

namespace conformance {
namespace {

using session = lmtp::client_session;

std::string by_lmtp(const settings& asked, const std::string& octets)
{
    auto opened =
        net::dial({.host = asked.lmtp.host, .port = asked.lmtp.port, .limit = asked.patience}, nullptr);
    if (!opened) throw trouble(opened.error().operator_text);
    net::connection& connection = **opened;
    lmtp::content_form form;
    form.take(octets);
    session sender({.own_name = "localhost"});
    std::array<char, 4096> piece{};
    bool begun = false, given = false;
    while (true) {
        const session::action action = sender.next();
        if (const auto* failed = std::get_if<session::failed>(&action)) return failed->cause.operator_text;
        if (std::holds_alternative<session::ready>(action)) {
            if (begun)
                return sender.outcome() ? ""
                                        : "the intake refused it: " + sender.outcome().error().operator_text;
            begun = true;
            sender.begin({.sender = "conformance@localhost",
                          .recipients = {asked.recipient.empty() ? asked.user : asked.recipient},
                          .octets = octets.size(),
                          .eight_bit = form.eight_bit(),
                          .binary = form.binary()});
        } else if (std::holds_alternative<session::send_octets>(action)) {
            if (!given && !octets.empty()) sender.give_octets(octets);
            if (given || octets.empty()) sender.end_message();
            given = true;
        } else if (std::holds_alternative<session::need_reply>(action)) {
            (void)connection.write(sender.output(), asked.patience);
            sender.output().clear();
            const auto got = connection.read_some(piece, asked.patience);
            if (!got) return "the intake gave no answer: " + got.error().operator_text;
            sender.receive({piece.data(), *got});
        } else {
            return "the intake wants TLS";
        }
    }
}

std::string by_command(const std::string& command, const std::string& octets)
{
    std::signal(SIGPIPE, SIG_IGN); // its exit status says more
    FILE* program = ::popen(command.c_str(), "w");
    if (program == nullptr) throw trouble("cannot start " + command);
    std::fwrite(octets.data(), 1, octets.size(), program);
    const int status = ::pclose(program);
    return status == 0 ? "" : command + " ended with status " + std::to_string(status);
}

} // namespace

std::string deliver(const settings& asked, const std::string& octets)
{
    return asked.lmtp.host.empty() ? by_command(asked.deliver_command, octets) : by_lmtp(asked, octets);
}

bool carried_by_smtp(const std::string& octets)
{
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const bool crlf = octets[i] == '\r' && i + 1 < octets.size() && octets[i + 1] == '\n';
        if (crlf)
            ++i;
        else if (octets[i] == '\r' || octets[i] == '\n' || octets[i] == '\0')
            return false;
    }
    return true;
}

std::string deliverable(const std::string& octets)
{
    return octets + (octets.empty() || octets.ends_with("\r\n") ? "" : "\r\n");
}

} // namespace conformance
