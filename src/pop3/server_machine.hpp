// The inside of server_session: what it remembers, and one member for each command. Private to this room.
#pragma once

#include "pop3/command.hpp"
#include "pop3/language.hpp"
#include "pop3/maildrop_view.hpp"
#include "pop3/server_session.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pop3 {

/// Whose turn it is.
enum class turn {
    command,       ///< the client's: a command
    sasl_response, ///< the client's: an answer to a challenge
    driver,        ///< the driver's: the outcome of the last action
    over,          ///< nobody's: close
};

/// A LIST or UIDL of the whole maildrop that is being written, piece by piece.
struct listing_in_progress {
    bool unique_ids = false;
    std::size_t next = 0; ///< index
};

struct server_session::machine {
    /// A command that answers at once returns nothing; one that needs the driver returns what it needs.
    using answer = std::optional<action>;
    using handler = answer (machine::*)(std::string_view argument);
    struct entry;

    explicit machine(session_policy given);

    // the loop (server_session.cpp)
    action next();
    answer take(const line& from_peer);
    answer dispatch(const line& from_peer);
    const entry* find_entry(std::string_view keyword) const;

    // replies
    void ok(phrase said, std::initializer_list<std::uint64_t> numbers = {});
    void ok(std::string_view text);
    void err(phrase said, std::string_view code = {});
    void err(const base::error& error);
    /// -ERR to a command that no client should send; the last one that is borne ends the session.
    answer bad(phrase said);
    /// -ERR to an AUTH that no client can do without trying: no bad command, but not for ever.
    answer fruitless(phrase said);
    void close_session(bool orderly);

    // any state (server_session.cpp)
    answer capa(std::string_view);
    answer lang(std::string_view argument);
    answer utf8(std::string_view);
    answer quit(std::string_view);

    // AUTHORIZATION (server_authorization.cpp)
    answer user(std::string_view name);
    answer pass(std::string_view secret);
    answer apop(std::string_view argument);
    answer auth(std::string_view argument);
    answer list_mechanisms();
    answer sasl_line(const line& from_peer);
    answer stls(std::string_view);
    void tls_started();
    void logged_in(opened_maildrop opened);
    void refused(const base::error& error);

    // TRANSACTION (server_transaction.cpp)
    answer stat(std::string_view);
    answer list(std::string_view argument);
    answer uidl(std::string_view argument);
    answer list_or_uidl(std::string_view argument, bool unique_ids);
    answer retr(std::string_view argument);
    answer top(std::string_view argument);
    answer send(std::string_view number, std::optional<std::uint64_t> body_lines);
    answer dele(std::string_view argument);
    answer noop(std::string_view);
    answer rset(std::string_view);
    void write_listing();
    /// Writes a line of LIST or UIDL and returns its end.
    char* write_listing_line(char* to, std::size_t index, bool unique_ids) const;
    void sending(std::uint64_t octets);
    void sent();
    void updated(std::size_t removed, const base::error* trouble);

    /// The message that `argument` names; -ERR is in output where there is none.
    std::optional<std::size_t> find_message(std::string_view argument, answer& reply);

    session_policy policy;
    line_reader input{sasl_line_octets_max};
    std::string output;
    pop3::state state = pop3::state::authorization;
    pop3::turn turn = pop3::turn::command;
    close ending;
    session_counts counts;
    unsigned bad_commands = 0; // in this state
    unsigned log_in_failures = 0;
    unsigned fruitless_auths = 0; // mechanisms that are not available, exchanges given up

    // forgotten when TLS begins
    std::string user_name;   // for logs: kept after a failure
    bool user_named = false; // USER was accepted: PASS may come
    bool utf8_issued = false;
    const language* spoken;       // never null
    bool language_chosen = false; // LANG was issued: text may be UTF-8

    std::optional<maildrop_view> maildrop;
    std::optional<listing_in_progress> listing;
    std::optional<send_message> message; // being opened or sent
    std::uint64_t message_octets = 0;
    std::vector<bool> retrieved; // under EXPIRE 0: removed at QUIT
};

/// One line of the command table.
struct server_session::machine::entry {
    enum class argument { none, optional, required };
    std::string_view keyword;
    bool in_authorization;
    bool in_transaction;
    argument shape;
    handler run;
};

} // namespace pop3
