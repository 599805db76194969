// One transaction of the sending end: MAIL, RCPT, DATA or BDAT, and what became of it (RFC 5321, section 3.3; RFC 2033,
// section 4.2; RFC 3030).
#include "base/utf8.hpp"
#include "lmtp/client_session.hpp"
#include "lmtp/path.hpp"

#include <algorithm>

namespace lmtp {

namespace {

/// Every server takes as many (RFC 5321, section 4.5.3.1.8); their replies fit into any socket's buffer, so that
/// pipelining cannot end in both sides waiting (RFC 2920, section 3.1).
constexpr std::size_t recipients_max = 100;

base::error cannot_send(base::failure kind, std::string text)
{
    return {kind, false, "cannot be sent", std::move(text)};
}

bool good_path(const std::string& address, path_kind kind)
{
    const std::string bracketed = "<" + address + ">";
    const auto parsed = parse_path(bracketed, kind);
    return parsed && parsed->rest.empty();
}

} // namespace

void client_session::begin(lmtp::envelope envelope)
{
    envelope_ = std::move(envelope);
    answered_ = sent_ = 0;
    octets_given_ = 0;
    mail_refused_ = false;
    encoder_ = {};
    verdicts_.clear();
    outcome_ = check_envelope();
    if (!outcome_) return; // still ready
    by_chunks_ = envelope_.binary;
    output_ += mail_command();
    phase_ = phase::mail;
    while (extensions_.pipelining && sent_ < envelope_.recipients.size())
        output_ += "RCPT TO:<" + envelope_.recipients[sent_++] + ">\r\n";
}

base::result<> client_session::check_envelope() const
{
    const auto& recipients = envelope_.recipients;
    if (recipients.empty() || recipients.size() > recipients_max)
        return base::fail(
            cannot_send(base::failure::malformed,
                        "a message needs 1 to " + std::to_string(recipients_max) + " recipients"));
    if (!good_path(envelope_.sender, path_kind::reverse))
        return base::fail(cannot_send(base::failure::malformed, "the sender is not an address"));
    for (const auto& recipient : recipients) {
        if (!good_path(recipient, path_kind::forward))
            return base::fail(cannot_send(base::failure::malformed,
                                          "recipient " + std::to_string(&recipient - recipients.data() + 1) +
                                              " is not an address"));
        if (!base::is_ascii(recipient) && !extensions_.smtputf8)
            return base::fail(
                cannot_send(base::failure::refused, "the mail server accepts only ASCII addresses"));
    }
    if (extensions_.octets_max && envelope_.octets > *extensions_.octets_max)
        return base::fail(cannot_send(base::failure::too_large, "the message has " +
                                                                    std::to_string(envelope_.octets) +
                                                                    " octets; the mail server takes " +
                                                                    std::to_string(*extensions_.octets_max)));
    if (envelope_.binary && !extensions_.chunking)
        return base::fail(
            cannot_send(base::failure::refused,
                        "the message has a bare CR or LF, a NUL or a line above 998 octets, and the mail "
                        "server has no CHUNKING; it could only arrive changed"));
    if (envelope_.eight_bit && !extensions_.eight_bit && !extensions_.binary)
        return base::fail(
            cannot_send(base::failure::refused,
                        "the message has 8-bit text and the mail server does not take it (no 8BITMIME)"));
    return {};
}

std::string client_session::mail_command() const
{
    std::string line = "MAIL FROM:<" + envelope_.sender + ">";
    if (extensions_.octets_max) line += " SIZE=" + std::to_string(envelope_.octets);
    if (envelope_.binary && extensions_.binary)
        line += " BODY=BINARYMIME";
    else if (envelope_.eight_bit)
        line += " BODY=8BITMIME";
    const auto beyond_ascii = [](const std::string& address) { return !base::is_ascii(address); };
    if (extensions_.smtputf8 &&
        (beyond_ascii(envelope_.sender) || std::ranges::any_of(envelope_.recipients, beyond_ascii)))
        line += " SMTPUTF8";
    return line + "\r\n";
}

std::optional<client_session::action> client_session::take_envelope(const read_reply& got)
{
    const bool yes = got.reply.code / 100 == 2;
    if (phase_ == phase::mail) {
        phase_ = phase::recipients;
        mail_refused_ = !yes;
        if (!yes) outcome_ = base::fail(error_of_reply(got.reply, "the sender"));
    } else {
        const std::string& recipient = envelope_.recipients[answered_++];
        if (!mail_refused_) note(recipient, got.reply);
        if (!yes && outcome_) outcome_ = base::fail(error_of_reply(got.reply, "the recipient " + recipient));
    }
    if (answered_ < sent_) return std::nullopt; // pipelined ones are still to be answered
    return after_envelope();
}

std::optional<client_session::action> client_session::after_envelope()
{
    if (!outcome_) return end_transaction();
    if (sent_ < envelope_.recipients.size()) {
        output_ += "RCPT TO:<" + envelope_.recipients[sent_++] + ">\r\n";
        return std::nullopt;
    }
    verdicts_.clear(); // RCPT's 250 is no promise yet
    answered_ = 0;
    phase_ = by_chunks_ ? phase::content : phase::data;
    if (!by_chunks_) output_ += "DATA\r\n";
    return std::nullopt;
}

// The server forgets the envelope, then it is ready again.
std::optional<client_session::action> client_session::end_transaction()
{
    output_ += "RSET\r\n";
    phase_ = phase::reset;
    return std::nullopt;
}

std::optional<client_session::action> client_session::take_data(const read_reply& got)
{
    if (got.reply.code == 354) {
        phase_ = phase::content;
        return std::nullopt;
    }
    if (got.reply.code / 100 < 4) // the server would read the message as commands
        return fail(
            {base::failure::malformed, true, "bad answer",
             "the mail server breaks the protocol: it answers DATA with " + std::to_string(got.reply.code)});
    outcome_ = base::fail(error_of_reply(got.reply, "the message"));
    return end_transaction();
}

bool client_session::give_octets(std::string_view octets)
{
    if (phase_ != phase::content || octets.empty()) return phase_ == phase::content;
    octets_given_ += octets.size();
    bool good = octets_given_ <= envelope_.octets;
    if (good && by_chunks_) {
        output_ += "BDAT " + std::to_string(octets.size()) + "\r\n";
        output_ += octets;
        phase_ = phase::chunk;
    } else if (good) {
        good = encoder_.convert(octets, output_);
    }
    if (!good) fail_content();
    return good;
}

bool client_session::end_message()
{
    bool good = phase_ == phase::content && octets_given_ == envelope_.octets;
    if (good && by_chunks_)
        output_ += "BDAT 0 LAST\r\n";
    else if (good)
        good = encoder_.finish(output_);
    if (good)
        phase_ = phase::verdict;
    else
        fail_content();
    return good;
}

// Closing now is the only way to make the server drop what it has (RFC 5321, section 4.1.1.10).
void client_session::fail_content()
{
    output_.clear();
    fail({base::failure::internal, true, "cannot be sent",
          "the message is not what it was when it was measured; it was not sent"});
}

std::optional<client_session::action> client_session::take_chunk(const read_reply& got)
{
    if (got.reply.code / 100 == 2) {
        phase_ = phase::content;
        return std::nullopt;
    }
    outcome_ = base::fail(error_of_reply(got.reply, "the message"));
    return end_transaction();
}

std::optional<client_session::action> client_session::take_verdict(const read_reply& got)
{
    if (settings_.protocol == protocol::lmtp) {
        note(envelope_.recipients[answered_++], got.reply);
        if (answered_ < envelope_.recipients.size()) return std::nullopt;
    } else {
        for (const auto& recipient : envelope_.recipients) note(recipient, got.reply);
    }
    outcome_ = judge();
    phase_ = phase::ready;
    return std::nullopt;
}

void client_session::note(const std::string& recipient, const reply& said)
{
    verdicts_.push_back({recipient, said});
}

base::result<> client_session::judge() const
{
    const auto accepted = [](const verdict& verdict) { return verdict.reply.code / 100 == 2; };
    const auto first = std::ranges::find_if_not(verdicts_, accepted);
    if (first == verdicts_.end()) return {};
    base::error error = error_of_reply(first->reply, "the message for " + first->recipient);
    for (const auto& verdict : verdicts_) {
        if (accepted(verdict)) error.operator_text += "; it was accepted for " + verdict.recipient;
        if (accepted(verdict) || &verdict == &*first) continue;
        const base::error further = error_of_reply(verdict.reply, "it for " + verdict.recipient);
        error.operator_text += "; " + further.operator_text;
        // A refusal for good must not be asked again for ever, with copies for those who accepted each time.
        if (!further.temporary && error.temporary) {
            error.kind = further.kind;
            error.temporary = false;
        }
    }
    return base::fail(std::move(error));
}

} // namespace lmtp
