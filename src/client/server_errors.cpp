// What a server's -ERR means.
#include "client/server_errors.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace client {

namespace {

using base::failure;

template <std::size_t n>
bool holds_any(const std::string& text, const std::array<std::string_view, n>& words)
{
    return std::ranges::any_of(words, [&](auto word) { return text.find(word) != std::string::npos; });
}

/// "lock" and "locked", but neither "blocked", "unlock" nor "clock".
bool holds_lock(const std::string& text)
{
    for (std::size_t offset = text.find("lock"); offset != std::string::npos;
         offset = text.find("lock", offset + 1))
        if (offset == 0 || (text[offset - 1] != 'b' && text[offset - 1] != 'n' && text[offset - 1] != 'c'))
            return true;
    return false;
}

struct meaning {
    std::string_view code;
    failure kind;
    bool temporary;
    std::string_view advice;
};

/// RFC 2449, section 8; RFC 3206.
constexpr meaning meanings[] = {
    {"IN-USE", failure::in_use, true, "another program has this maildrop open; try again in some minutes"},
    {"LOGIN-DELAY", failure::login_delay, true, "the last log-in is too short ago; wait before the next"},
    {"SYS/TEMP", failure::overloaded, true, "the server has a temporary problem; try again later"},
    {"SYS/PERM", failure::refused, false, "this needs its operator, or the account's settings there"},
    {"AUTH", failure::credentials, false, "check the user name and the password or token"},
};

const meaning* meaning_of(std::string_view code)
{
    const auto* const found = std::ranges::find(meanings, code, &meaning::code);
    return found == std::end(meanings) ? nullptr : found;
}

meaning meaning_of_words(std::string_view text, answering context)
{
    if (sounds_locked(text)) return *meaning_of("IN-USE");
    if (sounds_temporary(text)) return *meaning_of("SYS/TEMP");
    switch (context) {
    case answering::greeting: return *meaning_of("SYS/TEMP");
    case answering::log_in: return *meaning_of("AUTH");
    case answering::log_in_with_codes:
        return {"", failure::refused, true, "the server does not report a wrong password; try again"};
    case answering::other: break;
    }
    return {"", failure::refused, false, "the server gives no reason that a program can act on"};
}

} // namespace

base::error refusal(std::string text)
{
    return {.kind = failure::refused, .temporary = false, .peer_text = {}, .operator_text = std::move(text)};
}

std::string printable(std::string_view text)
{
    std::string out(text.substr(0, shown_characters_max));
    std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    if (text.size() > shown_characters_max) out += "...";
    return out;
}

base::error error_of(const pop3::status_line& reply, answering context, std::string_view doing,
                     std::string_view words)
{
    const meaning* const coded = meaning_of(reply.code);
    const bool grammar = !coded && context != answering::greeting && refuses_grammar(reply);
    const meaning found =
        coded     ? *coded
        : grammar ? meaning{"", failure::refused, false, "the server does not support this command"}
                  : meaning_of_words(reply.text, context);
    std::string text(doing);
    text += ": the server refused: \"";
    if (!reply.code.empty()) text += "[" + printable(reply.code) + "] ";
    text += words;
    text += "\"; ";
    text += found.advice;
    return {
        .kind = found.kind, .temporary = found.temporary, .peer_text = {}, .operator_text = std::move(text)};
}

bool refuses_grammar(const pop3::status_line& reply)
{
    if (reply.ok || meaning_of(reply.code)) return false;
    static constexpr std::array<std::string_view, 15> words{
        "unknown command", "unrecogni", "unsupported",   "not supported",     "invalid command",
        "bad command",     "syntax",    "unimplemented", "not implemented",   "protocol error",
        "mechanism",       "too long",  "illegal",       "invalid parameter", "not understood"};
    const std::string text = base::lower_case(reply.text);
    return holds_any(text, words);
}

bool sounds_locked(std::string_view text)
{
    static constexpr std::array<std::string_view, 7> words{
        "in use", "already open", "another session", "already logged", "busy", "a few minutes", "wait "};
    const std::string lowered = base::lower_case(text);
    return holds_lock(lowered) || holds_any(lowered, words);
}

bool sounds_temporary(std::string_view text)
{
    static constexpr std::array<std::string_view, 12> words{
        "try again",     "try later", "temporar",       "later",         "too many",   "unavailable",
        "not available", "overload",  "limit exceeded", "limit reached", "rate limit", "too often"};
    return holds_any(base::lower_case(text), words);
}

} // namespace client
