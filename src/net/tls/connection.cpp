// The OpenSSL calls, and what their errors mean.
#include "net/tls/connection.hpp"

#include "net/tls/facts.hpp"
#include "net/tls/trust.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace net {

namespace {

/// A peer that speaks none of the versions that we offer, by its alert or by its hello.
bool is_about_versions(int reason)
{
    return reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL ||
           reason == SSL_R_WRONG_SSL_VERSION;
}

/// A peer may send key updates as long as it likes; without application data between them it only makes us work.
constexpr unsigned idle_messages_max = 32;
/// A ticket or an alert may lie until the next write takes it along; more must be sent before more is made.
constexpr std::size_t unsent_octets_max = 4096;
/// RFC 8446, section 5.2, and the header; TLS 1.2 adds less.
constexpr std::size_t record_octets_max = 16384 + 256 + 5;
/// Where records are gathered; never read before it is written, so not cleared either (the attribute, below).
/// A certificate's chain and what goes with it, most often; more is kept on the heap.
using small_room = std::array<char, 8 * 1024>;
/// Four records.
using large_room = std::array<char, 4 * record_octets_max>;

std::string reason_of(unsigned long fault)
{
    const char* const text = ERR_reason_error_string(fault);
    return text == nullptr ? "unknown reason" : text;
}

} // namespace

base::result<std::unique_ptr<tls_connection>>
tls_connection::accept(std::shared_ptr<const tls_context> context, int socket)
{
    auto* const native = context->native();
    auto made = over(std::move(context), native, socket);
    if (made) SSL_set_accept_state((*made)->connection_);
    return made;
}

base::result<std::unique_ptr<tls_connection>> tls_connection::connect(std::shared_ptr<const tls_client> tls,
                                                                      int socket, const std::string& name)
{
    auto* const native = tls->native();
    auto verdict = std::make_unique<tls_verdict>(tls_verdict{.settings = &tls->settings(), .name = name});
    auto made = over(std::move(tls), native, socket);
    if (!made) return made;
    if (!expect_name((*made)->connection_, name))
        return base::fail(base::temporary_error(base::failure::malformed,
                                                "\"" + name + "\" cannot be looked for in a certificate"));
    (*made)->verdict_ = std::move(verdict);
    SSL_set_app_data((*made)->connection_, (*made)->verdict_.get());
    SSL_set_connect_state((*made)->connection_);
    return made;
}

base::result<std::unique_ptr<tls_connection>> tls_connection::over(std::shared_ptr<const void> context,
                                                                   ssl_ctx_st* native, int socket)
{
    ERR_clear_error();
    ssl_st* const connection = SSL_new(native);
    if (connection == nullptr)
        return base::fail(
            base::temporary_error(base::failure::internal, "OpenSSL has no memory for a connection"));
    std::unique_ptr<tls_connection> made(new tls_connection(std::move(context), connection, socket));
    auto* const bio = made->bio_.make();
    if (bio == nullptr)
        return base::fail(
            base::temporary_error(base::failure::internal, "OpenSSL has no memory for a connection"));
    SSL_set_bio(connection, bio, bio);
    return made;
}

tls_connection::tls_connection(std::shared_ptr<const void> context, ssl_st* connection, int socket)
    : context_(std::move(context)), bio_(socket), connection_(connection)
{
    SSL_set_msg_callback(connection_, &tls_connection::count_handshake_messages);
    SSL_set_msg_callback_arg(connection_, this);
}

tls_connection::~tls_connection()
{
    SSL_free(connection_);
}

// A TLS 1.3 server's last octets are a ticket, for which nobody waits: it goes with the greeting, or before the first
// wait. All else is sent here.
base::result<step> tls_connection::handshake()
{
    __attribute__((uninitialized)) small_room room;
    const socket_bio::turn turn(bio_, room);
    ERR_clear_error();
    auto outcome = after(SSL_do_handshake(connection_));
    if (!outcome || outcome->octets == 0) return outcome;
    established_ = true;
    const bool only_ticket = SSL_is_server(connection_) == 1 && SSL_version(connection_) >= TLS1_3_VERSION;
    if (!only_ticket)
        if (const auto sent = send(); !sent) return base::fail(sent.error());
    facts_ = read_tls_facts(connection_);
    if (verdict_) facts_with_bindings(); // the client's end hands them out at once
    // RFC 7301, section 3.1. OpenSSL looks at this itself since 3.0.15.
    if (verdict_ && !facts_.alpn.empty() &&
        std::ranges::find(verdict_->settings->alpn, facts_.alpn) == verdict_->settings->alpn.end()) {
        return base::fail(
            base::temporary_error(base::failure::refused, "the server picked an ALPN protocol not offered"));
    }
    return outcome;
}

// Few log-ins are bound, and the bindings cost some percent of a handshake.
const tls_facts& tls_connection::facts_with_bindings()
{
    if (established_ && !std::exchange(bound_, true)) read_bindings(connection_, facts_);
    return facts_;
}

base::result<step> tls_connection::read(std::span<char> buffer)
{
    __attribute__((uninitialized)) small_room room;
    const socket_bio::turn turn(bio_, room);
    if (bio_.full() || bio_.unsent() > unsent_octets_max)
        if (auto sent = before_waiting(readiness::writable); !sent || unsent()) return sent;
    ERR_clear_error();
    std::size_t octets = 0;
    auto outcome = after(SSL_read_ex(connection_, buffer.data(), buffer.size(), &octets));
    if (!outcome || outcome->octets == 0) return outcome;
    idle_messages_ = 0;
    return step{.octets = octets};
}

