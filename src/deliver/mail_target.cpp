// Drives lmtp::client_session over a connection.
#include "deliver/mail_target.hpp"

#include <array>
#include <utility>

namespace deliver {

namespace {

using session = lmtp::client_session;

// RFC 5321, section 4.5.3.2.
constexpr auto reply_limit = std::chrono::minutes(5);
constexpr auto block_limit = std::chrono::minutes(3);
constexpr auto verdict_limit = std::chrono::minutes(10);
constexpr auto handshake_limit = std::chrono::minutes(1);
constexpr auto quit_limit = std::chrono::seconds(1);
/// What piles up before it is written; with BDAT each of these is one chunk.
constexpr std::size_t block_octets = 65536;

base::error cannot_be_sent(std::string text)
{
    return base::permanent_error(base::failure::refused, std::move(text));
}

base::result<lmtp::content_form> measure(const message_source& message, const std::string& prefix)
{
    lmtp::content_form form;
    form.take(prefix);
    auto read = message([&](std::string_view octets) -> base::result<> {
        form.take(octets);
        return {};
    });
    if (!read) return base::fail(read.error());
    return form;
}

} // namespace

mail_target::mail_target(mail_target_settings settings, client::dialler dial, const base::clock& clock)
    : settings_(std::move(settings)), dial_(std::move(dial)), clock_(clock)
{
}

mail_target::~mail_target()
{
    if (!link_) return;
    link_->session.quit();
    static_cast<void>(link_->connection->write(link_->session.output(), quit_limit)); // a courtesy
}

base::result<> mail_target::deliver(const message_source& message, std::uint64_t)
{
    const auto prefix = format_added_fields(
        settings_.added, settings_.own_name,
        settings_.recipients.size() == 1 ? settings_.recipients.front() : std::string(), clock_.now());
    const auto form = measure(message, prefix);
    if (!form) return base::fail(form.error());
    const lmtp::envelope envelope{.sender = settings_.sender,
                                  .recipients = settings_.recipients,
                                  .octets = form->octets(),
                                  .eight_bit = form->eight_bit(),
                                  .binary = form->binary()};
    auto begun = link_ ? begin(envelope) : base::result<>();
    // An idle connection may have died. Nothing was sent over it yet, so a new one cannot make a second copy.
    if (!link_) {
        if (auto opened = open(); !opened) return opened;
        begun = begin(envelope);
    }
    if (!begun) return begun;
    return send(message, prefix);
}

base::result<lmtp::client_settings> mail_target::session_settings() const
{
    lmtp::client_settings out{.protocol = settings_.protocol,
                              .own_name = settings_.own_name,
                              .starttls = settings_.tls == client::tls_mode::starttls};
    if (settings_.tls != client::tls_mode::none && !settings_.trust)
        return base::fail(cannot_be_sent(settings_.name + " needs TLS, but no trust is configured"));
    if (settings_.user.empty()) return out;
    if (settings_.tls == client::tls_mode::none && !settings_.plaintext_allowed)
        return base::fail(cannot_be_sent(settings_.name + " would send the password without TLS; use TLS"));
    auto secret = settings_.secret ? settings_.secret() : base::result<std::string>(std::string());
    if (!secret) return base::fail(secret.error());
    if (secret->find('\0') != std::string::npos || settings_.user.find('\0') != std::string::npos)
        return base::fail(cannot_be_sent("the user or password for " + settings_.name + " holds a NUL"));
    out.plain_response = std::string(1, '\0') + settings_.user + '\0' + *secret; // RFC 4616, section 2
    return out;
}

base::result<> mail_target::open()
{
    auto settings = session_settings();
    if (!settings) return base::fail(settings.error());
    auto connection = dial_();
    if (!connection) return base::fail(connection.error());
    link_.emplace(link{std::move(*connection), session(std::move(*settings))});
    const auto secure = [&]() -> base::result<> {
        auto shook = link_->connection->start_tls(settings_.trust, settings_.host, handshake_limit);
        if (!shook) return base::fail(shook.error());
        return {};
    };
    base::result<> secured = settings_.tls == client::tls_mode::implicit ? secure() : base::result<>();
    while (secured) {
        const auto action = run(reply_limit);
        if (!action) return base::fail(action.error());
        if (std::holds_alternative<session::ready>(*action)) return {};
        secured = secure(); // the one other thing an opening asks for
        if (secured) link_->session.tls_started();
    }
    link_.reset();
    return secured;
}

// Up to the point where the message is wanted.
base::result<> mail_target::begin(const lmtp::envelope& envelope)
{
    link_->session.begin(envelope);
    const auto action = run(reply_limit);
    if (!action) return base::fail(action.error());
    if (std::holds_alternative<session::send_octets>(*action)) return {};
    return outcome();
}

base::result<> mail_target::send(const message_source& message, const std::string& prefix)
{
    std::string block = prefix;
    const auto give_block = [&]() -> base::result<> {
        auto given = give(block);
        block.clear();
        return given;
    };
    auto sent = message([&](std::string_view octets) -> base::result<> {
        block += octets;
        return block.size() < block_octets ? base::result<>() : give_block();
    });
    if (sent && !block.empty()) sent = give_block();
    if (!sent) {
        link_.reset(); // without its end: the server drops what it has
        return sent;
    }
    link_->session.end_message();
    const auto action = run(verdict_limit);
    if (!action) return base::fail(action.error());
    return outcome();
}

base::result<> mail_target::outcome() const
{
    auto out = link_->session.outcome();
    if (!out) out.error().operator_text = settings_.name + ": " + out.error().operator_text;
    return out;
}

base::result<> mail_target::give(std::string_view octets)
{
    link_->session.give_octets(octets);
    const auto action = run(reply_limit);
    if (!action) return base::fail(action.error());
    if (std::holds_alternative<session::send_octets>(*action)) return {};
    // Ready again in the middle of a message: a chunk was refused.
    auto ended = outcome();
    return ended ? base::fail(cannot_be_sent(settings_.name + " ended the message early")) : ended;
}

base::result<> mail_target::flush()
{
    std::string& output = link_->session.output();
    if (output.empty()) return {};
    auto written = link_->connection->write(output, block_limit);
    output.clear();
    return written;
}

// Sends and reads until the session wants something that only its caller can do. After an error the link is gone.
base::result<session::action> mail_target::run(std::chrono::milliseconds limit)
{
    std::array<char, 4096> piece{};
    base::error error;
    for (;;) {
        auto action = link_->session.next();
        if (auto* failed = std::get_if<session::failed>(&action)) {
            error = std::move(failed->cause);
            break;
        }
        if (auto flushed = flush(); !flushed) {
            error = flushed.error();
            break;
        }
        if (!std::holds_alternative<session::need_reply>(action)) return action;
        auto got = link_->connection->read_some(piece, limit);
        if (!got) {
            error = got.error();
            break;
        }
        link_->session.receive({piece.data(), *got});
    }
    link_.reset();
    error.operator_text = settings_.name + ": " + error.operator_text;
    return base::fail(std::move(error));
}

} // namespace deliver
