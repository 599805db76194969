// The text that people read behind +OK and -ERR, in the languages that LANG offers (RFC 6856, section 3).
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pop3 {

/// Everything the server says. `{}` in the comments stands for a number or a fact, in this order.
enum class phrase {
    ready,
    send_password,
    maildrop_summary, ///< {} messages, {} octets
    capabilities_follow,
    mechanisms_follow,
    languages_follow,
    language_changed,
    begin_tls,
    utf8_enabled,
    octets_follow, ///< {} octets
    top_follows,
    unique_ids_follow,
    message_marked, ///< message {}
    goodbye,
    goodbye_removed, ///< {} messages removed
    not_removed,
    unknown_command,
    wrong_state,
    malformed_arguments,
    malformed_line,
    line_too_long,
    too_many_bad_commands,
    user_first,
    not_utf8,
    tls_first,
    tls_unavailable,
    tls_active_already,
    unknown_mechanism,
    not_base64,
    no_initial_response,
    cancelled,
    unknown_language,
    no_such_message,
    utf8_first,
    vanished,
    wrong_credentials,
    malformed_exchange,
    in_use,
    in_use_since, ///< {}: a time, in UTC
    login_delay,
    login_delay_wait, ///< {} seconds
    overloaded,
    no_space,
    storage_temporary,
    outcome_unknown,
    fenced,
    trouble_temporary,
    trouble_permanent,
};

/// A language that texts exist for.
struct language {
    std::string_view tag;  ///< RFC 5646
    std::string_view name; ///< in itself, UTF-8
};

/// All of them. The first is English, in ASCII: what is spoken until LANG asks for another (RFC 1939 allows
/// no other octets before that).
std::span<const language> languages();

/// The language for a language range, among those of `offered` that texts exist for: the tag itself, a tag
/// that begins with the range, or else a shorter range (RFC 4647, section 3.4). "*" is the first offered.
const language* find_language(std::string_view range, const std::vector<std::string>& offered);

/// Appends the text of `said`, with `numbers` put in. It holds no control, begins with no "[" and fits into the first
/// line of a response with every response code: nothing in it needs to be made safe.
void append_text(std::string& out, phrase said, const language& language,
                 std::initializer_list<std::uint64_t> numbers = {});
std::string text_of(phrase said, const language& language, std::initializer_list<std::uint64_t> numbers = {});

/// What a client may read of a failure, by its kind. The error's own text is no sentence here but a fact, of two
/// kinds: since when a maildrop is in use ("2026-11-29 15:02:11 UTC"), and how many seconds a log-in comes too
/// soon; where it is empty, the sentence does without.
std::string text_of(const base::error& error, const language& language);

} // namespace pop3