bool tls_connection::has_unread() const
{
    return SSL_has_pending(connection_) == 1;
}

base::result<step> tls_connection::write(std::string_view octets, int flags)
{
    __attribute__((uninitialized)) large_room room;
    const socket_bio::turn turn(bio_, room);
    step done{.wait_for = readiness::writable};
    if (bio_.full()) {
        const auto sent = send();
        if (!sent) return base::fail(sent.error());
        done.sent = *sent;
    }
    ERR_clear_error();
    while (!bio_.full() && done.octets < octets.size() && bio_.room() >= record_octets_max) {
        const auto rest = octets.substr(done.octets);
        std::size_t written = 0;
        const auto outcome = after(SSL_write_ex(connection_, rest.data(), rest.size(), &written));
        if (!outcome) return outcome;
        done.octets += written;
        done.wait_for = outcome->wait_for;
        if (outcome->octets == 0) break;
    }
    if (bio_.full()) return done;
    const auto sent = send(flags);
    if (!sent) return base::fail(sent.error());
    done.sent += *sent;
    return done;
}

void tls_connection::say_goodbye(int flags)
{
    if (!established_ || broken_) return;
    __attribute__((uninitialized)) small_room room;
    const socket_bio::turn turn(bio_, room);
    ERR_clear_error();
    SSL_shutdown(connection_);
    ERR_clear_error();
    bio_.send(flags);
}

// OpenSSL reads ahead, so as not to ask the kernel twice for each record. SSL_MODE_AUTO_RETRY is off, so that it
// returns behind a message that is no application data, but only when it has nothing left: it wants to read where
// the socket was empty or all of it has been looked at, and waiting for the socket is right.
base::result<step> tls_connection::after(int outcome)
{
    const int number = errno;
    const int reason = outcome == 1 ? SSL_ERROR_NONE : SSL_get_error(connection_, outcome);
    if (idle_messages_ > idle_messages_max) {
        broken_ = true;
        return base::fail(
            base::temporary_error(base::failure::refused, "the TLS peer sends key updates and nothing else"));
    }
    if (reason == SSL_ERROR_NONE) return step{.octets = 1};
    if (reason == SSL_ERROR_WANT_READ) return before_waiting(readiness::readable);
    const auto error = failed(reason, number);
    bio_.send(); // the alert, if there is one
    return base::fail(error);
}

/// What the peer may wait for goes out before anything is waited for here.
base::result<step> tls_connection::before_waiting(readiness wanted)
{
    if (const auto sent = send(); !sent) return base::fail(sent.error());
    return step{.wait_for = bio_.full() ? readiness::writable : wanted};
}

base::result<std::size_t> tls_connection::send(int flags)
{
    const auto sent = bio_.send(flags);
    if (bio_.error() != 0) return base::fail(failed(SSL_ERROR_SYSCALL, bio_.error()));
    return sent;
}

base::error tls_connection::failed(int reason, int number)
{
    if (reason == SSL_ERROR_ZERO_RETURN)
        return base::temporary_error(base::failure::closed, "the peer closed the TLS connection");
    broken_ = true;
    const unsigned long first = ERR_get_error();
    ERR_clear_error();
    const bool ended =
        (reason == SSL_ERROR_SSL && ERR_GET_REASON(first) == SSL_R_UNEXPECTED_EOF_WHILE_READING) ||
        (reason == SSL_ERROR_SYSCALL && first == 0);
    if (ended) {
        std::string detail =
            number == 0 || reason == SSL_ERROR_SSL ? "" : std::string(": ") + std::strerror(number);
        return base::temporary_error(base::failure::closed,
                                     "the TLS connection ended without close_notify" + detail);
    }
    if (!established_) return handshake_failed(first);
    return base::temporary_error(base::failure::refused, "TLS failed: " + reason_of(first));
}

base::error tls_connection::handshake_failed(unsigned long first) const
{
    auto error = base::temporary_error(base::failure::refused, "TLS handshake failed: " + reason_of(first));
    if (!verdict_) return error;
    if (!verdict_->refusal.empty()) {
        error.temporary = false;
        error.operator_text = verdict_->refusal;
    } else if (ERR_GET_REASON(first) == SSL_R_WRONG_VERSION_NUMBER) {
        error.operator_text +=
            "; that is not TLS: does TLS start immediately on this port (`tls = implicit`, 995) or "
            "after a command (`starttls`, 110)?";
    } else if (is_about_versions(ERR_GET_REASON(first))) {
        error.kind = base::failure::network;
        error.temporary = false; // it passes when somebody changes the server, not by itself
        error.operator_text += "; TLS 1.2 and 1.3 are offered, and the server takes only older versions";
    }
    return error;
}

server_facts tls_connection::facts_of_server() const
{
    return {.tls = facts_, .pin = verdict_->pin, .subject = verdict_->subject};
}

void tls_connection::count_handshake_messages(int written, int, int content_type, const void*, std::size_t,
                                              ssl_st*, void* self)
{
    auto* const connection = static_cast<tls_connection*>(self);
    if (written == 0 && content_type == SSL3_RT_HANDSHAKE && connection->established_)
        ++connection->idle_messages_;
}

} // namespace net
