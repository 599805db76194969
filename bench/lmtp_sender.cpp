// Mail into a server.
#include "lmtp_sender.hpp"

#include <fmt/format.h>

namespace bench {

lmtp_sender::lmtp_sender(bench::wire& wire, std::span<char> buffer)
    : wire_(wire), buffer_(buffer), session_({.own_name = "localhost"})
{
}

awaitable<bool> lmtp_sender::send(const std::string& recipient, std::string_view message)
{
    message_ = message;
    session_.begin({.sender = "bench@localhost", .recipients = {recipient}, .octets = message.size()});
    if (!co_await until_ready()) co_return false;
    const auto& outcome = session_.outcome();
    co_return outcome.has_value() || wire_.fail(outcome.error().operator_text);
}

awaitable<bool> lmtp_sender::until_ready()
{
    for (;;) {
        const lmtp::client_session::action action = session_.next();
        if (std::holds_alternative<lmtp::client_session::ready>(action)) co_return true;
        if (std::holds_alternative<lmtp::client_session::send_octets>(action)) {
            if (!session_.give_octets(message_) || !session_.end_message())
                co_return wire_.fail("the server does not accept such a message");
            continue;
        }
        if (auto* const failed = std::get_if<lmtp::client_session::failed>(&action))
            co_return wire_.fail(failed->cause.operator_text);
        if (!session_.output().empty()) {
            if (!co_await wire_.write(session_.output())) co_return false;
            session_.output().clear();
        }
        const std::string_view got = co_await wire_.read(buffer_);
        if (got.empty()) co_return false;
        session_.receive(got);
    }
}

std::string make_message(std::uint64_t number, std::size_t octets)
{
    std::string out = fmt::format("From: bench@localhost\r\nTo: you@localhost\r\nSubject: message {0}\r\n"
                                  "Message-ID: <{0}.bench@localhost>\r\n\r\n",
                                  number);
    while (out.size() < octets)
        out += "The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\r\n";
    return out;
}

} // namespace bench
