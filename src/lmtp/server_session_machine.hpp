// The insides of server_session: what it remembers, in three subjects (dialogue, commands, message).
#pragma once

#include "lmtp/command_input.hpp"
#include "lmtp/data.hpp"
#include "lmtp/mail_parameters.hpp"
#include "lmtp/reply.hpp"
#include "lmtp/server_session.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace lmtp {

/// A message that is being read, from the 354 or the first BDAT on.
struct incoming_message {
    bool begun = false;           ///< the driver has a delivery open
    std::optional<reply> failure; ///< why it will not be delivered; what still comes is dropped
    data_decoder decoder;
    received_counter received;
};

/// From MAIL to the last reply (RFC 5321, section 3.3).
struct transaction {
    std::string sender;
    mail_parameters parameters;
    std::vector<std::string> recipients; ///< accepted ones, in this order
    std::string recipient_asked;         ///< the one whose verdict is awaited
    std::optional<incoming_message> message;
};

/// A chunk of BDAT that is being read (RFC 3030).
struct chunk {
    std::uint64_t octets_left = 0;
    bool last = false;
    std::optional<reply> refusal; ///< there is no transaction for it: drop it, then say this
};

struct server_session::machine {
    /// What next() does, or, for the second group, which outcome must come before next() may be called.
    enum class phase {
        command,
        data,
        chunk,
        closed,
        recipient_asked,
        begin_asked,
        delivery_asked,
        tls_asked
    };
    enum class hello { none, helo, extended };

    explicit machine(session_policy given) : policy(std::move(given)) {}

    // the dialogue: server_session.cpp
    action next();
    void say(const reply& reply) { output += format_reply(reply); }
    void close_saying(const reply& reply);
    bool speaks_lmtp() const { return policy.protocol == protocol::lmtp; }

    // commands: server_session_commands.cpp
    std::optional<action> next_command();
    void execute(std::string_view line);
    void refuse_command(const reply& reply);
    void recipient_refused(const base::error& error);
    void reset_transaction();
    void helo(std::string_view argument);
    void ehlo(std::string_view argument);
    void mail_from(std::string_view argument);
    void rcpt_to(std::string_view argument);
    void data(std::string_view argument);
    void bdat(std::string_view argument);
    void rset(std::string_view argument);
    void noop(std::string_view argument);
    void vrfy(std::string_view argument);
    void help(std::string_view argument);
    void quit(std::string_view argument);
    void starttls(std::string_view argument);
    void not_for_us(std::string_view argument);
    bool accept_hello(std::string_view argument, hello kind);

    // the message: server_session_message.cpp
    void begin_message(phase content);
    void message_begun();
    void message_refused(const reply& reply);
    std::optional<action> next_data();
    std::optional<action> next_chunk();
    std::optional<action> take_content(std::string_view content);
    void fail_message(const reply& reply);
    void chunk_done();
    void message_done();
    void delivered(std::span<const base::result<>> per_recipient);
    void reply_to_all(const reply& reply);

    session_policy policy;
    command_input input;
    std::string output;
    std::deque<action> actions; ///< due before anything else is read
    phase present = phase::command;
    phase content_phase = phase::data; ///< what a begun message goes on with
    hello greeted_with = hello::none;
    std::string peer_name;
    std::optional<transaction> mail;
    chunk present_chunk;
    std::uint64_t octets_taken = 0;
    unsigned bad_commands = 0;
    unsigned commands_without_message = 0;
    std::optional<std::string> ending;
};

} // namespace lmtp
