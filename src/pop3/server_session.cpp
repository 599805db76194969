// The session's loop, its command table, and the commands of both states.
#include "pop3/server_session.hpp"

#include "pop3/capability.hpp"
#include "pop3/server_machine.hpp"
#include "pop3/status.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace pop3 {
namespace {

/// Replies are handed over before they grow beyond this and one more line or piece: large enough that a write
/// carries many replies, small enough for a hundred thousand sessions at once.
constexpr std::size_t output_octets_before_flush = std::size_t{32} * 1024;

/// A client may try every mechanism that IANA lists (some forty) and then USER.
constexpr unsigned fruitless_auths_max = 50;

} // namespace

server_session::machine::machine(session_policy given)
    : policy(std::move(given)), spoken(&languages().front())
{
}

// --- the loop -------------------------------------------------------------------------------------

action server_session::machine::next()
{
    assert(turn != pop3::turn::driver && "the last action's outcome comes first");
    while (turn != pop3::turn::over) {
        if (listing) write_listing();
        if (output.size() >= output_octets_before_flush) return flush{};
        if (listing) continue;
        const auto from_peer = input.next();
        if (!from_peer) return need_octets{};
        if (auto wanted = take(*from_peer)) return std::move(*wanted);
    }
    return ending;
}

server_session::machine::answer server_session::machine::take(const line& from_peer)
{
    return turn == pop3::turn::sasl_response ? sasl_line(from_peer) : dispatch(from_peer);
}

const server_session::machine::entry* server_session::machine::find_entry(std::string_view keyword) const
{
    using enum entry::argument;
    using self = machine;
    // RFC 6856 has UTF8 in AUTHORIZATION only; docs/decisions/0010 says why it is taken later, too.
    static constexpr std::array<entry, 16> table{{
        // keyword, AUTHORIZATION, TRANSACTION
        {"RETR", false, true, required, &self::retr},
        {"DELE", false, true, required, &self::dele},
        {"TOP", false, true, required, &self::top},
        {"UIDL", false, true, optional, &self::uidl},
        {"LIST", false, true, optional, &self::list},
        {"STAT", false, true, none, &self::stat},
        {"NOOP", false, true, none, &self::noop},
        {"RSET", false, true, none, &self::rset},
        {"USER", true, false, required, &self::user},
        {"PASS", true, false, required, &self::pass},
        {"APOP", true, false, required, &self::apop},
        {"AUTH", true, false, optional, &self::auth},
        {"STLS", true, false, none, &self::stls},
        {"CAPA", true, true, none, &self::capa},
        {"UTF8", true, true, none, &self::utf8},
        {"LANG", true, true, optional, &self::lang},
    }};
    static constexpr entry quit_entry{"QUIT", true, true, none, &self::quit};
    if (is_keyword(keyword, quit_entry.keyword)) return &quit_entry;
    const auto found =
        std::ranges::find_if(table, [&](const entry& e) { return is_keyword(keyword, e.keyword); });
    return found == table.end() ? nullptr : &*found;
}

server_session::machine::answer server_session::machine::dispatch(const line& from_peer)
{
    const auto given = parse_command(from_peer.text);
    const bool is_auth = given && is_keyword(given->keyword, "AUTH");
    if (from_peer.too_long || (from_peer.octets > command_line_octets_max && !is_auth))
        return bad(phrase::line_too_long);
    if (!given) return bad(phrase::malformed_line);
    const entry* const found = find_entry(given->keyword);
    if (!found || (found->run == &machine::apop && policy.apop_timestamp.empty()))
        return bad(phrase::unknown_command);
    const bool legal = state == state::authorization ? found->in_authorization : found->in_transaction;
    if (!legal) return bad(phrase::wrong_state);
    if (found->shape == entry::argument::none && given->argument) return bad(phrase::malformed_arguments);
    // PASS alone may have an argument that is empty.
    if (found->shape == entry::argument::required && !given->argument)
        return bad(phrase::malformed_arguments);
    if (found->shape == entry::argument::optional && given->argument && given->argument->empty())
        return bad(phrase::malformed_arguments);
    return (this->*found->run)(given->argument.value_or(std::string_view{}));
}

// --- replies --------------------------------------------------------------------------------------

void server_session::machine::ok(std::string_view text)
{
    append_ok(output, text, language_chosen);
}

void server_session::machine::ok(phrase said, std::initializer_list<std::uint64_t> numbers)
{
    output += "+OK ";
    append_text(output, said, *spoken, numbers);
    output += "\r\n";
}

void server_session::machine::err(phrase said, std::string_view code)
{
    output.append("-ERR ").append(code).append(code.empty() ? "" : " ");
    append_text(output, said, *spoken);
    output += "\r\n";
}

void server_session::machine::err(const base::error& error)
{
    append_err(output, response_code(error), text_of(error, *spoken), language_chosen);
}

