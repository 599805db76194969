// The message: DATA's lines and BDAT's chunks on their way to the driver, and the replies at the end.
#include "lmtp/server_session_machine.hpp"

namespace lmtp {

void server_session::machine::begin_message(phase content)
{
    mail->message.emplace();
    octets_taken = 0;
    content_phase = content;
    actions.emplace_back(lmtp::begin_message{.sender = mail->sender,
                                             .octets_declared = mail->parameters.octets_declared,
                                             .smtputf8 = mail->parameters.smtputf8,
                                             .recipients = mail->recipients});
    present = phase::begin_asked;
}

void server_session::machine::message_begun()
{
    mail->message->begun = true;
    present = content_phase;
    if (content_phase == phase::data) say({354, "", "Send the message; end with CRLF.CRLF"});
}

void server_session::machine::message_refused(const reply& reply)
{
    if (content_phase == phase::chunk) { // its octets are on their way already
        mail->message->failure = reply;
        present = phase::chunk;
        return;
    }
    say(reply);
    mail.reset();
    present = phase::command;
}

std::optional<action> server_session::machine::next_data()
{
    if (input.peek().empty()) return need_octets{};
    const data_decoder::piece piece = mail->message->decoder.decode(input.peek());
    input.use(piece.used);
    if (piece.ended) {
        message_done();
        return std::nullopt;
    }
    return take_content(piece.content);
}

std::optional<action> server_session::machine::next_chunk()
{
    if (present_chunk.octets_left == 0) {
        chunk_done();
        return std::nullopt;
    }
    if (input.peek().empty()) return need_octets{};
    const std::string_view content = input.peek().substr(0, present_chunk.octets_left);
    input.use(content.size());
    present_chunk.octets_left -= content.size();
    return present_chunk.refusal ? std::nullopt : take_content(content);
}

/// Hands content on unless the message has failed or does so now.
std::optional<action> server_session::machine::take_content(std::string_view content)
{
    if (content.empty()) return std::nullopt;
    octets_taken += content.size();
    incoming_message& message = *mail->message;
    if (message.failure) return std::nullopt;
    message.received.take(content);
    if (octets_taken > policy.message_octets_max) {
        fail_message({552, "5.3.4", "Message too large"}); // RFC 1870, section 6.3
    } else if (message.received.count() > policy.received_headers_max) {
        fail_message({554, "5.4.6", "Too many Received fields: a mail loop"}); // RFC 5321, section 6.3
    } else {
        return message_octets{content};
    }
    return std::nullopt;
}

void server_session::machine::fail_message(const reply& reply)
{
    if (mail->message->begun && !mail->message->failure) actions.emplace_back(abandon_message{});
    mail->message->failure = reply;
}

void server_session::machine::chunk_done()
{
    present = phase::command;
    if (present_chunk.refusal) {
        // RFC 2033, section 4.3: as many replies to the last chunk as recipients, and here there are none.
        if (!(speaks_lmtp() && mail && present_chunk.last)) refuse_command(*present_chunk.refusal);
        if (present_chunk.last) reset_transaction();
    } else if (present_chunk.last) {
        message_done();
    } else if (mail->message->failure) {
        say(*mail->message->failure); // until RSET or LAST, every chunk gets it
    } else {
        say({250, "2.0.0", std::to_string(octets_taken) + " octets received so far"});
    }
}

void server_session::machine::message_done()
{
    if (mail->message->failure) {
        present = phase::command;
        reply_to_all(*mail->message->failure);
        mail.reset();
        return;
    }
    actions.emplace_back(end_message{});
    present = phase::delivery_asked;
}

void server_session::machine::reply_to_all(const reply& reply)
{
    for (std::size_t left = speaks_lmtp() ? mail->recipients.size() : 1; left > 0; --left) say(reply);
}

void server_session::machine::delivered(std::span<const base::result<>> per_recipient)
{
    const auto reply_to = [&](std::size_t recipient) -> reply {
        if (recipient >= per_recipient.size()) return reply_for({}); // not told is not delivered
        if (per_recipient[recipient]) return {250, "2.0.0", "Delivered"};
        return reply_for(per_recipient[recipient].error());
    };
    reply worst{250, "2.0.0", "Delivered"};
    for (std::size_t recipient = 0; recipient < mail->recipients.size(); ++recipient) {
        const reply verdict = reply_to(recipient);
        if (verdict.code == 250) commands_without_message = 0;
        if (speaks_lmtp()) say(verdict);
        if (verdict.code >= 400 && !worst.temporary() && (verdict.temporary() || worst.code < 400))
            worst = verdict;
    }
    // SMTP has one reply for all. If one copy must be tried again, all are; the others will arrive twice, but
    // none is lost.
    if (!speaks_lmtp()) say(worst);
    mail.reset();
    present = phase::command;
}

} // namespace lmtp
