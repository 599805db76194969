// The texts, side by side in every language.
#include "pop3/language.hpp"

#include "base/ascii.hpp"
#include "pop3/status.hpp"

#include <algorithm>
#include <array>

namespace pop3 {
namespace {

constexpr std::array<language, 2> known{{{"en", "English"}, {"de", "Deutsch"}}};

struct translation {
    phrase said;
    std::array<std::string_view, known.size()> texts;
};

constexpr std::array translations{
    translation{phrase::ready, {"POP3 server ready", "POP3-Server bereit"}},
    translation{phrase::send_password, {"send the password", "Passwort senden"}},
    translation{phrase::maildrop_summary, {"{} messages ({} octets)", "{} Nachrichten ({} Oktette)"}},
    translation{phrase::capabilities_follow, {"capabilities follow", "Fähigkeiten folgen"}},
    translation{phrase::mechanisms_follow, {"mechanisms follow", "Verfahren folgen"}},
    translation{phrase::languages_follow, {"languages follow", "Sprachen folgen"}},
    translation{phrase::language_changed, {"language changed", "Sprache gewechselt"}},
    translation{phrase::begin_tls, {"begin TLS", "TLS beginnen"}},
    translation{phrase::utf8_enabled, {"UTF8 enabled", "UTF8 eingeschaltet"}},
    translation{phrase::octets_follow, {"{} octets", "{} Oktette"}},
    translation{phrase::top_follows, {"top of the message follows", "Anfang der Nachricht folgt"}},
    translation{phrase::unique_ids_follow, {"unique-ids follow", "eindeutige Kennungen folgen"}},
    translation{phrase::message_marked,
                {"message {} marked as deleted", "Nachricht {} zum Löschen markiert"}},
    translation{phrase::goodbye, {"goodbye", "auf Wiedersehen"}},
    translation{phrase::goodbye_removed,
                {"goodbye, {} messages removed", "auf Wiedersehen, {} Nachrichten gelöscht"}},
    translation{phrase::not_removed,
                {"some deleted messages not removed", "einige gelöschte Nachrichten wurden nicht entfernt"}},
    translation{phrase::unknown_command, {"unknown command", "unbekannter Befehl"}},
    translation{phrase::wrong_state, {"not in this state", "in diesem Zustand nicht möglich"}},
    translation{phrase::malformed_arguments, {"malformed arguments", "fehlerhafte Argumente"}},
    translation{phrase::malformed_line,
                {"a command holds no NUL and no CR", "ein Befehl enthält kein NUL und kein CR"}},
    translation{phrase::line_too_long, {"line too long", "Zeile zu lang"}},
    translation{phrase::too_many_bad_commands, {"too many bad commands", "zu viele fehlerhafte Befehle"}},
    translation{phrase::user_first, {"USER first", "zuerst USER"}},
    translation{phrase::not_utf8, {"not UTF-8", "kein UTF-8"}},
    translation{phrase::tls_first, {"passwords are taken over TLS only", "Passwörter nur über TLS"}},
    translation{phrase::tls_unavailable, {"TLS is not available", "TLS ist nicht verfügbar"}},
    translation{phrase::tls_active_already, {"TLS is active already", "TLS ist schon aktiv"}},
    translation{phrase::unknown_mechanism, {"mechanism not available", "Verfahren nicht verfügbar"}},
    translation{phrase::not_base64, {"not base64", "kein Base64"}},
    translation{
        phrase::no_initial_response,
        {"this mechanism takes no initial response", "dieses Verfahren nimmt keine erste Antwort an"}},
    translation{phrase::cancelled, {"authentication cancelled", "Anmeldung abgebrochen"}},
    translation{phrase::unknown_language, {"no such language", "diese Sprache gibt es hier nicht"}},
    translation{phrase::no_such_message, {"no such message", "keine solche Nachricht"}},
    translation{phrase::utf8_first, {"the message needs UTF8", "die Nachricht verlangt UTF8"}},
    translation{
        phrase::vanished,
        {"another program has removed the message", "ein anderes Programm hat die Nachricht entfernt"}},
    translation{phrase::wrong_credentials, {"Wrong user name or password", "Anmeldung fehlgeschlagen"}},
    translation{phrase::malformed_exchange,
                {"malformed authentication exchange", "fehlerhafter Ablauf der Anmeldung"}},
    translation{phrase::in_use, {"the maildrop is in use", "das Postfach ist in Gebrauch"}},
    translation{phrase::in_use_since,
                {"the maildrop is in use since {}", "das Postfach ist seit {} in Gebrauch"}},
    translation{phrase::login_delay,
                {"logged in too soon after the last time", "zu früh nach der letzten Anmeldung"}},
    translation{phrase::login_delay_wait,
                {"minimum time between log-ins not yet over, wait {} s",
                 "zu früh nach der letzten Anmeldung, noch {} s warten"}},
    translation{phrase::overloaded,
                {"server full, try again later", "Server ist ausgelastet, später erneut versuchen"}},
    translation{phrase::no_space,
                {"no space left for mail, try again later",
                 "kein Platz mehr für Nachrichten, später erneut versuchen"}},
    translation{phrase::storage_temporary,
                {"mail storage error, try again later", "Störung des Speichers, später erneut versuchen"}},
    translation{phrase::outcome_unknown,
                {"no answer from the mail storage: this may have been done, log in again to see",
                 "keine Antwort vom Speicher: vielleicht ausgeführt, bitte neu anmelden"}},
    translation{phrase::fenced,
                {"another session has taken over the maildrop, nothing was changed",
                 "eine andere Sitzung hat das Postfach übernommen, nichts wurde geändert"}},
    translation{phrase::trouble_temporary,
                {"temporary error, try again later", "Störung, später erneut versuchen"}},
    translation{phrase::trouble_permanent,
                {"server error, ask your postmaster", "Störung, bitte den Postmaster fragen"}},
};

constexpr bool in_order_of_phrases()
{
    for (std::size_t i = 0; i < translations.size(); ++i)
        if (translations[i].said != phrase(i)) return false;
    return translations.back().said == phrase::trouble_permanent;
}
static_assert(in_order_of_phrases(), "a phrase is its own index");

bool matches(std::string_view tag, std::string_view range)
{
    return base::equal_ignoring_case(tag, range) ||
           (tag.size() > range.size() && tag[range.size()] == '-' &&
            base::equal_ignoring_case(tag.substr(0, range.size()), range));
}

const language* with_texts(std::string_view tag)
{
    const auto found =
        std::ranges::find_if(known, [&](const language& l) { return base::equal_ignoring_case(l.tag, tag); });
    return found == known.end() ? nullptr : &*found;
}

phrase phrase_of(const base::error& error)
{
    if (is_credential_failure(error.kind)) return phrase::wrong_credentials;
    const bool has_fact = !error.peer_text.empty();
    switch (error.kind) {
    case base::failure::in_use: return has_fact ? phrase::in_use_since : phrase::in_use;
    case base::failure::login_delay: return has_fact ? phrase::login_delay_wait : phrase::login_delay;
    case base::failure::vanished: return phrase::vanished;
    case base::failure::malformed: return phrase::malformed_exchange;
    case base::failure::overloaded: return phrase::overloaded;
    case base::failure::no_space: return phrase::no_space;
    case base::failure::outcome_unknown: return phrase::outcome_unknown;
    case base::failure::fenced: return phrase::fenced;
    case base::failure::storage:
        return error.temporary ? phrase::storage_temporary : phrase::trouble_permanent;
    default: return error.temporary ? phrase::trouble_temporary : phrase::trouble_permanent;
    }
}

} // namespace

std::span<const language> languages()
{
    return known;
}

const language* find_language(std::string_view range, const std::vector<std::string>& offered)
{
    if (range == "*") range = offered.empty() ? known.front().tag : std::string_view(offered.front());
    while (!range.empty()) {
        for (const std::string& tag : offered)
            if (const language* const found = with_texts(tag); found && matches(tag, range)) return found;
        const std::size_t hyphen = range.rfind('-');
        range = range.substr(0, hyphen == std::string_view::npos ? 0 : hyphen);
    }
    return nullptr;
}

void append_text(std::string& out, phrase said, const language& language,
                 std::initializer_list<std::uint64_t> numbers)
{
    const auto column = static_cast<std::size_t>(with_texts(language.tag) - known.data());
    std::string_view text = translations[std::size_t(said)].texts[column];
    for (const std::uint64_t number : numbers) {
        const std::size_t hole = text.find("{}");
        if (hole == std::string_view::npos) break;
        out += text.substr(0, hole);
        append_number(out, number);
        text.remove_prefix(hole + 2);
    }
    out += text;
}

std::string text_of(phrase said, const language& language, std::initializer_list<std::uint64_t> numbers)
{
    std::string out;
    append_text(out, said, language, numbers);
    return out;
}

std::string text_of(const base::error& error, const language& language)
{
    std::string out = text_of(phrase_of(error), language);
    if (const auto hole = out.find("{}"); hole != std::string::npos) out.replace(hole, 2, error.peer_text);
    return out;
}

} // namespace pop3
