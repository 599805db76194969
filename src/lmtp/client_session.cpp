// The opening of a session and its dialogue; the transaction is in client_session_message.cpp.
#include "lmtp/client_session.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "lmtp/mail_parameters.hpp"

#include <algorithm>
#include <charconv>

namespace lmtp {

namespace {

// Replies for people: one line, no controls, not endless.
constexpr std::size_t shown_octets_max = 200;

std::string shown(const reply& said)
{
    std::string line = format_reply({said.code, said.enhanced, said.text.substr(0, shown_octets_max)});
    line.resize(line.size() - 2); // its CRLF
    return line;
}

base::failure kind_of(const reply& said)
{
    if (said.enhanced.ends_with(".2.2")) return base::failure::over_quota;
    if (said.code == 552 || said.enhanced == "5.3.4") return base::failure::too_large;
    if (said.code / 100 == 4) return base::failure::overloaded;
    if (said.code == 534 || said.code == 535) return base::failure::credentials;
    if (said.enhanced == "5.1.1") return base::failure::unknown_user;
    return base::failure::refused;
}

base::error protocol_error(std::string_view fault)
{
    return {base::failure::malformed, true, "bad answer",
            "the mail server breaks the protocol: " + std::string(fault)};
}

base::error lacks(std::string_view extension)
{
    return {base::failure::refused, false, "not offered",
            "the mail server does not offer " + std::string(extension)};
}

} // namespace

base::error error_of_reply(const reply& said, std::string_view doing)
{
    return {kind_of(said), said.temporary(), "the mail server refuses",
            "the mail server refuses " + std::string(doing) + ": " + shown(said)};
}

client_session::client_session(client_settings settings) : settings_(std::move(settings)) {}

client_session::action client_session::next()
{
    for (;;) {
        if (failure_) return failed{*failure_};
        switch (phase_) {
        case phase::handshake: return shake_hands{};
        case phase::ready:
            // Only now, so that a 421 of an idle server is seen before the next envelope.
            if (replies_.buffered() == 0) return ready{};
            break;
        case phase::content: return send_octets{};
        default: break;
        }
        const auto got = replies_.next();
        if (!got && replies_.broken()) return fail(protocol_error("what it sends is not a reply"));
        if (!got && phase_ == phase::ready) return fail(protocol_error("it sends data without a command"));
        if (!got) return need_reply{};
        if (auto due = take(*got)) return *std::move(due);
    }
}

std::optional<client_session::action> client_session::take(const read_reply& got)
{
    if (got.reply.code == 421) return fail(error_of_reply(got.reply, "to go on"));
    switch (phase_) {
    case phase::greeting: return take_greeting(got);
    case phase::hello: return take_hello(got);
    case phase::starttls: return take_starttls(got);
    case phase::auth: return take_auth(got);
    case phase::mail:
    case phase::recipients: return take_envelope(got);
    case phase::data: return take_data(got);
    case phase::chunk: return take_chunk(got);
    case phase::verdict: return take_verdict(got);
    case phase::reset: phase_ = phase::ready; return std::nullopt;
    default: return fail(protocol_error("it sends data without a command"));
    }
}

std::optional<client_session::action> client_session::take_greeting(const read_reply& got)
{
    if (got.reply.code != 220) return fail(error_of_reply(got.reply, "to serve us"));
    say_hello();
    return std::nullopt;
}

void client_session::say_hello()
{
    extensions_ = {};
    output_ += (settings_.protocol == protocol::lmtp ? "LHLO " : "EHLO ") + settings_.own_name + "\r\n";
    phase_ = phase::hello;
}

std::optional<client_session::action> client_session::take_hello(const read_reply& got)
{
    if (got.reply.code != 250) return fail(error_of_reply(got.reply, "our greeting"));
    for (std::size_t index = 1; index < got.lines.size(); ++index) { // the first is the server's name
        const std::string_view line = got.lines[index];
        const std::string_view keyword = line.substr(0, line.find(' '));
        std::string_view rest = line.substr(std::min(keyword.size() + 1, line.size()));
        const auto is = [&](std::string_view name) { return base::equal_ignoring_case(keyword, name); };
        extensions_.pipelining |= is("PIPELINING");
        extensions_.eight_bit |= is("8BITMIME");
        extensions_.starttls |= is("STARTTLS");
        extensions_.chunking |= is("CHUNKING");
        extensions_.binary |= is("BINARYMIME");
        extensions_.smtputf8 |= is("SMTPUTF8");
        std::uint64_t number = 0;
        if (is("SIZE") && std::from_chars(rest.data(), rest.data() + rest.size(), number).ec == std::errc() &&
            number > 0)
            extensions_.octets_max = number;
        while (is("AUTH") && !rest.empty()) {
            const std::string_view mechanism = rest.substr(0, rest.find(' '));
            extensions_.plain |= base::equal_ignoring_case(mechanism, "PLAIN");
            rest.remove_prefix(std::min(mechanism.size() + 1, rest.size()));
        }
    }
    if (settings_.starttls && !tls_) {
        if (!extensions_.starttls) return fail(lacks("STARTTLS; nothing was sent to it"));
        output_ += "STARTTLS\r\n";
        phase_ = phase::starttls;
    } else if (settings_.plain_response) {
        if (!extensions_.plain) return fail(lacks("AUTH PLAIN, the one way to sign in that is known here"));
        const std::string response = base::to_base64(*settings_.plain_response);
        output_ += "AUTH PLAIN " + (response.empty() ? "=" : response) + "\r\n";
        phase_ = phase::auth;
    } else {
        phase_ = phase::ready;
    }
    return std::nullopt;
}

std::optional<client_session::action> client_session::take_starttls(const read_reply& got)
{
    if (got.reply.code != 220) return fail(error_of_reply(got.reply, "STARTTLS"));
    if (replies_.buffered() > 0) return fail(protocol_error("plain octets behind the answer to STARTTLS"));
    phase_ = phase::handshake;
    return std::nullopt;
}

void client_session::tls_started()
{
    tls_ = true;
    say_hello(); // what was said in plain text is forgotten (RFC 3207, section 4.2)
}

std::optional<client_session::action> client_session::take_auth(const read_reply& got)
{
    if (got.reply.code != 235) return fail(error_of_reply(got.reply, "the sign-in"));
    phase_ = phase::ready;
    return std::nullopt;
}

client_session::action client_session::fail(base::error error)
{
    phase_ = phase::failed;
    failure_ = std::move(error);
    return failed{*failure_};
}

} // namespace lmtp