server_session::machine::answer server_session::machine::bad(phrase said)
{
    ++counts.bad_commands;
    ++bad_commands;
    const unsigned max =
        state == state::authorization ? policy.bad_commands_before_login : policy.bad_commands_after_login;
    const bool last = bad_commands >= max;
    err(last ? phrase::too_many_bad_commands : said);
    if (last) close_session(false);
    return std::nullopt;
}

server_session::machine::answer server_session::machine::fruitless(phrase said)
{
    const bool last = ++fruitless_auths >= fruitless_auths_max;
    err(last ? phrase::too_many_bad_commands : said);
    if (last) close_session(false);
    return std::nullopt;
}

void server_session::machine::close_session(bool orderly)
{
    turn = pop3::turn::over;
    ending = close{.orderly = orderly};
    listing.reset();
    input.clear();
}

// --- commands of both states ----------------------------------------------------------------------

server_session::machine::answer server_session::machine::capa(std::string_view)
{
    ok(phrase::capabilities_follow);
    append_capabilities(output, policy, maildrop ? &*maildrop : nullptr);
    output += ".\r\n";
    return std::nullopt;
}

server_session::machine::answer server_session::machine::lang(std::string_view argument)
{
    if (argument.empty()) {
        ok(phrase::languages_follow);
        for (const language& language : languages())
            if (find_language(language.tag, policy.languages) == &language)
                output.append(language.tag).append(" ").append(language.name).append("\r\n");
        output += ".\r\n";
        return std::nullopt;
    }
    const language* const found = find_language(argument, policy.languages);
    if (!found) {
        err(phrase::unknown_language);
        return std::nullopt;
    }
    spoken = found;
    language_chosen = true;
    ok(std::string(found->tag) + " " + text_of(phrase::language_changed, *found));
    return std::nullopt;
}

server_session::machine::answer server_session::machine::utf8(std::string_view)
{
    utf8_issued = true;
    if (maildrop) maildrop->forget_surrogates();
    ok(phrase::utf8_enabled);
    return std::nullopt;
}

server_session::machine::answer server_session::machine::quit(std::string_view)
{
    input.clear();
    if (state == state::authorization) {
        ok(phrase::goodbye);
        close_session(true);
        return std::nullopt;
    }
    state = state::update;
    turn = pop3::turn::driver;
    for (std::size_t i = 0; i < retrieved.size(); ++i)
        if (retrieved[i] && !maildrop->is_marked(i)) maildrop->mark(i);
    return update{maildrop->marked()};
}

// --- the public face ------------------------------------------------------------------------------

server_session::server_session(session_policy policy) : machine_(std::make_unique<machine>(std::move(policy)))
{
}
server_session::~server_session() = default;

void server_session::greet()
{
    constexpr std::size_t host_octets_max =
        255; // RFC 1035, section 2.3.4: leaves room for text and timestamp
    std::string text = machine_->policy.host_name.substr(0, host_octets_max);
    if (!text.empty()) text += ' ';
    text += text_of(phrase::ready, *machine_->spoken);
    // No "<" may be in a greeting but the timestamp's (RFC 1939, section 7, APOP).
    std::ranges::replace(text, '<', '?');
    if (!machine_->policy.apop_timestamp.empty()) text += " " + machine_->policy.apop_timestamp;
    machine_->ok(text);
}

void server_session::receive(std::string_view octets)
{
    if (machine_->turn != turn::over && machine_->state != state::update) machine_->input.receive(octets);
}

std::size_t server_session::buffered() const
{
    return machine_->input.buffered();
}
action server_session::next()
{
    return machine_->next();
}
std::string& server_session::output()
{
    return machine_->output;
}

void server_session::tls_started()
{
    machine_->tls_started();
}
void server_session::logged_in(opened_maildrop maildrop)
{
    machine_->logged_in(std::move(maildrop));
}
void server_session::refused(const base::error& error)
{
    machine_->refused(error);
}
void server_session::sending(std::uint64_t octets)
{
    machine_->sending(octets);
}
void server_session::sent()
{
    machine_->sent();
}
void server_session::updated(std::size_t removed, const base::error* trouble)
{
    machine_->updated(removed, trouble);
}

void server_session::end(std::string_view text)
{
    // Within a multi-line response a status line would be taken for a part of it.
    const bool between_responses = !machine_->listing && !machine_->message;
    if (!text.empty() && between_responses && machine_->turn != turn::over) {
        // The client is meant to come again, not to ask for another password (RFC 3206, section 4).
        append_err(machine_->output, "[SYS/TEMP]", text, machine_->language_chosen);
    }
    machine_->close_session(false);
}

pop3::state server_session::state() const
{
    return machine_->state;
}
bool server_session::utf8() const
{
    return machine_->utf8_issued;
}
bool server_session::tls_active() const
{
    return machine_->policy.tls_active;
}
const std::string& server_session::user() const
{
    return machine_->user_name;
}
const session_counts& server_session::counts() const
{
    return machine_->counts;
}

} // namespace pop3
