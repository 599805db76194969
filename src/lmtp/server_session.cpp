// The dialogue: what comes next, and what the driver tells.
#include "lmtp/server_session_machine.hpp"

#include <stdexcept>
#include <utility>

namespace lmtp {

action server_session::machine::next()
{
    while (true) {
        if (!actions.empty()) {
            action due = std::move(actions.front());
            actions.pop_front();
            return due;
        }
        std::optional<action> due;
        switch (present) {
        case phase::closed: return close{};
        case phase::recipient_asked:
        case phase::begin_asked:
        case phase::delivery_asked:
        case phase::tls_asked:
            if (ending) break; // the driver gives up on the outcome
            throw std::logic_error("lmtp::server_session::next() before the outcome of the last action");
        case phase::command: due = ending ? std::nullopt : next_command(); break;
        case phase::data: due = ending ? std::nullopt : next_data(); break;
        case phase::chunk: due = ending ? std::nullopt : next_chunk(); break;
        }
        if (due) return std::move(*due);
        if (ending) close_saying(closing_reply(policy.host_name, "4.3.2", *ending));
    }
}

void server_session::machine::close_saying(const reply& reply)
{
    say(reply);
    reset_transaction();
    present = phase::closed;
    ending.reset();
}

server_session::server_session(session_policy policy) : machine_(std::make_unique<machine>(std::move(policy)))
{
}

server_session::~server_session() = default;

void server_session::greet()
{
    machine_->say(
        {220, "", machine_->policy.host_name + (machine_->speaks_lmtp() ? " LMTP" : " ESMTP") + " ready"});
}

void server_session::receive(std::string_view octets)
{
    machine_->input.receive(octets);
}

std::size_t server_session::buffered() const
{
    return machine_->input.peek().size();
}

action server_session::next()
{
    return machine_->next();
}

std::string& server_session::output()
{
    return machine_->output;
}

void server_session::tls_started()
{
    machine_->policy.tls_active = true;
    machine_->present = machine::phase::command;
}

void server_session::recipient_accepted()
{
    machine_->mail->recipients.push_back(std::move(machine_->mail->recipient_asked));
    machine_->say({250, "2.1.5", "Recipient OK"});
    machine_->present = machine::phase::command;
}

void server_session::recipient_refused(const base::error& error)
{
    machine_->recipient_refused(error);
}

void server_session::message_begun()
{
    machine_->message_begun();
}

void server_session::message_refused(const base::error& error)
{
    machine_->message_refused(reply_for(error));
}

void server_session::octets_written() {}

void server_session::message_failed(const base::error& error)
{
    machine_->fail_message(reply_for(error));
}

void server_session::delivered(std::span<const base::result<>> per_recipient)
{
    machine_->delivered(per_recipient);
}

void server_session::end(std::string_view text)
{
    machine_->ending = text;
}

const std::string& server_session::peer_name() const
{
    return machine_->peer_name;
}

std::string server_session::with_protocol() const
{
    const bool utf8 = machine_->mail && machine_->mail->parameters.smtputf8;
    const std::string tls = machine_->policy.tls_active ? "S" : "";
    if (machine_->speaks_lmtp()) return (utf8 ? "UTF8LMTP" : "LMTP") + tls;
    if (machine_->greeted_with != machine::hello::extended) return "SMTP"; // RFC 3848 knows no SMTPS
    return (utf8 ? "UTF8SMTP" : "ESMTP") + tls;
}

std::uint64_t server_session::message_octets_taken() const
{
    return machine_->octets_taken;
}

} // namespace lmtp
