// One LMTP (RFC 2033) or SMTP (RFC 5321) session, the sending end, as a pure machine: replies in, commands out.
//
// The driver sends and clears output(), does what next() asks, and calls next() again. Commands of one envelope go
// out together where the server does PIPELINING (RFC 2920). A message is only sent when every recipient was
// accepted, so that a second try cannot make copies for those who took it at once.
#pragma once

#include "base/result.hpp"
#include "lmtp/data.hpp"
#include "lmtp/reply.hpp"
#include "lmtp/server_session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lmtp {

struct client_settings {
    lmtp::protocol protocol = lmtp::protocol::lmtp;
    std::string own_name;  ///< for LHLO and EHLO: a host name or an address literal
    bool starttls = false; ///< required: where the server has none, nothing else is said
    /// The initial response of SASL PLAIN (RFC 4616), as octets; none: no AUTH.
    std::optional<std::string> plain_response{};
};

struct envelope {
    std::string sender; ///< empty: the null reverse-path
    std::vector<std::string> recipients;
    std::uint64_t octets = 0;
    bool eight_bit = false; ///< content_form::eight_bit()
    bool binary = false;    ///< content_form::binary(): goes by CHUNKING (RFC 3030), or not at all
};

/// What the server said to one recipient at the end.
struct verdict {
    std::string recipient;
    lmtp::reply reply;
};

class client_session {
public:
    /// Send output(), then read from the server and receive() it.
    struct need_reply {};
    /// Shake hands, then tls_started().
    struct shake_hands {};
    /// The server can be given an envelope: begin(). Comes after the opening and after each transaction.
    struct ready {};
    /// Give the message with give_octets() (sending output() as it grows), then end_message(). In chunks (BDAT) a
    /// call to next() stands between two calls, and answers send_octets again.
    struct send_octets {};
    /// Nothing more can be done: the reason. The connection can only be closed, after quit() where it is not
    /// `closed`.
    struct failed {
        base::error cause;
    };
    using action = std::variant<need_reply, shake_hands, ready, send_octets, failed>;

    explicit client_session(client_settings settings);

    void receive(std::string_view octets) { replies_.receive(octets); }
    action next();
    std::string& output() { return output_; }
    void tls_started();

    /// Legal when ready. An address that could end a line or a path makes the transaction fail.
    void begin(lmtp::envelope envelope);
    /// False: these octets are not what the envelope said, and must never be ended; next() tells.
    bool give_octets(std::string_view octets);
    bool end_message();
    /// Of the transaction that is over when next() says ready: an error where a recipient was refused before the
    /// message was sent, else what verdicts() say: a value only where each is 2xx.
    const base::result<>& outcome() const { return outcome_; }
    const std::vector<verdict>& verdicts() const { return verdicts_; }
    void quit() { output_ += "QUIT\r\n"; }

private:
    enum class phase {
        greeting,
        hello,
        starttls,
        handshake,
        auth,
        ready,
        mail,
        recipients,
        data,
        content,
        chunk,
        verdict,
        reset,
        failed
    };
    struct extensions {
        bool pipelining = false, eight_bit = false, starttls = false, chunking = false, binary = false;
        bool plain = false, smtputf8 = false;
        std::optional<std::uint64_t> octets_max; ///< SIZE with a number above 0
    };

    std::optional<action> take(const read_reply& got);
    std::optional<action> take_greeting(const read_reply& got);
    std::optional<action> take_hello(const read_reply& got);
    std::optional<action> take_starttls(const read_reply& got);
    std::optional<action> take_auth(const read_reply& got);
    std::optional<action> take_envelope(const read_reply& got);
    std::optional<action> take_data(const read_reply& got);
    std::optional<action> take_chunk(const read_reply& got);
    std::optional<action> take_verdict(const read_reply& got);

    void say_hello();
    base::result<> check_envelope() const;
    std::string mail_command() const;
    std::optional<action> after_envelope();
    std::optional<action> end_transaction();
    void note(const std::string& recipient, const reply& said);
    base::result<> judge() const;
    void fail_content();
    action fail(base::error error);

    client_settings settings_;
    reply_reader replies_;
    std::string output_;
    phase phase_ = phase::greeting;
    bool tls_ = false;
    extensions extensions_;
    envelope envelope_;
    bool by_chunks_ = false;
    std::size_t answered_ = 0; // recipients, by RCPT and then by the verdict
    std::size_t sent_ = 0;     // RCPT commands under way or answered
    bool mail_refused_ = false;
    data_encoder encoder_;
    std::uint64_t octets_given_ = 0;
    base::result<> outcome_;
    std::vector<verdict> verdicts_;
    std::optional<base::error> failure_;
};

/// What a reply that refuses means: 4xx is temporary. `doing` names the step for people.
base::error error_of_reply(const reply& said, std::string_view doing);

} // namespace lmtp
