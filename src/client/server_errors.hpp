// What a server's -ERR means: from response codes and, where there are none, from its words.
#pragma once

#include "base/error.hpp"
#include "pop3/client_session.hpp"

#include <string>
#include <string_view>

namespace client {

/// The most of a server's text that is shown to a person.
constexpr std::size_t shown_characters_max = 200;

/// Printable ASCII, clipped to shown_characters_max; all else becomes "?".
std::string printable(std::string_view text);

/// What the server was answering. Without a code, the same words mean different things.
enum class answering {
    greeting,
    log_in,            ///< of a server whose codes tell nothing about credentials
    log_in_with_codes, ///< of one with AUTH-RESP-CODE: what is not [AUTH] is not the credentials (RFC 3206)
    other
};

/// The error behind a -ERR. `doing` says for people what was tried, with the host: "pop.example.org: log-in of ann";
/// `words` is the server's text as it may be shown.
base::error error_of(const pop3::status_line& reply, answering context, std::string_view doing,
                     std::string_view words);

/// `refused`, for good: signing in goes against what somebody here has set.
base::error refusal(std::string text);

/// The command itself was not understood, or not in this form: another way may do. Never where a code says else.
bool refuses_grammar(const pop3::status_line& reply);

/// "maildrop locked", "already in use", "wait a few minutes" in a text without a code.
bool sounds_locked(std::string_view text);

/// "try again later", "temporary failure": waiting helps.
bool sounds_temporary(std::string_view text);

} // namespace client
